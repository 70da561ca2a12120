"""Runs that an earlier release has kept are read by what is declared today."""

import pytest
from support.startable import make_startable
from support.web import Web

from app import errors
from app.db.engine import Database
from app.db.learning import Run
from app.db.tables import now
from app.runs.kinds import EXPORT, KINDS

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def site(web: Web) -> Web:
    """A site on which every kind of run can be started."""
    return make_startable(web)


OLDER = [
    # kind, parameters and result as rows of earlier releases have them, and what is read
    ("import", {"rng": 0}, {"imported": 4, "already_there": 0, "quarantined": 1, "patients": 3,
     "studies": 4}, ("validation_patients", None), ("held", 0)),
    ("sweep", {"tolerated_error": 0.1}, {"sweep": 1, "labeler": 1, "tolerated_error": 0.1,
     "level": 0.09, "threshold": None, "calibration_reads": 9, "calibration_wrong": 1,
     "accepted": 0, "needs_review": 7, "audit_reads": 0, "rng": 1, "in_words": "Nothing."},
     ("labeler_id", None), ("error_bound", None)),
    ("sweep", {"tolerated_error": 0.05, "rng": 0}, {"sweep": 1, "labeler": 1,
     "tolerated_error": 0.05, "level": 0.04, "threshold": 0.9, "calibration_reads": 99,
     "calibration_wrong": 1, "accepted": 5, "needs_review": 7, "audit_reads": 5, "rng": 1,
     "in_words": "5.", "near_copies": 2, "forgotten": [1]},
     ("tolerated_error", 0.05), ("near_copies", 2)),
    ("train_labeler", {"method": "text", "rng": 3}, {"model_version": 1, "role": "labeler",
     "metrics": {"films": 9}}, ("method", "text"), ("model_version", 1)),
    ("train_labeler", {}, {"model_version": 1, "role": "labeler", "metrics": {}},
     ("method", "image"), ("role", "labeler")),
    ("draw_seed", {"patients": 3, "rng": 0}, {"training_patients": 2, "calibration_patients": 1,
     "images": 9, "weights": "w"}, ("choice", "typical"), ("images", 9)),
    ("evaluate", {"rng": 0}, {"evaluation": 3, "wauc_difference": 0.02}, ("final_id", None),
     ("evaluation", 3)),
    ("export", {"version_id": None, "format": "onnx", "rng": 0}, {"model_version": 1, "file": "f",
     "name": "n.onnx", "megabytes": 1.5}, ("format", "onnx"), ("name", "n.onnx")),
    ("crop", {}, {"images": 2}, None, ("images", 2)),
]  # fmt: skip


@ON_SQLITE
def test_rows_of_earlier_releases_are_read_with_what_they_lack(site: Web) -> None:
    admin = site.browser("Admin", "admin")
    for name, parameters, result, asked, found in OLDER:
        ended = {"status": "succeeded", "started_at": now(), "finished_at": now()}
        with site.database.begin() as session:
            run = Run(kind=name, parameters=parameters, result=result, **ended)
            session.add(run)
        kind = KINDS[name]
        if asked:
            assert getattr(kind.parameters_of(run), asked[0]) == asked[1]
        assert getattr(kind.result_of(run), found[0]) == found[1]
        assert kind.next_of(run)[0].path in admin.get(f"/runs/{run.id}").text
        assert admin.get(f"/api/v1/runs/{run.id}").json()["result"][found[0]] == found[1]


def test_a_result_that_cannot_be_read_is_said(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        run = Run(kind="export", status="failed")
        session.add(run)
    with pytest.raises(errors.Refused, match=f"run {run.id}"):
        EXPORT.result_of(run)

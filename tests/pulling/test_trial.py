"""Trying the PACS: what a real Orthanc can do, and what a service does that should not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.dicomweb_peer import DicomWeb, Twist, file_of, film
from support.orthanc import SECRET, USER, Orthanc
from support.servers import free_port
from support.web import Web
from support.whole_runs import carry_out

from app.db.engine import Database
from app.db.learning import Run, RunLogLine
from app.db.tables import now
from app.pulling.examining import examine
from app.pulling.line import Line
from app.pulling.peer import peer_of
from app.pulling.trial import STEPS, Trial
from app.pulling.wording import said_of
from app.runs import rules
from app.runs.kinds import TRY_PACS
from app.settings import Settings

GOOD = {
    "search": "answers",
    "metadata": "tells",
    "film": "came",
    "StudyDate": "honoured",
    "ModalitiesInStudy": "honoured",
    "BodyPartExamined": "honoured",
    "StudyDescription": "honoured",
    "limit": "none_hidden",
}
OF_PATIENTS = ("Jane", "Müller", "P1", "1.2.3.1", "stehend", SECRET)


@pytest.fixture
def tried(peer: DicomWeb) -> Callable[..., dict[str, str]]:
    """Tries the test's own service: what each step shows."""
    peer.films = [film(number) for number in range(1, 13)]

    def run(seconds: float = 5, **how: Any) -> dict[str, str]:
        for name, value in how.items():
            setattr(peer, name, value)
        line = Line(peer_of(Settings(pull_from=peer.url)), seconds)
        found = list(Trial(line, 2**20).steps())
        words = [said_of(each.step, each.verdict, each.values).words for each in found]
        assert not [name for name in OF_PATIENTS for said in words if name in said]
        return {each.step: each.verdict for each in found}

    return run


def test_a_real_orthanc_is_tried_by_a_run_and_by_the_doctor_and_says_what_it_cannot_do(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    pacs = Orthanc(tmp_path / "orthanc", LimitFindResults=5)
    (tmp_path / "credentials").write_text(f"{USER}:{SECRET}\n")
    asked = settings.model_copy(
        update={
            "pull_from": f"http://127.0.0.1:{pacs.http}/dicom-web",
            "pull_credentials": str(tmp_path / "credentials"),
        }
    )
    try:
        pacs.wait_until_there()
        for number in range(1, 13):
            assert pacs.ask("/instances", "POST", file_of(film(number))).status == 200
        with sqlite_database.begin() as session:
            run_id = rules.request(session, TRY_PACS, {}).id
        with pacs.network():
            run = carry_out(sqlite_database, asked, run_id)
            checks = list(examine(asked))
            wrong = list(examine(asked.model_copy(update={"pull_credentials": ""})))
    finally:
        pacs.stop()
    found = {each.step: each for each in TRY_PACS.result_of(run).steps}
    own = {"limit": "hidden", "BodyPartExamined": "empty"}
    assert {step: each.verdict for step, each in found.items()} == GOOD | own
    assert found["limit"].values == {"most": 6}, "LimitFindResults 5 tells 6"
    assert found["film"].values["syntax"] == "1.2.840.10008.1.2.1"
    assert [each.good for each in checks] == [True] * len(STEPS)
    assert [each.good for each in wrong] == [False]
    assert "does not let us in" in wrong[0].words
    with sqlite_database() as session:
        told = [line.text for line in session.query(RunLogLine)] + [str(run.result)]
    told += [each.words for each in checks + wrong]
    assert not [name for name in OF_PATIENTS for said in told if name in said]


def test_each_thing_that_a_service_does_not_do_is_seen_at_its_step(
    peer: DicomWeb, tried: Callable[..., dict[str, str]]
) -> None:
    assert tried() == GOOD
    assert not [path for path in peer.asked if "%" in path or " " in path]
    ignored = tried(ignores={"ModalitiesInStudy", "StudyDate"})
    assert ignored == GOOD | {
        "ModalitiesInStudy": "ignored",
        "StudyDate": "ignored",
        "limit": "unknown",
    }
    assert tried(ignores=set(), limit=7)["limit"] == "hidden"
    peer.limit = None
    for path, twist, step, verdict in (
        ("/studies?", Twist(500), "search", "trouble"),
        ("/studies?", Twist(body=b"<html>", kind="text/html"), "search", "trouble"),
        ("/studies?", Twist(body=b"[]"), "search", "no_study"),
        ("/studies?", Twist(cut=0.5), "search", "trouble"),
        ("/metadata", Twist(404), "metadata", "trouble"),
        ("/metadata", Twist(body=b"[" * 10**6), "metadata", "trouble"),
        ("/instances/", Twist(cut=0.9), "film", "trouble"),
        ("/instances/", Twist(406), "film", "trouble"),
        ("/instances/", Twist(kind="text/plain"), "film", "trouble"),
        ("/instances/", Twist(body=bytes(2**20 + 1)), "film", "trouble"),
        ("/instances/", Twist(body=b"of Jane", kind="application/dicom"), "film", "no_film"),
        ("/instances/", Twist(body=file_of(film(99)), kind="application/dicom"), "film", "another"),
        ("BodyPartExamined", Twist(400), "BodyPartExamined", "empty"),
    ):
        found = tried(twists=lambda asked, of=path, twist=twist: twist if of in asked else None)
        assert found[step] == verdict, (path, twist)
    assert tried(0.3, twists=lambda path: Twist(seconds=1))["search"] == "trouble"


def test_a_service_that_is_not_reached_is_named_with_what_to_do(
    peer: DicomWeb, settings: Settings
) -> None:
    for address, twist, words in (
        (f"http://127.0.0.1:{free_port()}/dicom-web", None, "Nobody answers there"),
        ("http://nowhere.invalid/dicom-web", None, "is not known"),
        ("http://8.8.8.8/dicom-web", None, "Films name patients"),
        ("ftp://10.0.0.5", None, "cannot be used"),
        (peer.url, Twist(302, location="/elsewhere"), "sends us elsewhere"),
        (peer.url, Twist(401), "does not let us in"),
    ):
        peer.twists = lambda path, twist=twist: twist
        [check] = examine(settings.model_copy(update={"pull_from": address}))
        assert not check.good
        assert words in check.words
    assert not [path for path in peer.asked if "elsewhere" in path]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_page_and_the_api_show_the_latest_trial_and_start_one(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    assert "CONDYLE_PULL_FROM" in admin.get("/pull").text
    unknown = {"address": "", "trial": None, "count": None, "pull": None}
    assert admin.get("/api/v1/pull").json() == unknown
    assert admin.post("/pull/try", data={}).status_code == 422
    web.settings.pull_from = "https://condyle:secret@pacs.example/dicom-web"
    result = TRY_PACS.result(
        steps=[
            {"step": "search", "verdict": "answers"},
            {"step": "film", "verdict": "trouble", "values": {"fault": "broken_off"}},
            {"step": "limit", "verdict": "hidden", "values": {"most": 1001}},
        ]
    )
    with web.database.begin() as session:
        row = {"kind": "try_pacs", "status": "succeeded", "result": result.stored()}
        session.add(Run(**row, finished_at=now()))
    page = admin.get("/pull").text
    for words in ("pacs.example", "its answer broke off", "every list at 1,001", "worked around"):
        assert words in page
    assert "secret" not in page
    told = admin.get("/api/v1/pull").json()
    assert [(each["works"], each["copes"]) for each in told["trial"]["steps"]] == [
        (True, False),
        (False, False),
        (False, True),
    ]
    assert admin.post("/pull/try", data={}).headers["location"] == "/runs/2"
    assert "is being tried" in admin.get("/pull").text

"""What leaves as a table: every row once, readable by others, safe in a spreadsheet."""

import csv
import io
import json

import pytest
from sqlalchemy import select
from support.both_knees import both_knees
from support.command_line import run_command
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app import errors
from app.accounts import rules as accounts
from app.audit import record, write_events
from app.db import batches
from app.db.archive import Image, LabelClass, Patient, Study
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.people import AuditEvent, User
from app.db.reading import Annotation, ReferenceLabel
from app.db.tables import now
from app.export import rules
from app.json_tables import as_json
from app.labels.decisions import Decision, Hold
from app.labels.findings import Remarks
from app.reading.rules import annotate, undo
from app.settings import Settings
from app.worklists.items import lease_next


@pytest.fixture
def read_archive(web: Web) -> Web:
    """Two films, one read by two readers, one with a pseudo-label."""
    with web.database.begin() as session:
        session.add_all(LabelClass(name=n, position=i) for i, n in enumerate(["normal", "=bad"]))
        patient = Patient(key="P1", split="development")
        readers = [User(name=name, role="reader") for name in ("A", "B")]
        session.add_all([patient, *readers])
        session.flush()
        study = Study(patient_id=patient.id, key="S1", report="Never exported.")
        session.add(study)
        session.flush()
        images = [_image(patient, study, key) for key in ("I1", "I2")]
        run = Run(kind="sweep", status="succeeded")
        session.add_all([*images, run])
        session.flush()
        first, second = session.scalars(select(LabelClass.id).order_by(LabelClass.id)).all()
        for reader in readers:
            session.add(_annotation(images[0], reader, second))
        session.add(ReferenceLabel(image_id=images[0].id, class_id=second, basis="agreement"))
        labeler = ModelVersion(
            role="labeler",
            method="text",
            run_id=run.id,
            folder="",
            digest="",
            recipe={},
            training_digest="",
        )
        session.add(labeler)
        session.flush()
        sweep = Sweep(run_id=run.id, labeler_id=labeler.id, tolerated_error=0.05)
        session.add(sweep)
        session.flush()
        session.add(
            PseudoLabel(
                sweep_id=sweep.id,
                image_id=images[1].id,
                class_id=first,
                probabilities=[0.75, 0.25],
                confidence=0.75,
                status="needs_review",
                not_read="unknown words",
                guessed=True,
            )
        )
    return web


def _image(patient: Patient, study: Study, key: str) -> Image:
    return Image(
        study_id=study.id,
        patient_id=patient.id,
        key=key,
        source_digest=key,
        stored_digest=key,
        site="Rome",
        width=1,
        height=1,
        spacing_mm=None,
    )


def _annotation(image: Image, reader: User, class_id: int) -> Annotation:
    return Annotation(
        image_id=image.id,
        reader_id=reader.id,
        worklist="seed",
        class_id=class_id,
        idempotency_key="k",
    )


def test_labels_come_as_csv_that_no_spreadsheet_runs_as_a_formula(read_archive: Web) -> None:
    answer = read_archive.browser("Admin", "admin").get("/api/v1/export/labels")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="labels.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row.pop("at")
    assert row == {
        "image_id": "I1",
        "study_id": "S1",
        "patient_id": "P1",
        "split": "development",
        "site": "Rome",
        "laterality": "",
        "region": "",
        "label": "'=bad",
        "basis": "agreement",
        "earlier_report": "False",
        "readers": "2",
        "findings": "[]",
    }


def test_every_table_says_which_knee_of_a_film_of_both_it_speaks_of(web: Web) -> None:
    with web.database.begin() as session:
        (reader,), classes = add_readers(session, 1), add_classes(session)
        right, left = both_knees(session)
        list_images(session, "seed", [right])
        assert lease_next(session, reader, "seed", 300, now()) == right
        annotate(session, Hold(reader, right, "seed"), Decision(classes[0], "a read", now(), 7))
        add_sweep(session, [left])
    admin = web.browser("Admin", "admin")
    where = {"R": [0, 0, 32, 80], "L": [32, 0, 64, 80]}
    for what, side in (("labels", "R"), ("pseudo-labels", "L")):
        (row,) = admin.get(f"/api/v1/export/{what}?format=json").json()
        assert (row["image_id"], row["laterality"]) == (f"K-{side}", side)
        assert row["region"] == where[side]
        (line,) = csv.DictReader(io.StringIO(admin.get(f"/api/v1/export/{what}").text))
        assert json.loads(line["region"]) == where[side]
    (read,) = admin.get("/api/v1/export/reads?format=json").json()
    assert (read["image_id"], read["laterality"]) == ("K-R", "R")


def test_reads_leave_with_reasons_notes_and_findings_also_when_taken_back(web: Web) -> None:
    with web.database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        images = add_images(session, 2)
        list_images(session, "seed", images)
        for number, remarks in enumerate(
            [Remarks("not_a_knee", "=SUM(1)"), Remarks(note="old", findings=[3, 1])]
        ):
            image = lease_next(session, reader, "seed", 300, now())
            said = None if remarks.reason else 1
            annotate(
                session,
                Hold(reader, image, "seed"),
                Decision(said, f"key {number}", now(), 7, remarks),
            )
        undo(session, reader, "seed", 300, "key undo", now())
        annotate(
            session,
            Hold(reader, images[1], "seed"),
            Decision(2, "again", now(), 7, Remarks(findings=[2])),
        )
    admin = web.browser("Admin", "admin")
    first, second, third = admin.get("/api/v1/export/reads?format=json").json()
    assert (first["label"], first["reason"], first["note"]) == (None, "not_a_knee", "=SUM(1)")
    assert second["findings"] == ["osteophytes", "fracture"]
    assert (second["reader"], second["milliseconds"]) == ("reader 0", 7)
    assert second["taken_back_at"]
    assert third["taken_back_at"] is None
    assert "'=SUM(1)" in admin.get("/api/v1/export/reads").text
    (label,) = admin.get("/api/v1/export/labels?format=json").json()
    assert label["findings"] == ["joint-space narrowing"]


def test_pseudo_labels_come_as_json_with_a_probability_for_each_class(read_archive: Web) -> None:
    admin = read_archive.browser("Admin", "admin")
    (row,) = admin.get("/api/v1/export/pseudo-labels?format=json").json()
    assert row["probabilities"] == {"normal": 0.75, "=bad": 0.25}
    assert (row["predicted"], row["status"], row["read_as"]) == ("normal", "needs_review", None)
    text = admin.get("/api/v1/export/pseudo-labels").text
    assert json.loads(next(csv.DictReader(io.StringIO(text)))["probabilities"])["normal"] == 0.75


def test_pseudo_labels_say_why_they_are_worth_little(read_archive: Web) -> None:
    admin = read_archive.browser("Admin", "admin")
    (row,) = admin.get("/api/v1/export/pseudo-labels?format=json").json()
    assert (row["not_read"], row["guessed"], row["conflict"]) == ("unknown words", True, False)
    assert row["asked"] is None  # no language model was


def test_the_audit_trail_has_every_event_and_the_export_itself(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    with web.database.begin() as session:
        accounts.add_person(session, "Reader", "reader")
    rows = admin.get("/api/v1/export/audit?format=json").json()
    assert [row["action"] for row in rows] == ["invite", "make one-time link", "export"]
    assert (rows[2]["person"], rows[2]["subject"]) == ("Admin", "audit")


@pytest.mark.parametrize("what", ["labels", "reads", "pseudo-labels", "audit"])
def test_an_empty_table_is_still_a_table(database: Database, what: str) -> None:
    with database.begin() as session:
        empty = "".join(rules.table(session, what, "csv"))
        assert empty.splitlines() == [",".join(rules.columns(what))]
        assert json.loads("".join(as_json(rules.rows(session, what)))) == []


def test_a_long_table_has_every_row_once_in_order(database: Database) -> None:
    with database.begin() as session:
        for number in range(3 * batches.BATCH + 1):
            record(session, None, "count", f"thing {number}")
        write_events(session)
        text = "".join(rules.table(session, "audit", "csv"))
        subjects = [row["subject"] for row in csv.DictReader(io.StringIO(text))]
        expected = session.scalars(select(AuditEvent.subject).order_by(AuditEvent.id)).all()
        assert subjects == list(expected)


def test_an_unknown_table_is_refused(database: Database) -> None:
    with database.begin() as session, pytest.raises(errors.Refused):
        rules.rows(session, "passwords")


def test_a_format_that_does_not_fit_is_refused(settings: Settings) -> None:
    for what, format in (("labels", "onnx"), ("model", "csv")):
        with pytest.raises(errors.Refused, match="cannot be written as"):
            run_command(settings, "export", what, "--format", format)

"""Registering films: once, with the patient's first split, on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app import errors
from app.db.archive import Image, LabelClass, Patient, QuarantinedFile, Rendition, Study
from app.db.engine import Database
from app.imports import rules
from app.imports.rules import Arrival, NewRendition
from app.runs import rules as runs

FILM = Arrival(
    patient_key="p1",
    study_key="s1",
    image_key="i1",
    split="validation",
    source_digest="a" * 64,
    stored_digest="b" * 64,
    laterality="L",
    view="AP",
    spacing_mm=0.15,
    spacing_plane="detector",
    label="abnormal",
    report="",
    site="",
    details={"kl_grade": "2"},
    renditions=[
        NewRendition("model", "c" * 64, 512, 256, 8, 127.5, 255.0),
        NewRendition("viewer", "d" * 64, 2000, 1000, 12, 2047.5, 4095.0),
    ],
)


@pytest.fixture
def run_id(database: Database) -> int:
    with database.begin() as session:
        rules.ensure_classes(session)
        return runs.request(session, "import", {}).id


def test_a_film_is_registered_with_its_patient_study_and_renditions(
    database: Database, run_id: int
) -> None:
    with database.begin() as session:
        assert rules.register(session, FILM)
    with database() as session:
        image = session.scalars(select(Image)).one()
        assert (image.width, image.height) == (2000, 1000)
        assert (image.spacing_mm, image.spacing_plane) == (0.15, "detector")
        assert image.details == {"kl_grade": "2"}
        assert image.given_class_id is not None
        given = session.get(LabelClass, image.given_class_id)
        assert given is not None
        assert given.name == "abnormal"
        assert session.scalars(select(Patient.split)).all() == ["validation"]
        kinds = session.scalars(select(Rendition.kind).order_by(Rendition.kind)).all()
        assert kinds == ["model", "viewer"]


@pytest.mark.parametrize(
    "again",
    [
        FILM,
        replace(FILM, image_key="other", split="development"),
        replace(FILM, source_digest="e" * 64, label="normal", laterality="R"),
    ],
    ids=["the same", "the same file", "the same image"],
)
def test_registering_again_changes_nothing(database: Database, run_id: int, again: Arrival) -> None:
    with database.begin() as session:
        rules.register(session, FILM)
        before = session.scalars(select(Image)).one()
        was = (before.key, before.source_digest, before.given_class_id, before.laterality)
    with database.begin() as session:
        assert not rules.register(session, again)
    with database() as session:
        after = session.scalars(select(Image)).one()
        assert was == (after.key, after.source_digest, after.given_class_id, after.laterality)
        assert session.scalars(select(Patient.split)).all() == ["validation"]
        assert len(session.scalars(select(Rendition)).all()) == 2


def test_a_known_patient_keeps_the_split_drawn_first(database: Database, run_id: int) -> None:
    second = replace(FILM, image_key="i2", source_digest="e" * 64, split="development")
    with database.begin() as session:
        rules.register(session, FILM)
        assert rules.register(session, second)
    with database() as session:
        assert session.scalars(select(Patient.split)).all() == ["validation"]
        assert len(session.scalars(select(Study)).all()) == 1


def test_a_missing_report_is_filled_in_and_a_present_one_stays(
    database: Database, run_id: int
) -> None:
    def report() -> str | None:
        with database() as session:
            return session.scalar(select(Study.report))

    with database.begin() as session:
        rules.register(session, FILM)
    assert report() is None
    with database.begin() as session:
        rules.register(session, replace(FILM, report="first"))
    assert report() == "first"
    with database.begin() as session:
        rules.fill_missing(session, FILM.source_digest, "second", "")
        assert rules.fill_report_of_study(session, ["s1", "x"], "third")
    assert report() == "first"


def test_a_missing_site_is_filled_in_and_a_known_one_stays(database: Database, run_id: int) -> None:
    for site, known in (("", ""), ("Rome", "Rome"), ("Oslo", "Rome"), ("", "Rome")):
        with database.begin() as session:
            rules.register(session, replace(FILM, site=site))
        with database() as session:
            assert session.scalar(select(Image.site)) == known
            assert session.scalar(select(Image.laterality)) == "L"


def test_a_report_that_could_be_of_two_studies_goes_nowhere(
    database: Database, run_id: int
) -> None:
    twin = replace(FILM, patient_key="p2", image_key="i2", source_digest="e" * 64)
    with database.begin() as session:
        rules.register(session, FILM)
        rules.register(session, twin)
        assert not rules.fill_report_of_study(session, ["s1"], "text")
        assert not rules.fill_report_of_study(session, ["unknown"], "text")
    with database() as session:
        assert set(session.scalars(select(Study.report))) == {None}


def test_a_quarantined_file_is_listed_once_and_leaves_when_it_arrives(
    database: Database, run_id: int
) -> None:
    for what in ("old reason", "new reason"):
        with database.begin() as session:
            reason = errors.Refused(what, "", "Export it again.")
            rules.quarantine(session, run_id, "a/b.dcm", FILM.source_digest, reason)
    with database() as session:
        file = session.scalars(select(QuarantinedFile)).one()
        assert (file.what, file.do, file.path) == ("new reason", "Export it again.", "a/b.dcm")
        assert rules.known_digests(session, run_id, [FILM.source_digest]) == {FILM.source_digest}
        assert rules.known_digests(session, run_id + 1, [FILM.source_digest]) == set()
    with database.begin() as session:
        rules.register(session, FILM)
        assert rules.quarantined(session, run_id) == 0


def test_classes_are_made_once_and_are_whatever_the_project_has(database: Database) -> None:
    with database.begin() as session:
        assert rules.ensure_classes(session) == ["normal", "abnormal", "arthroplasty"]
        assert rules.ensure_classes(session, ["a", "b"]) == ["normal", "abnormal", "arthroplasty"]

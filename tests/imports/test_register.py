"""Registering films: once, with the patient's first split, on both databases."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app import errors
from app.db.archive import (
    Image,
    LabelClass,
    Patient,
    PatientIdentity,
    QuarantinedFile,
    Rendition,
    Study,
)
from app.db.engine import Database
from app.imports import rules
from app.imports.arrival import Arrival, NewRendition
from app.imports.files import Problem
from app.imports.persons import Claim
from app.runs import rules as runs

FILM = Arrival(
    claim=Claim("p1", number="p1", manifest="1.1"),
    study_key="s1",
    accession="",
    image_scope="",
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
        assert rules.register(session, run_id, FILM)
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
        replace(FILM, source_digest="e" * 64, label="normal", view="LAT"),
    ],
    ids=["the same", "the same file", "the same picture with another header"],
)
def test_registering_again_changes_nothing(database: Database, run_id: int, again: Arrival) -> None:
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        before = session.scalars(select(Image)).one()
        was = (before.key, before.source_digest, before.given_class_id, before.view)
    with database.begin() as session:
        assert not rules.register(session, run_id, again)
    with database() as session:
        after = session.scalars(select(Image)).one()
        assert was == (after.key, after.source_digest, after.given_class_id, after.view)
        assert session.scalars(select(Patient.split)).all() == ["validation"]
        assert len(session.scalars(select(Rendition)).all()) == 2
        assert len(session.scalars(select(PatientIdentity)).all()) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"stored_digest": "f" * 64},
        {"laterality": "R"},
        {"study_key": "s2"},
        {"claim": Claim("p2", number="p2", manifest="1.1")},
    ],
    ids=["picture", "side", "study", "patient"],
)
def test_another_film_of_the_same_name_is_refused_with_the_one_it_clashes_with(
    database: Database, run_id: int, other: dict[str, Any]
) -> None:
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        image = session.scalars(select(Image.id)).one()
        with pytest.raises(errors.Refused, match=f"Image {image} has the same name"):
            rules.register(session, run_id, replace(FILM, source_digest="e" * 64, **other))
    with database() as session:
        assert session.scalars(select(Image.source_digest)).all() == ["a" * 64]
        assert session.scalars(select(Patient.key)).all() == ["p1"]


def test_the_same_film_under_another_patient_is_refused(database: Database, run_id: int) -> None:
    other = Claim("p2", number="p2", manifest="1.1")
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        with pytest.raises(errors.Refused, match="another patient's"):
            rules.register(session, run_id, replace(FILM, claim=other))


def test_a_site_named_later_is_where_the_names_count(database: Database, run_id: int) -> None:
    in_rome = Claim("p1", "Rome", "p1", site="Rome", manifest="2.1")
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        rules.register(session, run_id, replace(FILM, claim=in_rome, site="Rome"))
        more = replace(FILM, claim=in_rome, site="Rome", image_scope="Rome", source_digest="e" * 64)
        with pytest.raises(errors.Refused, match="same name"):
            rules.register(session, run_id, replace(more, laterality="R"))
        assert rules.register(session, run_id, replace(more, image_key="i2"))
    with database() as session:
        assert len(session.scalars(select(Patient)).all()) == 1


def test_a_known_patient_keeps_the_split_drawn_first(database: Database, run_id: int) -> None:
    second = replace(FILM, image_key="i2", source_digest="e" * 64, split="development")
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        assert rules.register(session, run_id, second)
    with database() as session:
        assert session.scalars(select(Patient.split)).all() == ["validation"]
        assert len(session.scalars(select(Study)).all()) == 1


def test_a_missing_site_is_filled_in_and_a_known_one_stays(database: Database, run_id: int) -> None:
    for site, known in (("", ""), ("Rome", "Rome"), ("Oslo", "Rome"), ("", "Rome")):
        with database.begin() as session:
            rules.register(session, run_id, replace(FILM, site=site))
        with database() as session:
            assert session.scalar(select(Image.site)) == known
            assert session.scalar(select(Image.laterality)) == "L"


def test_a_quarantined_file_is_listed_once_and_leaves_when_it_arrives(
    database: Database, run_id: int
) -> None:
    for what in ("old reason", "new reason"):
        with database.begin() as session:
            reason = errors.Refused(what, "", "Export it again.")
            rules.quarantine(session, run_id, Problem("a/b.dcm", FILM.source_digest, reason))
    with database() as session:
        file = session.scalars(select(QuarantinedFile)).one()
        assert (file.what, file.do, file.path) == ("new reason", "Export it again.", "a/b.dcm")
        assert rules.known_digests(session, run_id, [FILM.source_digest]) == {FILM.source_digest}
        assert rules.known_digests(session, run_id + 1, [FILM.source_digest]) == set()
    with database.begin() as session:
        rules.register(session, run_id, FILM)
        assert not session.scalars(select(QuarantinedFile)).all()


def test_classes_are_made_once_and_are_whatever_the_project_has(database: Database) -> None:
    with database.begin() as session:
        assert rules.ensure_classes(session) == ["normal", "abnormal", "arthroplasty"]
        assert rules.ensure_classes(session, ["a", "b"]) == ["normal", "abnormal", "arthroplasty"]

"""Reports: every version is kept, the newest counts, and an old text undoes no correction."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, Report, Study
from app.db.engine import Database
from app.imports import reports


@pytest.fixture
def study(database: Database) -> Callable[[Session], Study]:
    with database.begin() as session:
        patient = Patient(key="p", split="development")
        session.add(patient)
        session.flush()
        session.add(Study(patient_id=patient.id, key="s"))
    return lambda session: session.scalars(select(Study)).one()


def test_a_corrected_report_is_a_new_version_and_the_old_one_stays(
    database: Database, study: Callable[[Session], Study]
) -> None:
    said = [("A.", True), ("A.", False), ("B.", True), ("A.", False), ("", False), ("C.", True)]
    for text, is_new in said:
        with database.begin() as session:
            assert reports.put(session, study(session), text, None) == is_new
    with database() as session:
        assert (study(session).report, study(session).report_version) == ("C.", 3)
        kept = session.execute(select(Report.version, Report.text).order_by(Report.version))
        assert [tuple(row) for row in kept] == [(1, "A."), (2, "B."), (3, "C.")]


def test_a_study_is_found_by_its_key_or_accession_number_within_a_site(
    database: Database,
) -> None:
    with database.begin() as session:
        for number, site in enumerate(["Rome", "Oslo"]):
            patient = Patient(key=site, split="development")
            session.add(patient)
            session.flush()
            study = Study(patient_id=patient.id, key="7", accession=f"N-{number}")
            session.add(study)
            session.flush()
            session.add(_image(study, site))

        def named(keys: list[str], accession: str, *sites: str) -> list[int]:
            found = reports.studies_named(session, keys, accession, sites)
            return [each.id for each in found]

        first, second = session.scalars(select(Study.id).order_by(Study.id))
        assert named(["7"], "") == [first, second]
        assert named(["7"], "", "Oslo") == [second]
        assert named(["x"], "N-0") == [first]
        assert named(["x"], "N-0", "Oslo") == []


def test_a_study_without_an_accession_number_is_not_found_by_none(database: Database) -> None:
    with database.begin() as session:
        patient = Patient(key="p", split="development")
        session.add(patient)
        session.flush()
        session.add(Study(patient_id=patient.id, key="s"))
        session.flush()
        assert not reports.studies_named(session, ["x"], "", ())


def _image(study: Study, site: str) -> Image:
    return Image(
        study_id=study.id,
        patient_id=study.patient_id,
        key=site,
        source_digest=site,
        stored_digest=site,
        site=site,
        width=1,
        height=1,
        spacing_mm=None,
    )

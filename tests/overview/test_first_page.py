"""The first page: what waits for a reader, and where the round stands for an admin."""

import re

import pytest
from sqlalchemy import func, select
from support.web import Web

from app.db.archive import Image, Patient, Study, Workspace
from app.db.learning import Run
from app.db.people import AuditEvent
from app.db.reading import WorklistItem
from app.overview import rules
from app.runs.kinds import DRAW_SEED
from app.runs.parameters import DrawSeedParameters


@pytest.fixture
def archive(web: Web) -> Web:
    """Ten patients of two films each, two of the patients for validation."""
    with web.database.begin() as session:
        for number in range(10):
            patient = Patient(key=f"P{number}", split="validation" if number < 2 else "development")
            session.add(patient)
            session.flush()
            study = Study(patient_id=patient.id, key="S")
            session.add(study)
            session.flush()
            session.add_all(_image(patient, study, f"{number}-{film}") for film in range(2))
    return web


def _image(patient: Patient, study: Study, key: str) -> Image:
    return Image(
        study_id=study.id,
        patient_id=patient.id,
        key=key,
        source_digest=key,
        stored_digest=key,
        width=1,
        height=1,
        spacing_mm=None,
    )


def accents(page: str) -> list[str]:
    """Return the texts of a page's accent buttons."""
    return re.findall(r'class="button accent"[^>]*>([^<]+)<', page)


def test_an_empty_workspace_tells_an_admin_to_import_and_a_reader_to_wait(web: Web) -> None:
    assert accents(web.browser("Admin", "admin").get("/").text) == ["Import images"]
    assert "Nothing is waiting for you" in web.browser("Reader").get("/").text


def test_the_seed_set_is_drawn_and_the_validation_split_opened(archive: Web) -> None:
    admin = archive.browser("Admin", "admin")
    assert accents(admin.get("/").text) == ["Draw at random"]
    assert admin.post("/seed", data={"patients": 3}).status_code == 303
    with archive.database.begin() as session:
        rows = session.execute(
            select(
                WorklistItem.worklist,
                Patient.split,
                func.count(),
                func.count(Patient.id.distinct()),
            )
            .join(Image, Image.id == WorklistItem.image_id)
            .join(Patient, Patient.id == Image.patient_id)
            .group_by(WorklistItem.worklist, Patient.split)
        )
        assert {tuple(row) for row in rows} == {
            ("seed", "development", 6, 3),
            ("validation", "validation", 4, 2),
        }
        assert session.scalars(select(AuditEvent.action)).all() == ["draw seed set"]
    page = archive.browser("Reader").get("/").text
    assert 'href="/reading/seed"' in page
    assert accents(page) == ["Start"]
    assert accents(admin.get("/").text) == ["Read"]


def test_more_seed_patients_can_be_drawn_but_not_more_than_there_are(archive: Web) -> None:
    admin = archive.browser("Admin", "admin")
    admin.post("/seed", data={"patients": 3})
    assert admin.post("/seed", data={"patients": 2}).status_code == 303
    refused = admin.post("/seed", data={"patients": 4})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    with archive.database.begin() as session:
        seeds = select(func.count()).where(WorklistItem.worklist == "seed")
        assert session.scalar(seeds) == 10


def test_typical_patients_are_chosen_by_a_run_where_there_are_weights(archive: Web) -> None:
    admin = archive.browser("Admin", "admin")
    diverse = {"patients": 3, "selection": "diverse"}
    assert "Choose typical ones" not in admin.get("/").text
    refused = admin.post("/seed", data=diverse)
    assert refused.status_code == 422
    assert "CONDYLE_WEIGHTS" in refused.text

    archive.settings.weights = "known.safetensors"
    assert "Choose typical ones" in admin.get("/").text
    assert admin.post("/seed", data=diverse | {"patients": 9}).status_code == 422
    started = admin.post("/seed", data=diverse)
    assert started.status_code == 303
    assert 'href="/runs/1">Follow the run' in admin.get("/").text
    assert admin.post("/seed", data=diverse).status_code == 422, "one at a time"
    with archive.database.begin() as session:
        run = session.scalars(select(Run)).one()
        assert run.kind == "draw_seed"
        assert DRAW_SEED.parameters_of(run) == DrawSeedParameters(patients=3, rng=0)
        assert started.headers["location"] == f"/runs/{run.id}"


def test_the_next_step_is_the_first_that_is_not_done(archive: Web) -> None:
    with archive.database.begin() as session:
        assert rules.standing(session).next == "seed"
    archive.browser("Admin", "admin").post("/seed", data={"patients": 3})
    with archive.database.begin() as session:
        session.query(WorklistItem).update({"done": True})
        standing = rules.standing(session)
        assert standing.next == "labeler"
        assert standing.steps[1].text.startswith("6 of 6 seed images and 4 of 4 validation")


def test_an_active_run_is_followed_instead_of_started_again(archive: Web) -> None:
    with archive.database.begin() as session:
        run = Run(kind="sweep")
        session.add(run)
    assert f'href="/runs/{run.id}">Follow the run' in archive.browser("A", "admin").get("/").text


def test_every_page_says_so_where_the_knees_are_generated(web: Web) -> None:
    sentence = "Demo data: computer-generated knees, not patients."
    assert sentence not in web.anonymous().get("/login").text
    with web.database.begin() as session:
        session.add(Workspace(generated=True))
    assert sentence in web.anonymous().get("/login").text
    admin = web.browser("Admin", "admin")
    for path in ("/", "/runs", "/imports", "/models", "/people", "/nowhere"):
        assert sentence in admin.get(path).text

"""A knee whose place on its film was corrected is learned from and judged as it is now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.both_knees import brightness, listed
from support.databases import ON_BOTH
from support.import_runs import run_import
from support.whole_runs import carry_out
from support.worklist_rows import add_readers

from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.db.learning import Run
from app.db.people import User
from app.imaging.storage import Store
from app.knees import corrections
from app.runs import rules as runs
from app.settings import Settings
from app.training import rules as training
from worker import crop

Perform = Callable[..., Run]


@pytest.fixture
def corrected(database: Database, settings: Settings, tmp_path: Path) -> int:
    """A film whose line was moved after its import; the reader's id."""
    run_import(database, settings, paths=[listed(tmp_path / "in", "laterality", "film.png,p,B")])
    with database.begin() as session:
        person = add_readers(session, 1)[0]
        image = session.scalars(select(Image.id).where(Image.laterality == "R")).one()
        corrections.correct(session, session.get_one(User, person), image, None, 45)
    return person


def test_a_moved_line_leaves_no_model_rendition_until_a_run_has_made_it_anew(
    database: Database, settings: Settings, corrected: int, perform: Perform
) -> None:
    assert brightness(database, settings) == {}
    with database() as session:
        assert training.of_patients(session, ["p"]) == []
    done = perform("crop")
    assert (done.status, done.result) == ("succeeded", {"images": 2})
    with database() as session:
        sizes = session.execute(
            select(Image.laterality, Rendition.width, Rendition.height)
            .join(Rendition, Rendition.image_id == Image.id)
            .where(Rendition.kind == "model")
            .order_by(Image.laterality)
        ).all()
    assert [tuple(row) for row in sizes] == [("L", 15, 40), ("R", 45, 40)]
    # A third of the right knee's part is now the brighter half.
    shown = brightness(database, settings)
    assert shown["R"] > 90
    assert perform("crop").result == {"images": 0}


@ON_BOTH
def test_every_run_that_reads_films_makes_what_is_missing_first(
    database: Database, settings: Settings, corrected: int, perform: Perform
) -> None:
    refused = perform("sweep")
    assert refused.status == "failed"
    assert len(brightness(database, settings)) == 2


@ON_BOTH
def test_a_rendition_of_a_region_that_moved_meanwhile_is_not_kept(
    database: Database,
    settings: Settings,
    corrected: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The line is moved once more between the cropping and the writing of the first knee.

    So one transaction writes nothing, which `perform` would not let pass.
    """
    moved: list[int] = []
    made = crop.stored

    def move_then_put(*arguments: Any) -> Any:
        if not moved:
            with database.begin() as session:
                moved.append(session.scalars(select(Image.id).order_by(Image.id)).first() or 0)
                person = session.get_one(User, corrected)
                corrections.correct(session, person, moved[0], None, 20)
        return made(*arguments)

    monkeypatch.setattr(crop, "stored", move_then_put)
    with database.begin() as session:
        run_id = runs.request(session, "crop", {}).id
    assert carry_out(database, settings, run_id).status == "succeeded"
    with database() as session:
        rows = session.execute(
            select(Image.laterality, Rendition.width)
            .join(Rendition, Rendition.image_id == Image.id)
            .where(Rendition.kind == "model")
            .order_by(Image.laterality)
        ).all()
    assert [tuple(row) for row in rows] == [("L", 40), ("R", 20)]


def test_a_film_that_is_gone_from_the_store_fails_the_run_and_names_the_image(
    database: Database, settings: Settings, corrected: int, perform: Perform
) -> None:
    with database() as session:
        digest = session.scalars(select(Rendition.digest)).first()
    Store(settings.home / "store").path(str(digest)).unlink()
    failed = perform("crop")
    assert failed.failure is not None
    assert failed.failure["what"] == "A stored file is missing."
    assert failed.failure["where"].startswith("image ")

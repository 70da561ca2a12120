"""The round says what each step has not seen, and never counts a failed lot as accepted."""

from datetime import timedelta

import pytest
from evaluation.samples import predictions, report_of
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image, LabelClass
from app.db.engine import Database
from app.db.learning import Evaluation, Lot, ModelVersion, PseudoLabel, Run, Sweep, TrainedOn
from app.db.reading import ReferenceLabel, WorklistItem
from app.db.tables import now
from app.overview import rules
from app.settings import Settings

LATER = timedelta(minutes=5)


@pytest.fixture
def round_played(database: Database) -> list[int]:
    """A whole round: four seed films, four swept and reviewed, models, and an evaluation."""
    with database.begin() as session:
        classes, seed = add_classes(session), add_images(session, 4)
        list_images(session, "seed", seed)
        session.execute(update(WorklistItem).values(done=True))
        swept = add_images(session, 4, name="r")
        add_sweep(session, swept)
        session.execute(update(PseudoLabel).values(status="approved"))
        session.execute(update(Run).values(started_at=now() + LATER))
        runs = [Run(kind=kind, status="succeeded", started_at=now() + 2 * LATER)
                for kind in ("train_classifier", "evaluate")]  # fmt: skip
        session.add_all(runs)
        session.flush()
        models = [_version(role, runs[0].id) for role in ("baseline", "final")]
        session.add_all(models)
        session.flush()
        session.add(
            Evaluation(
                run_id=runs[1].id,
                baseline_id=models[0].id,
                final_id=models[1].id,
                report=report_of(*predictions()).as_json(),
                predictions_digest="0" * 64,
            )
        )
        _label(session, seed, classes[0])
    return swept


def _version(role: str, run_id: int) -> ModelVersion:
    more = {"method": "image", "folder": role, "digest": role, "recipe": {}}
    return ModelVersion(role=role, run_id=run_id, training_digest="", **more)


def _label(
    session: Session, images: list[int], class_id: int, later: timedelta = timedelta()
) -> None:
    session.add_all(
        ReferenceLabel(image_id=image, class_id=class_id, basis="single_read", at=now() + later)
        for image in images
    )
    session.flush()


def standing(database: Database) -> tuple[str, dict[str, rules.Step]]:
    with database() as session:
        found = rules.standing(session)
        return found.next, {step.name: step for step in found.steps}


def test_a_round_that_knows_everything_is_complete(
    database: Database, round_played: list[int]
) -> None:
    upcoming, steps = standing(database)
    assert upcoming == ""
    assert [step.behind for step in steps.values() if step.behind] == []


def test_newer_reads_ask_for_another_training_of_what_has_not_seen_them(
    database: Database, round_played: list[int]
) -> None:
    with database.begin() as session:
        classes = session.scalars(select(ReferenceLabel.class_id)).first()
        _label(session, round_played[:3], classes, 1.5 * LATER)
    upcoming, steps = standing(database)
    assert steps["labeler"].behind == "Version 1 has not seen 3 newer reads: train again."
    assert steps["classifier"].behind == "", "it was trained after these reads"
    assert upcoming == "labeler"


def test_a_newer_labeler_asks_for_a_sweep_and_newer_films_do_too(
    database: Database, round_played: list[int]
) -> None:
    with database.begin() as session:
        late = add_images(session, 2, name="late")
        session.execute(
            update(Image).where(Image.id.in_(late)).values(imported_at=now() + 1.5 * LATER)
        )
    upcoming, steps = standing(database)
    assert steps["sweep"].behind.startswith("2 images were imported since")
    with database.begin() as session:
        run = Run(kind="train_labeler", status="succeeded", started_at=now() + 3 * LATER)
        session.add(run)
        session.flush()
        session.add(_version("labeler", run.id))
    upcoming, steps = standing(database)
    assert "version 4 is newer: sweep again" in steps["sweep"].behind
    assert upcoming == "sweep"


def test_what_a_failed_lot_held_is_not_accepted(
    database: Database, round_played: list[int]
) -> None:
    with database.begin() as session:
        sweep = session.scalars(select(Sweep.id)).one()
        classes = session.scalars(select(LabelClass.id).order_by(LabelClass.position))
        lots = [
            Lot(sweep_id=sweep, class_id=one, status=status, size=2, sample_size=1,
                allowed_errors=0)
            for one, status in zip(classes, ("released", "failed"), strict=False)
        ]  # fmt: skip
        session.add_all(lots)
        session.flush()
        for image, lot in zip(round_played, [*lots, *lots], strict=True):
            mine = update(PseudoLabel).where(PseudoLabel.image_id == image)
            session.execute(mine.values(lot_id=lot.id))
        final = session.scalars(select(ModelVersion).where(ModelVersion.role == "final")).one()
        session.add(TrainedOn(model_id=final.id, lot_id=lots[1].id))
    _, steps = standing(database)
    assert steps["sweep"].text.startswith("2 of 4 labels accepted at 5 % tolerated error. 2 others")
    assert "1 lot released, 0 in audit, 1 failed." in steps["review"].text
    assert "learned from a lot that failed its audit" in steps["classifier"].behind


def test_double_reading_loses_no_read(database: Database) -> None:
    with database.begin() as session:
        add_classes(session)
        add_readers(session, 2)
        images = add_images(session, 5)
        list_images(session, "seed", images)
        session.execute(update(WorklistItem).values(done=True))
        session.add_all(
            WorklistItem(worklist="seed", image_id=image, turn=2, position=place, done=place < 2)
            for place, image in enumerate(images[:3], 1)
        )
    _, steps = standing(database)
    assert steps["seed"].text == (
        "5 of 5 seed images and 0 of 0 validation images read."
        " Films with several readers: 1 of 3 have all their reads."
    )
    assert not steps["seed"].done


def test_the_page_has_one_next_step_and_says_what_is_behind(
    database: Database, settings: Settings, round_played: list[int]
) -> None:
    with database.begin() as session:
        class_id = session.scalars(select(ReferenceLabel.class_id)).first()
        _label(session, round_played[:1], class_id, 1.5 * LATER)
    page = Web(database, settings).browser("ada", "admin").get("/").text
    assert page.count("button accent") == 1
    assert "Train the labeler again" in page
    assert "Version 1 has not seen 1 newer read: train again." in page

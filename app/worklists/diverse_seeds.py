"""A diverse seed set: patients chosen for training by how their films look, the rest drawn.

Which patients are typical is for a worker to find out; what may be chosen from, how many, and the
draw of the calibration patients is decided here. Those stay drawn at random, from all patients
that are not chosen for training: the acceptance guarantee rests on it (`docs/acceptance.md`).
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import audit
from app.announcing import LIST_FILLED, announce
from app.db.archive import Image, Patient
from app.db.learning import Run
from app.db.people import User
from app.db.reading import ReferenceLabel, SeedDraw
from app.errors import Refused
from app.runs import rules as runs
from app.runs.kinds import DRAW_SEED
from app.runs.parameters import DrawSeedParameters
from app.settings import Settings
from app.statistics.splits import count_calibration, draw_calibration, draw_seed, reading_order
from app.texts import _
from app.worklists import items, seeds
from app.worklists.seeds import open_validation_too

COMPARED = 10_000
"""Patients whose films are compared at most, drawn at random: more cost hours and tell no more."""


@dataclass(frozen=True, slots=True)
class SeedPlan:
    """What a diverse draw is to choose.

    Attributes:
        candidates: unique names of the patients to choose from, whose films are compared.
        training: how many of them to choose for training.
        calibration: how many patients are drawn at random besides, to be kept out of training.
    """

    candidates: list[str]
    training: int
    calibration: int


def plan_diverse_seed(session: Session, patients: int, rng: int) -> SeedPlan:
    """Say what is to be chosen from what.

    Args:
        session: an open unit of work.
        patients: how many patients the seed set shall grow by.
        rng: the seed of the draw.

    Raises:
        Refused: there are not so many patients.
    """
    calibration = count_calibration(patients, seeds.calibration_left(session))
    return _plan(session, patients, calibration, rng)


def begin_diverse_seed(
    session: Session, asked: DrawSeedParameters, by: User, settings: Settings
) -> Run:
    """Ask for a run that chooses typical development patients; the shell rings the worker.

    Args:
        session: an open unit of work.
        asked: how many to choose, and by which draw.
        by: the admin who asks.
        settings: of this process.

    Raises:
        errors.Refused: so many patients cannot be chosen, or there are no weights.
        errors.Conflict: such a run is active.
    """
    DRAW_SEED.require(asked, settings)
    plan_diverse_seed(session, asked.patients, asked.rng)
    return runs.request(session, DRAW_SEED, asked, by.id)


def plan_look(session: Session, patients: int, rng: int) -> SeedPlan:
    """Say from what films are to be chosen by how they look, none of them for calibration.

    Args:
        session: an open unit of work.
        patients: how many patients to choose.
        rng: the seed of the draw.

    Raises:
        Refused: there are not so many patients.
    """
    return _plan(session, patients, 0, rng)


def require_look(session: Session, choice: str, image_id: int | None) -> None:
    """Refuse to choose films by how they look where there is nothing to compare them with.

    Args:
        session: an open unit of work.
        choice: `farthest` from all films that were read, or `nearest` to one film.
        image_id: that film; one that is locked for validation may have no say in what is learned.

    Raises:
        Refused: nothing was read yet, or there is no such film to learn from.
    """
    if choice == "nearest":
        wanted = select(Image.id).join(Patient).where(Image.id == image_id)
        if session.scalar(wanted.where(Patient.split == "development")) is None:
            raise Refused(
                _("There is no such image, or it is locked for validation."),
                "image_id",
                _(
                    "Enter the number of a film of the development split; its history shows "
                    "the number."
                ),
            )
        return
    read = select(ReferenceLabel.image_id).join(Image, Image.id == ReferenceLabel.image_id)
    read = read.join(Patient, Patient.id == Image.patient_id)
    if session.scalar(read.where(Patient.split == "development").limit(1)) is None:
        raise Refused(
            _("No film has been read yet, so there are none to differ from."),
            "seed",
            _("Draw a seed set and read it first."),
        )


def begin_look(session: Session, asked: DrawSeedParameters, by: User, settings: Settings) -> Run:
    """Ask for a run that puts patients on the seed list by how their films look.

    Args:
        session: an open unit of work; the shell rings the worker after it.
        asked: how many to choose, and what they are to be like; see `require_look`.
        by: the admin who asks.
        settings: of this process.

    Raises:
        Refused: there are no weights, not so many patients, or nothing to compare with.
        errors.Conflict: such a run is active.
    """
    DRAW_SEED.require(asked, settings)
    require_look(session, asked.choice, asked.image_id)
    plan_look(session, asked.patients, asked.rng)
    return runs.request(session, DRAW_SEED, asked, by.id)


def _plan(session: Session, patients: int, calibration: int, rng: int) -> SeedPlan:
    images = seeds.not_in_seed(session)
    draw_seed(list(images), patients, rng)  # refuses too many, as the random draw does
    training = patients - calibration
    compared = min(len(images), max(COMPARED, 2 * training))
    return SeedPlan(draw_seed(list(images), compared, rng), training, calibration)


def list_diverse_seed(
    session: Session,
    run_id: int,
    chosen: Collection[str],
    calibration: int,
    rng: int,
    by: int | None,
) -> int:
    """Draw the calibration patients, and put them and the chosen ones on the worklist, mixed.

    The validation split is put on its worklist too, where it is not yet. A run does this once: who
    calls again for the same run changes nothing.

    Args:
        session: a transaction of the run.
        run_id: the run.
        chosen: patients to learn from; those listed meanwhile are passed over.
        calibration: how many patients to keep out of training.
        rng: the seed of the draw.
        by: the person who asked, None for the command line.

    Returns:
        How many images the run added.
    """
    added = images_added_by(session, run_id)
    if added is not None:
        return added
    images = seeds.not_in_seed(session)
    training = [patient for patient in sorted(chosen) if patient in images]
    others = {key: list(own) for key, own in images.items() if key not in set(training)}
    at_most = min(calibration, seeds.calibration_left(session))
    kept_out = draw_calibration(others, rng, share=1.0, at_most=at_most)
    order = [*training, *kept_out]
    if not order:
        raise Refused(
            _("All chosen patients have been added to the worklist in the meantime."),
            "",
            _("Start the draw again."),
        )
    ordered = [i for key in reading_order(order, rng) for i in images[key].values()]
    calibrating = {images[patient][key] for patient, key in kept_out.items()}
    added = items.add_items(session, "seed", ordered, calibrating)
    session.add(SeedDraw(run_id=run_id, images=added))
    open_validation_too(session, by)
    audit.record(
        session,
        by,
        "draw seed set",
        f"run {run_id}",
        patients=len(order),
        images=added,
        rng=rng,
        diverse=True,
    )
    announce(session, LIST_FILLED, by=by, worklist="seed")
    return added


def images_added_by(session: Session, run_id: int) -> int | None:
    """Return how many images a run has put on the worklist, None if it has not yet."""
    draw = session.get(SeedDraw, run_id)
    return None if draw is None else draw.images

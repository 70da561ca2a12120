"""Which films, with which labels, a model learns from, is applied to, and is judged on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from app import errors
from app.blindness import in_review
from app.db.archive import Image, LabelClass, Patient, Rendition, Study
from app.db.conditions import excluded, may_be_labelled
from app.db.learning import Lot, PseudoLabel, Sweep
from app.db.reading import ReferenceLabel, WorklistItem
from app.db.unique_names import is_named, unique_name
from app.labels.classes import of_all
from app.sweeps import latest_sweep

KEYS_AT_ONCE = 1000
"""Values of one statement: databases take some ten thousand at most."""


@dataclass(frozen=True, slots=True)
class TrainingFilm:
    """What learning may know of one image.

    Attributes:
        image_id: its row.
        image_key: its public name, as in `predictions.csv`.
        patient_key: likewise the patient's.
        image: a name that no other image shares.
        patient: a name that no other patient shares; films of one patient stay together.
        site: where the public names count.
        digest: SHA-256 of its model rendition in the store.
        report: the newest text of the study, None where there is none.
        report_version: its version, 0 where there is none.
        laterality: `L`, `R` or empty.
        source: SHA-256 of the file it came from; both knees of one film have the same.
        class_index: the label's place among the classes, None where it has no label.
    """

    image_id: int
    image_key: str
    patient_key: str
    image: str
    patient: str
    site: str
    digest: str
    report: str | None
    report_version: int
    laterality: str
    source: str
    class_index: int | None


Swept = Iterator[tuple[TrainingFilm, Sequence[float]]]
"""Films and their classes' probabilities, read as they are asked for: there may be millions."""


def classes(session: Session) -> list[LabelClass]:
    """Return the project's label set in its order."""
    return list(session.scalars(select(LabelClass).order_by(LabelClass.position)))


def for_labeler(session: Session) -> list[TrainingFilm]:
    """Return the labelled development films a labeler learns from: no calibration patient's."""
    return _labelled(session, every_film().where(labelled_for_labeler()))


def labelled_for_labeler() -> ColumnElement[bool]:
    """Return the condition that a label of an image may teach a labeler."""
    own = aliased(Image)
    # + "": without statistics SQLite would go through the whole worklist for each image.
    calibrates = WorklistItem.worklist + "" == "seed", WorklistItem.calibration
    kept_out = (
        select(WorklistItem.id)
        .join(own, own.id == WorklistItem.image_id)
        .where(own.patient_id == Image.patient_id, *calibrates)
        # PostgreSQL would go through all worklists first for NOT EXISTS, though one label is asked.
        .limit(1)
        .correlate(Image)
        .scalar_subquery()
    )
    return and_(Patient.split == "development", kept_out.is_(None))


def for_calibration(session: Session) -> list[TrainingFilm]:
    """Return the calibration reads: random seed images, one a patient, unused in training."""
    return _labelled(
        session,
        every_film().where(
            Patient.split == "development", _on_seed_worklist(WorklistItem.calibration)
        ),
    )


def for_baseline(session: Session) -> list[TrainingFilm]:
    """Return the films whose labels were given by hand in the seed set: the manual labels alone."""
    return _labelled(
        session, every_film().where(Patient.split == "development", _on_seed_worklist())
    )


def by_hand(session: Session) -> list[TrainingFilm]:
    """Return every development film with a reference label: seed, reviewed and audited."""
    return _labelled(session, every_film().where(Patient.split == "development"))


def for_evaluation(session: Session) -> list[TrainingFilm]:
    """Return the labelled films of the locked validation split."""
    return _labelled(session, every_film().where(Patient.split == "validation"))


def of_patients(session: Session, patients: Sequence[str]) -> list[TrainingFilm]:
    """Return the films of development patients, named uniquely, whatever is known of them."""
    films = every_film().where(Patient.split == "development")
    pages = (patients[at : at + KEYS_AT_ONCE] for at in range(0, len(patients), KEYS_AT_ONCE))
    rows = (row for some in pages for row in session.execute(films.where(is_named(Patient, some))))
    return [film_of_row(row[:-1], None) for row in rows]


def for_sweep(
    session: Session, sweep_id: int, after: int, last: int, limit: int
) -> list[TrainingFilm]:
    """Return the next films a sweep has to predict: no label, can have one, not predicted yet.

    Args:
        session: an open unit of work.
        sweep_id: the sweep; what it has predicted is passed over, so it can be resumed.
        after: only images with a greater id.
        last: and up to this one.
        limit: how many at most, in order of id.
    """
    within = Image.id > after, Image.id <= last
    films = every_film().where(to_sweep(), ~is_predicted(sweep_id), *within).limit(limit)
    return _unlabelled(session, films)


def predicted(session: Session, sweep_id: int, after: int, limit: int) -> list[TrainingFilm]:
    """Return the next films a sweep has predicted, in order of id, after one of them."""
    films = every_film().where(is_predicted(sweep_id), Image.id > after).limit(limit)
    return [film_of_row(row[:-1], None) for row in session.execute(films)]


def for_attention(
    session: Session, sweep_id: int, after: int, last: int, limit: int
) -> list[tuple[PseudoLabel, TrainingFilm]]:
    """Return the next pseudo-labels in review whose films have no attention map yet.

    Args:
        sweep_id: a sweep to which the acceptance rule has been applied.
        after: only those past this place in the review order.
        last: and up to this one.
        limit: how many at most, in the review order.

    Returns:
        Each with its film, whose class is the predicted one.
    """
    index = {known.id: index for index, known in enumerate(classes(session))}
    due = (
        PseudoLabel.review_order > after,
        PseudoLabel.review_order <= last,
        PseudoLabel.attention_digest.is_(None),
    )
    rows = session.execute(_in_review(sweep_id).where(*due).add_columns(PseudoLabel).limit(limit))
    return [(row[-1], film_of_row(row[:-2], index[row[-1].class_id])) for row in rows]


def first_in_review(session: Session, sweep_id: int, limit: int) -> list[TrainingFilm]:
    """Return the films a sweep's review begins with, in its order."""
    rows = session.execute(_in_review(sweep_id).limit(limit))
    return [film_of_row(row[:-1], None) for row in rows]


def accepted(session: Session, sweep: Sweep) -> Swept:
    """Return a sweep's accepted films with their probabilities; those of a failed lot are out."""
    standing = select(Lot.id).where(Lot.status != "failed")
    wanted = PseudoLabel.status == "accepted", PseudoLabel.lot_id.in_(standing)
    return _swept(session, sweep, *wanted)


def waiting(session: Session, sweep: Sweep) -> Swept:
    """Return a sweep's films that wait for review, with their probabilities."""
    return _swept(session, sweep, PseudoLabel.status == "needs_review", may_be_labelled(Image.id))


def require_sweep(session: Session) -> Sweep:
    """Return the latest sweep, or raise `errors.Refused`."""
    sweep = latest_sweep(session)
    if sweep is None:
        raise errors.Refused(
            "No sweep has finished yet, so there are no pseudo-labels.",
            "",
            "Start a sweep first; it needs a trained labeler.",
        )
    return sweep


def lots_of(session: Session, sweep: Sweep) -> list[int]:
    """Return the lots of a sweep that have not failed their audit."""
    lots = select(Lot.id).where(Lot.sweep_id == sweep.id, Lot.status != "failed")
    return list(session.scalars(lots.order_by(Lot.id)))


def require(films: Sequence[TrainingFilm], what: str, do: str) -> None:
    """Raise `errors.Refused` where there is no film at all."""
    if not films:
        raise errors.Refused(f"There are no {what}.", "", do)


FilmQuery = Select[*tuple[Any, ...]]


def every_film() -> FilmQuery:
    """Select every image that counts, as `TrainingFilm`; the label still as its class's row."""
    return (
        select(
            Image.id,
            Image.key,
            Patient.key,
            unique_name(Image),
            unique_name(Patient),
            Image.site,
            Rendition.digest,
            Study.report,
            Study.report_version,
            Image.laterality,
            Image.source_digest,
            ReferenceLabel.class_id,
        )
        .join(Patient, Patient.id == Image.patient_id)
        .join(Study, Study.id == Image.study_id)
        .join(Rendition, (Rendition.image_id == Image.id) & (Rendition.kind == "model"))
        .outerjoin(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .where(~excluded(Image.id))
        .order_by(Image.id)
    )


def _in_review(sweep_id: int) -> FilmQuery:
    """Select the films that wait in a sweep's review, in its order."""
    films = every_film().join(PseudoLabel, PseudoLabel.image_id == Image.id)
    waiting = PseudoLabel.sweep_id == sweep_id, in_review()
    return films.where(*waiting).order_by(None).order_by(PseudoLabel.review_order)


def film_of_row(row: Any, class_index: int | None) -> TrainingFilm:
    return TrainingFilm(*(*row, class_index))


def _swept(session: Session, sweep: Sweep, *wanted: ColumnElement[bool]) -> Swept:
    query = (
        every_film()
        .add_columns(PseudoLabel.probabilities)
        .join(PseudoLabel, PseudoLabel.image_id == Image.id)
        .where(PseudoLabel.sweep_id == sweep.id, ReferenceLabel.class_id.is_(None), *wanted)
    )
    known = len(classes(session))
    rows = session.execute(query.execution_options(yield_per=KEYS_AT_ONCE))
    return ((film_of_row(row[:-2], None), of_all(row[-1], known)) for row in rows)


def _labelled(session: Session, films: FilmQuery) -> list[TrainingFilm]:
    index = {known.id: index for index, known in enumerate(classes(session))}
    rows = session.execute(films.where(ReferenceLabel.class_id.is_not(None)))
    return [film_of_row(row[:-1], index[row[-1]]) for row in rows]


def _unlabelled(session: Session, films: FilmQuery) -> list[TrainingFilm]:
    rows = session.execute(films.where(ReferenceLabel.class_id.is_(None)))
    return [film_of_row(row[:-1], None) for row in rows]


def to_sweep() -> ColumnElement[bool]:
    """Return the condition that a sweep predicts an image, unless it has a label."""
    return and_(Patient.split == "development", may_be_labelled(Image.id), ~_contested())


def is_predicted(sweep_id: int) -> ColumnElement[bool]:
    return exists().where(PseudoLabel.image_id == Image.id, PseudoLabel.sweep_id == sweep_id)


def _contested() -> ColumnElement[bool]:
    """Readers differ on it and nobody has adjudicated yet: no labeler decides in their place."""
    # + "": without statistics SQLite would go through all open adjudications for each image.
    return exists().where(
        WorklistItem.image_id == Image.id,
        WorklistItem.worklist + "" == "adjudication",
        WorklistItem.done.is_(False),
    )


def _on_seed_worklist(*wanted: Any) -> ColumnElement[bool]:
    listed = WorklistItem.image_id == Image.id, WorklistItem.worklist == "seed"
    return exists().where(*listed, *wanted)

"""Whether the models say of what arrives what they said of the films they were judged on.

The labeler's scores are compared with those of the calibration reads of the latest sweep, the
classifier's with those of the validation films of its newest evaluation. Only whole months are
judged, each once: whoever looks every day at a month that grows looks thirty times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, undefer

from app import errors
from app.db.learning import Evaluation, Sweep
from app.evaluation.read_predictions import predictions_of
from app.imaging.storage import Store
from app.monitor.audits import shuffled
from app.monitor.reads import Said
from app.statistics.shift import adjusted, distance, p_of_distance, share_up_to

Model = Literal["labeler", "classifier"]
MODELS: tuple[Model, Model] = ("labeler", "classifier")
LEAST = 30
"""Patients of either side, below which nothing is compared."""
FALSE_ALARMS = 0.01
"""The chance that a month in which nothing has shifted is called shifted, at most."""
POINTS = 40
"""Steps in which distributions are drawn."""

Floats = NDArray[np.float64]
Curve = list[tuple[float, float]]
"""Points of a distribution function: a probability, the share of films up to it."""


class Reference(NamedTuple):
    """What a model said of films whose label is known.

    Attributes:
        probabilities: (n, classes), one film of each patient.
        labels: (n,) places of the classes that were read.
    """

    probabilities: Floats
    labels: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class ClassShift:
    """How far the probabilities of one class have shifted.

    Attributes:
        model: whose.
        class_name: of the class.
        films: of the month, one of each patient.
        reference: films they are compared with.
        distance: of the two distribution functions, 0 to 1.
        p: adjusted for all classes and both models (Holm).
        now: the month's distribution.
        before: the reference's.
    """

    model: Model
    class_name: str
    films: int
    reference: int
    distance: float
    p: float
    now: Curve
    before: Curve


def references(
    session: Session,
    store: Store,
    sweep: Sweep | None,
    classifier_id: int | None,
    names: Sequence[str],
) -> dict[Model, Reference]:
    """Return what models are compared with, of those where there is something.

    Args:
        session: a unit of work that only reads.
        store: where evaluations keep their predictions.
        sweep: the latest.
        classifier_id: the promoted version.
        names: of the classes, in the order of their positions.
    """
    found: dict[Model, Reference] = {}
    calibration = _calibration(session, sweep.id, len(names)) if sweep else None
    if calibration is not None:
        found["labeler"] = calibration
    validation = _validation(session, store, classifier_id, names) if classifier_id else None
    if validation is not None:
        found["classifier"] = validation
    return found


def shifts(
    films: Sequence[Said],
    by: tuple[int, int],
    known: Mapping[Model, Reference],
    names: Sequence[str],
) -> list[ClassShift]:
    """Return how far each class has shifted, of the models for which it can be told.

    Args:
        films: of one month, one of each patient.
        by: the versions that are judged; what others said is left out.
        known: as `references` returned it.
        names: of the classes, in the order of their positions.
    """
    mine = [film for film in films if film.by == by]
    if len(mine) < LEAST:
        return []
    found: list[ClassShift] = []
    for model, reference in known.items():
        if len(reference.probabilities) < LEAST:
            continue
        said = [film.labeler if model == "labeler" else film.classifier for film in mine]
        now = matrix(said, len(names))
        for place, name in enumerate(names):
            found.append(_of_class(model, name, now[:, place], reference.probabilities[:, place]))
    p_values = adjusted(np.array([each.p for each in found]))
    return [replace(each, p=float(p)) for each, p in zip(found, p_values, strict=True)]


def matrix(said: Sequence[Sequence[float]], classes: int) -> Floats:
    """Return probabilities as (n, classes); a class that was added since has none."""
    found = np.zeros((len(said), classes))
    for place, row in enumerate(said):
        known = row[:classes]
        found[place, : len(known)] = known
    return found


def _of_class(model: Model, name: str, now: Floats, before: Floats) -> ClassShift:
    apart = distance(now, before)
    return ClassShift(
        model=model,
        class_name=name,
        films=len(now),
        reference=len(before),
        distance=apart,
        p=p_of_distance(apart, len(now), len(before)),
        now=_curve(now),
        before=_curve(before),
    )


def _curve(scores: Floats) -> Curve:
    at = np.linspace(0, 1, POINTS + 1)
    return [(float(x), float(y)) for x, y in zip(at, share_up_to(scores, at), strict=True)]


def _calibration(session: Session, sweep_id: int, classes: int) -> Reference | None:
    kept = select(Sweep).where(Sweep.id == sweep_id).options(undefer(Sweep.calibration))
    said = session.scalars(kept.execution_options(populate_existing=True)).one().calibration
    if not said:
        return None
    probabilities = matrix([row for row, _label in said], classes)
    return Reference(probabilities, np.array([label for _row, label in said], dtype=np.int64))


def _validation(
    session: Session, store: Store, classifier_id: int, names: Sequence[str]
) -> Reference | None:
    """Return what a classifier said of the validation films at its newest evaluation."""
    judged = or_(Evaluation.final_id == classifier_id, Evaluation.baseline_id == classifier_id)
    newest = select(Evaluation).where(judged).order_by(Evaluation.id.desc()).limit(1)
    evaluation = session.scalar(newest)
    if evaluation is None:
        return None
    try:
        kept = predictions_of(store, evaluation.predictions_digest)
    except errors.NotFound:
        return None  # restored without its file
    role = "final" if evaluation.final_id == classifier_id else "baseline"
    if role not in kept.probabilities or not set(kept.classes) <= set(names):
        return None
    order = sorted(range(len(kept.keys)), key=shuffled)
    _, first = np.unique(kept.patients[order], return_index=True)
    chosen = np.array(order, dtype=np.int64)[first]
    places = np.array([list(names).index(name) for name in kept.classes], dtype=np.int64)
    probabilities = np.zeros((len(chosen), len(names)))
    probabilities[:, places] = kept.probabilities[role][chosen]
    return Reference(probabilities, places[kept.labels[chosen]])

"""Whether probabilities mean what they say: on audited films, beside those the models come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass
from app.db.arrivals import ArrivalRead
from app.db.learning import PseudoLabel, Sweep
from app.db.reading import ReferenceLabel
from app.monitor.audits import one_of_each
from app.monitor.reads import COMPARED
from app.monitor.shifts import MODELS, Model, Reference, matrix
from app.statistics.calibration import (
    ReliabilityBin,
    brier_score,
    calibration_intervals,
    expected_calibration_error,
    reliability_bins,
)

LEAST = 10
"""Patients, below which nothing is said."""


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How well calibrated a model is on audited films of what arrived.

    Attributes:
        model: which.
        films: audited and labelled, one of each patient.
        brier: the Brier score, 0 (best) to 2.
        brier_ci: its 95 % interval, by bootstrap.
        ece: the expected calibration error.
        ece_ci: likewise.
        reference: films it is compared with: calibration reads, or validation films.
        reference_brier: the score on these; None where there are none.
        reference_ece: likewise.
        bins: of the audited films.
    """

    model: Model
    films: int
    brier: float
    brier_ci: tuple[float, float]
    ece: float
    ece_ci: tuple[float, float]
    reference: int
    reference_brier: float | None
    reference_ece: float | None
    bins: list[ReliabilityBin]


def calibrations(
    session: Session, since: datetime, by: tuple[int, int], known: Mapping[Model, Reference]
) -> list[Calibration]:
    """Return how well calibrated labeler and classifier are; nothing where few films were audited.

    Args:
        session: a unit of work that only reads.
        since: films that arrived from then on count.
        by: the versions of labeler and classifier.
        known: as `shifts.references` returned it.
    """
    places = {
        each: place
        for place, each in enumerate(
            session.scalars(select(LabelClass.id).order_by(LabelClass.position))
        )
    }
    rows = _audited(session, since, by)
    if len(rows) < LEAST:
        return []
    labels = np.array([places[row.class_id] for row in rows], dtype=np.int64)
    said = [[row[2] for row in rows], [row[3] for row in rows]]
    return [
        _of(model, labels, matrix(each, len(places)), known.get(model))
        for model, each in zip(MODELS, said, strict=True)
    ]


def _audited(session: Session, since: datetime, by: tuple[int, int]) -> Sequence[Any]:
    """Return one film of each patient: image, patient, what both said, what people say."""
    rows = session.execute(
        select(
            ArrivalRead.image_id,
            Image.patient_id,
            PseudoLabel.probabilities,
            ArrivalRead.probabilities,
            ReferenceLabel.class_id,
        )
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id)
        .join(Sweep, Sweep.id == PseudoLabel.sweep_id)
        .join(Image, Image.id == ArrivalRead.image_id)
        .join(ReferenceLabel, ReferenceLabel.image_id == ArrivalRead.image_id)
        .where(
            ArrivalRead.drawn,
            ArrivalRead.at >= since,
            Sweep.labeler_id == by[0],
            ArrivalRead.classifier_id == by[1],
            PseudoLabel.status.in_(("approved", "corrected")),
            ReferenceLabel.class_id.is_not(None),
        )
        .order_by(ArrivalRead.at.desc())
        .limit(COMPARED)
    )
    return one_of_each(rows)


def _of(
    model: Model,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    known: Reference | None,
) -> Calibration:
    bins = reliability_bins(labels, probabilities)
    brier_ci, ece_ci = calibration_intervals(labels, probabilities)
    before = known and reliability_bins(known.labels, known.probabilities)
    return Calibration(
        model=model,
        films=len(labels),
        brier=brier_score(labels, probabilities),
        brier_ci=brier_ci,
        ece=expected_calibration_error(bins),
        ece_ci=ece_ci,
        reference=len(known.labels) if known else 0,
        reference_brier=brier_score(known.labels, known.probabilities) if known else None,
        reference_ece=expected_calibration_error(before) if before else None,
        bins=bins,
    )

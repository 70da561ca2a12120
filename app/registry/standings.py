"""The leaderboard: how good each model version is, and what it learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.learning import Evaluation, ModelVersion, Sweep
from app.errors import NotFound
from app.evaluation.read_predictions import Predictions, predictions_of
from app.evaluation.report import EvaluationReport, Figure
from app.evaluation.rules import report_of
from app.imaging.storage import Store
from app.registry import rules
from app.statistics.roc import Share, share


@dataclass(frozen=True)
class Judged:
    """A classifier's newest evaluation.

    Attributes:
        evaluation_id: its number.
        role: the classifier's in it, `baseline` or `final`.
        wauc: with its interval.
        images: how many validation images it was judged on.
        patients: whose they were.
        digest: of its predictions in the store.
    """

    evaluation_id: int
    role: str
    wauc: Figure
    images: int
    patients: int
    digest: str


@dataclass(frozen=True)
class Standing:
    """A model version on the leaderboard.

    Attributes:
        version: the version.
        in_use: whether it does the work.
        judged: a classifier's newest evaluation, None where there is none.
        difference: its WAUC less that of the version in use, on the same images with the same
            labels; None where the two were not judged so.
        wrong: the share of calibration reads a labeler was wrong on, None where it has not swept.
        accepted: the share of its sweep's pseudo-labels that were accepted.
    """

    version: ModelVersion
    in_use: bool
    judged: Judged | None = None
    difference: float | None = None
    wrong: Share | None = None
    accepted: float | None = None


def classifiers(session: Session, store: Store) -> list[Standing]:
    """Return the classifiers, the best WAUC first, then those that were not judged yet."""
    versions = rules.versions(session, "classifier")
    used = rules.in_use(session, "classifier")
    judged = judgements(session)
    best = judged.get(used.id) if used else None
    rows = [
        Standing(
            version,
            in_use=used is not None and version.id == used.id,
            judged=judged.get(version.id),
            difference=_difference(store, judged.get(version.id), best),
        )
        for version in versions
    ]
    return sorted(rows, key=lambda row: -_wauc(row.judged))


def labelers(session: Session) -> list[Standing]:
    """Return the labelers, the newest first, with what their newest sweep has shown."""
    used = rules.in_use(session, "labeler")
    swept = _sweeps(session)
    return [
        _labeler(version, used is not None and version.id == used.id, swept.get(version.id))
        for version in rules.versions(session, "labeler")
    ]


def judgements(session: Session) -> dict[int, Judged]:
    """Return the newest evaluation of each classifier, by its number."""
    found: dict[int, Judged] = {}
    for evaluation in session.scalars(select(Evaluation).order_by(Evaluation.id)):
        report = report_of(evaluation)
        for role, version_id in _roles(evaluation).items():
            found[version_id] = _judged(evaluation, report, role)
    return found


def _roles(evaluation: Evaluation) -> Mapping[str, int]:
    return {"baseline": evaluation.baseline_id, "final": evaluation.final_id}


def _judged(evaluation: Evaluation, report: EvaluationReport, role: str) -> Judged:
    return Judged(
        evaluation.id,
        role,
        report.models[role].wauc,
        report.n_validation,
        report.n_patients,
        evaluation.predictions_digest,
    )


def _wauc(judged: Judged | None) -> float:
    return -1.0 if judged is None or judged.wauc.value is None else judged.wauc.value


def _difference(store: Store, judged: Judged | None, best: Judged | None) -> float | None:
    if judged is None or best is None or judged.wauc.value is None or best.wauc.value is None:
        return None
    if judged.digest != best.digest and not _same_images(store, judged, best):
        return None
    return judged.wauc.value - best.wauc.value


def _same_images(store: Store, judged: Judged, best: Judged) -> bool:
    """Whether both were judged on the same images, each with the same reference label."""
    try:
        one, other = (predictions_of(store, each.digest) for each in (judged, best))
    except NotFound:
        return False
    return _named(one) == _named(other)


def _named(predictions: Predictions) -> Sequence[tuple[object, str]]:
    classes = [predictions.classes[label] for label in predictions.labels]
    return list(zip(predictions.keys, classes, strict=True))


def _sweeps(session: Session) -> dict[int, Sweep]:
    """Return the newest finished sweep of each labeler."""
    newest = select(func.max(Sweep.id)).where(Sweep.selected).group_by(Sweep.labeler_id)
    return {
        each.labeler_id: each for each in session.scalars(select(Sweep).where(Sweep.id.in_(newest)))
    }


def _labeler(version: ModelVersion, in_use: bool, sweep: Sweep | None) -> Standing:
    if sweep is None:
        return Standing(version, in_use)
    found = sweep.selection
    reads, wrong = found.get("calibration_reads", 0), found.get("calibration_wrong", 0)
    accepted, waiting = found.get("accepted", 0), found.get("needs_review", 0)
    total = accepted + waiting
    return Standing(
        version,
        in_use,
        wrong=share(int(wrong), int(reads)) if reads else None,
        accepted=accepted / total if total else None,
    )

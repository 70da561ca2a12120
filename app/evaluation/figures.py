"""The figures of the evaluation report: two classifiers judged on the same images."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from app.acceptance.lots import PseudoLabelCounts
from app.errors import Refused
from app.evaluation.caveats import caveats
from app.evaluation.report import (
    MODELS,
    AtThreshold,
    Bootstrap,
    ClassCount,
    ClassFigure,
    Comparison,
    Difference,
    EvaluationReport,
    Figure,
    Judgement,
    ModelFigures,
    OperatingPoints,
)
from app.statistics.auc import DeLong, auc_interval, delong, difference_test, weighted_auc
from app.statistics.bootstrap import WaucBootstrap, bootstrap_wauc
from app.statistics.calibration import brier_score, expected_calibration_error, reliability_bins
from app.statistics.kappas import cohen, confusion_matrix
from app.statistics.roc import operating_point, roc_points, share, threshold_for_sensitivity

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

REPLICATES = 2000
STATED_SENSITIVITY = 0.9
NO_AUC = "the validation split needs images with and without this class"
NO_VARIANCE = "one model separates perfectly and the other not at all: no variance to test by"


def build_report(
    classes: Sequence[str],
    labels: Indices,
    patients: Indices,
    probabilities: Mapping[str, Floats],
    pseudo_labels: PseudoLabelCounts,
    seconds: Mapping[str, float],
    recipe: Mapping[str, JsonValue],
    *,
    notes: Sequence[str] = (),
    generated: bool = False,
    rng: int = 0,
) -> EvaluationReport:
    """Judge the baseline and the final classifier on the same images.

    Args:
        classes: the label set in its order, k names.
        labels: (n,) class index of each validation image's reference label.
        patients: (n,) index of each image's patient.
        probabilities: `baseline` and `final`, (n, k) each, in the order of the images.
        pseudo_labels: what became of the sweep's labels.
        seconds: by stage of the round.
        recipe: of the training, JSON.
        notes: caveats only the caller knows, in whole sentences.
        generated: whether the knees are drawn by a program.
        rng: the seed of the bootstrap.

    Returns:
        See docs/evaluation.md for each figure, its formula and source.

    Raises:
        Refused: if there is no validation image to judge on.
    """
    judged = judge(classes, labels, patients, probabilities, rng)
    report = EvaluationReport(
        **dict(judged),
        pseudo_labels=pseudo_labels,
        seconds=dict(seconds),
        recipe=dict(recipe),
        generated=generated,
        notes=[],
    )
    return report.model_copy(update={"notes": [*notes, *caveats(report)]})


def judge(
    classes: Sequence[str],
    labels: Indices,
    patients: Indices,
    probabilities: Mapping[str, Floats],
    rng: int = 0,
) -> Judgement:
    """Judge two classifiers on the same images; see `build_report` for the arguments.

    Raises:
        Refused: if there is no validation image to judge on.
    """
    if not len(labels):
        raise Refused(
            "There is no labelled validation image, so nothing can be evaluated.",
            "validation",
            "Read the validation worklist first.",
        )
    areas = [_areas(labels == index, index, probabilities) for index in range(len(classes))]
    stacked = np.stack([probabilities[model] for model in MODELS])
    drawn = bootstrap_wauc(labels, patients, stacked, REPLICATES, rng)
    baseline, final = (
        _model_figures(classes, labels, patients, probabilities[model], areas, place, drawn)
        for place, model in enumerate(MODELS)
    )
    return Judgement(
        classes=list(classes),
        n_validation=len(labels),
        n_patients=len(np.unique(patients)),
        class_counts=_class_counts(classes, labels, patients),
        baseline=baseline,
        final=final,
        delong={
            name: _comparison(area, patients) for name, area in zip(classes, areas, strict=True)
        },
        wauc_difference=_difference(baseline.wauc.value, final.wauc.value, drawn),
        bootstrap=Bootstrap(replicates=drawn.replicates if drawn else 0, rng=rng),
    )


def _areas(
    positive: NDArray[np.bool_], index: int, probabilities: Mapping[str, Floats]
) -> DeLong | None:
    """One-vs-rest AUCs of both models for one class; None where a side is empty."""
    if positive.all() or not positive.any():
        return None
    return delong(positive, np.stack([probabilities[model][:, index] for model in MODELS]))


def _aucs(
    classes: Sequence[str], areas: Sequence[DeLong | None], place: int
) -> dict[str, ClassFigure]:
    found: dict[str, ClassFigure] = {}
    for name, area in zip(classes, areas, strict=True):
        if area is None:
            found[name] = ClassFigure(value=None, ci=None, reason=NO_AUC)
            continue
        m, n = int(area.positive.sum()), int((~area.positive).sum())
        value, variance = float(area.aucs[place]), float(area.covariance()[place, place])
        found[name] = ClassFigure(value=value, ci=auc_interval(value, variance, m, n))
    return found


def _wauc(
    areas: Sequence[DeLong | None], labels: Indices, place: int, drawn: WaucBootstrap | None
) -> Figure:
    counts = np.bincount(labels, minlength=len(areas)).tolist()
    values = [None if area is None else float(area.aucs[place]) for area in areas]
    ci = drawn.intervals[place] if drawn else None
    return Figure(value=weighted_auc(values, counts), ci=ci)


def _difference(
    baseline: float | None, final: float | None, drawn: WaucBootstrap | None
) -> Difference:
    if drawn is None or baseline is None or final is None:
        return Difference(value=None, ci=None, p=None)
    return Difference(value=final - baseline, ci=drawn.difference_interval, p=drawn.p)


def _comparison(area: DeLong | None, patients: Indices) -> Comparison:
    if area is None:
        return Comparison(z=None, p=None, p_patients=None, reason=NO_AUC)
    tested = difference_test(area.aucs, area.covariance())
    clustered = difference_test(area.aucs, area.clustered_covariance(patients))
    if tested is None:
        return Comparison(z=None, p=None, p_patients=None, reason=NO_VARIANCE)
    return Comparison(z=tested[0], p=tested[1], p_patients=clustered[1] if clustered else None)


def _class_counts(
    classes: Sequence[str], labels: Indices, patients: Indices
) -> dict[str, ClassCount]:
    return {
        name: ClassCount(
            images=int((labels == index).sum()),
            patients=len(np.unique(patients[labels == index])),
        )
        for index, name in enumerate(classes)
    }


def _model_figures(
    classes: Sequence[str],
    labels: Indices,
    patients: Indices,
    probabilities: Floats,
    areas: Sequence[DeLong | None],
    place: int,
    drawn: WaucBootstrap | None,
) -> ModelFigures:
    called = probabilities.argmax(axis=1)
    matrix = confusion_matrix(labels, called, len(classes))
    kappa = cohen(labels, called, len(classes), patients)
    bins = reliability_bins(labels, probabilities)
    each = list(enumerate(classes))
    return ModelFigures(
        auc=_aucs(classes, areas, place),
        wauc=_wauc(areas, labels, place, drawn),
        accuracy=share(int((labels == called).sum()), len(labels)),
        kappa=Figure(value=kappa.value, ci=kappa.ci) if kappa else None,
        confusion=matrix.tolist(),
        operating_points=OperatingPoints(
            most_probable={n: operating_point(labels == i, called == i) for i, n in each},
            stated_sensitivity={
                n: _at_sensitivity(labels == i, probabilities[:, i]) for i, n in each
            },
        ),
        roc={n: _roc(labels == i, probabilities[:, i]) for i, n in each},
        reliability=bins,
        ece=expected_calibration_error(bins),
        brier=brier_score(labels, probabilities),
    )


def _roc(positive: NDArray[np.bool_], scores: Floats) -> list[tuple[float, float]]:
    return roc_points(positive, scores) if positive.any() and not positive.all() else []


def _at_sensitivity(positive: NDArray[np.bool_], scores: Floats) -> AtThreshold | None:
    if not positive.any():
        return None
    threshold = threshold_for_sensitivity(positive, scores, STATED_SENSITIVITY)
    point = operating_point(positive, scores >= threshold)
    return AtThreshold(
        threshold=threshold, sensitivity=point.sensitivity, specificity=point.specificity
    )

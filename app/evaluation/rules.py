"""The evaluation report: two classifiers judged on the locked validation split."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.csv_tables import as_csv
from app.errors import Refused
from app.evaluation.caveats import caveats
from app.statistics.agreement import cohen_kappa, confusion_matrix
from app.statistics.auc import DeLong, auc_interval, delong, difference_test, weighted_auc
from app.statistics.bootstrap import WaucBootstrap, bootstrap_wauc
from app.statistics.calibration import brier_score, expected_calibration_error, reliability_bins
from app.statistics.roc import operating_point, roc_points, share, threshold_for_sensitivity

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

MODELS = ("baseline", "final")
REPLICATES = 2000
STATED_SENSITIVITY = 0.9
NO_AUC = "the validation split needs images with and without this class"


def build_report(
    classes: Sequence[str],
    labels: Indices,
    patients: Indices,
    probabilities: Mapping[str, Floats],
    pseudo_labels: Mapping[str, Any],
    seconds: Mapping[str, float],
    recipe: Mapping[str, Any],
    *,
    notes: Sequence[str] = (),
    generated: bool = False,
    rng: int = 0,
) -> dict[str, Any]:
    """Judge the baseline and the final classifier on the same images.

    Args:
        classes: the label set in its order, k names.
        labels: (n,) class index of each validation image's reference label.
        patients: (n,) index of each image's patient.
        probabilities: `baseline` and `final`, (n, k) each, in the order of the images.
        pseudo_labels: as `app.acceptance.lots.counts` returns it.
        seconds: by stage of the round.
        recipe: of the training, JSON.
        notes: caveats only the caller knows, in whole sentences.
        generated: whether the knees are drawn by a program.
        rng: the seed of the bootstrap.

    Returns:
        `evaluation.json`: see docs/evaluation.md for each figure, its formula and source.

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
    report: dict[str, Any] = {
        "classes": list(classes),
        "n_validation": len(labels),
        "n_patients": len(np.unique(patients)),
        "class_counts": _class_counts(classes, labels, patients),
    }
    for place, model in enumerate(MODELS):
        waucs = _wauc(areas, labels, place, drawn)
        figures = _model_figures(classes, labels, probabilities[model])
        report[model] = {"auc": _aucs(classes, areas, place), "wauc": waucs} | figures
    report |= {
        "delong": {
            name: _comparison(area, patients) for name, area in zip(classes, areas, strict=True)
        },
        "wauc_difference": _difference(report, drawn),
        "bootstrap": {"replicates": drawn.replicates if drawn else 0, "rng": rng},
        "pseudo_labels": dict(pseudo_labels),
        "seconds": dict(seconds),
        "recipe": dict(recipe),
        "generated": generated,
    }
    report["notes"] = [*notes, *caveats(report)]
    return report


def predictions_csv(
    image_ids: Sequence[str],
    patient_ids: Sequence[str],
    labels: Sequence[str],
    classes: Sequence[str],
    probabilities: Mapping[str, Floats],
    sites: Sequence[str] = (),
) -> bytes:
    """Return `predictions.csv`: one row per image and model, for anyone to recompute the figures.

    Args:
        image_ids: n image keys.
        patient_ids: n patient keys.
        labels: n class names, the reference labels.
        classes: the k class names in order.
        probabilities: by model, (n, k).
        sites: n names of sites, within which the keys count.

    Returns:
        UTF-8 CSV with `image_id, patient_id, label, model, p_<class>...`; probabilities carry all
        their digits, and texts are as `app.csv_tables.quoted` writes them. Where a key is that of
        images or patients of several sites, `site` is the last column.
    """
    needed = sites if _are_shared(image_ids, sites) or _are_shared(patient_ids, sites) else ()
    names = ["image_id", "patient_id", "label", "model", *(f"p_{name}" for name in classes)]
    about = list(zip(image_ids, patient_ids, labels, strict=True))
    rows = (
        [image, patient, label, model, *map(float, row), *needed[place : place + 1]]
        for model, of_model in probabilities.items()
        for place, ((image, patient, label), row) in enumerate(zip(about, of_model, strict=True))
    )
    header = [*names, *["site"][: len(needed)]]
    return "".join(as_csv(header, rows, line_end="\n")).encode()


def _are_shared(keys: Sequence[str], sites: Sequence[str]) -> bool:
    return len(set(zip(keys, sites, strict=False))) > len(set(keys))


def _areas(
    positive: NDArray[np.bool_], index: int, probabilities: Mapping[str, Floats]
) -> DeLong | None:
    """One-vs-rest AUCs of both models for one class; None where a side is empty."""
    if positive.all() or not positive.any():
        return None
    return delong(positive, np.stack([probabilities[model][:, index] for model in MODELS]))


def _aucs(
    classes: Sequence[str], areas: Sequence[DeLong | None], place: int
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, area in zip(classes, areas, strict=True):
        if area is None:
            found[name] = {"value": None, "ci": None, "reason": NO_AUC}
            continue
        m, n = int(area.positive.sum()), int((~area.positive).sum())
        value, variance = float(area.aucs[place]), float(area.covariance()[place, place])
        found[name] = {"value": value, "ci": list(auc_interval(value, variance, m, n))}
    return found


def _wauc(
    areas: Sequence[DeLong | None], labels: Indices, place: int, drawn: WaucBootstrap | None
) -> dict[str, Any]:
    counts = np.bincount(labels, minlength=len(areas)).tolist()
    values = [None if area is None else float(area.aucs[place]) for area in areas]
    ci = list(drawn.intervals[place]) if drawn else None
    return {"value": weighted_auc(values, counts), "ci": ci}


def _difference(report: Mapping[str, Any], drawn: WaucBootstrap | None) -> dict[str, Any]:
    baseline, final = (report[model]["wauc"]["value"] for model in MODELS)
    if drawn is None or baseline is None:
        return {"value": None, "ci": None, "p": None}
    return {"value": final - baseline, "ci": list(drawn.difference_interval), "p": drawn.p}


def _comparison(area: DeLong | None, patients: Indices) -> dict[str, Any]:
    if area is None:
        return {"z": None, "p": None, "p_patients": None, "reason": NO_AUC}
    tested = difference_test(area.aucs, area.covariance())
    clustered = difference_test(area.aucs, area.clustered_covariance(patients))
    if tested is None:
        reason = "one model separates perfectly and the other not at all: no variance to test by"
        return {"z": None, "p": None, "p_patients": None, "reason": reason}
    return {"z": tested[0], "p": tested[1], "p_patients": clustered[1] if clustered else None}


def _class_counts(
    classes: Sequence[str], labels: Indices, patients: Indices
) -> dict[str, dict[str, int]]:
    return {
        name: {
            "images": int((labels == index).sum()),
            "patients": len(np.unique(patients[labels == index])),
        }
        for index, name in enumerate(classes)
    }


def _model_figures(
    classes: Sequence[str], labels: Indices, probabilities: Floats
) -> dict[str, Any]:
    called = probabilities.argmax(axis=1)
    matrix = confusion_matrix(labels, called, len(classes))
    kappa = cohen_kappa(matrix)
    bins = reliability_bins(labels, probabilities)
    each = list(enumerate(classes))
    return {
        "accuracy": asdict(share(int((labels == called).sum()), len(labels))),
        "kappa": {"value": kappa[0], "ci": list(kappa[1])} if kappa else None,
        "confusion": matrix.tolist(),
        "operating_points": {
            "most_probable": {
                n: asdict(operating_point(labels == i, called == i)) for i, n in each
            },
            "stated_sensitivity": {
                n: _at_sensitivity(labels == i, probabilities[:, i]) for i, n in each
            },
        },
        "roc": {n: _roc(labels == i, probabilities[:, i]) for i, n in each},
        "reliability": [asdict(b) for b in bins],
        "ece": expected_calibration_error(bins),
        "brier": brier_score(labels, probabilities),
    }


def _roc(positive: NDArray[np.bool_], scores: Floats) -> list[tuple[float, float]]:
    return roc_points(positive, scores) if positive.any() and not positive.all() else []


def _at_sensitivity(positive: NDArray[np.bool_], scores: Floats) -> dict[str, Any] | None:
    if not positive.any():
        return None
    threshold = threshold_for_sensitivity(positive, scores, STATED_SENSITIVITY)
    return {"threshold": threshold} | asdict(operating_point(positive, scores >= threshold))

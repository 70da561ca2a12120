"""What a reader of the evaluation report must know before its figures, in words."""

from collections.abc import Iterator, Sequence

from app.acceptance.lots import LotStanding
from app.evaluation.report import EvaluationReport
from app.worklists.rereads import Rereads

FEW_IMAGES = 30
"""Positives below which DeLong's normal approximation is rough."""


def caveats(report: EvaluationReport) -> list[str]:
    """Return the caveats that a report's own figures call for, the gravest first.

    Args:
        report: the evaluation report, without its notes.
    """
    return [
        *_generated(report),
        *_classes(report),
        *_perfect(report),
        *_unaudited(report),
        *_design(report),
    ]


def read_again(rereads: Rereads) -> list[str]:
    """Return what to know of validation images that were chosen to be read a second time.

    Correcting reference labels where a test differs from them favours the test: Hadgu, Lancet
    1996;348:592.
    """
    if not rereads.chosen:
        return []
    return [
        f"{rereads.chosen:,} validation images were chosen to be read a second time by what a "
        f"classifier had said of them, and {rereads.controls:,} were drawn beside them. Labels "
        "that are corrected mostly where a classifier differs from them favour that classifier."
    ]


def left_out(excluded: int) -> list[str]:
    """Return what to know of validation images that admins have excluded.

    Whoever excludes a film may know what a classifier has said of it.
    """
    if not excluded:
        return []
    return [
        f"An admin has excluded {excluded:,} images of the validation split; these figures lack "
        "them. If they were chosen by what a classifier had said of them, the figures favour it."
    ]


def _generated(report: EvaluationReport) -> Iterator[str]:
    if report.generated:
        yield (
            "These knees are drawn by a program. The figures show that the method runs; they say "
            "nothing about patients."
        )


def _classes(report: EvaluationReport) -> Iterator[str]:
    for name, count in report.class_counts.items():
        images, patients = count.images, count.patients
        if not images:
            yield (
                f"No validation image is {name}: the class has no AUC, and WAUC is over the "
                "classes that are present."
            )
        elif images < FEW_IMAGES:
            yield (
                f"Only {images} validation images ({patients} patients) are {name}: its figures "
                "are rough and its intervals may be too narrow."
            )
    if report.wauc_difference.value is None:
        yield (
            "The two models cannot be compared: the validation split needs images of at least two "
            "classes from at least two patients."
        )


def _perfect(report: EvaluationReport) -> Iterator[str]:
    for name in report.classes:
        if any(figures.auc[name].value == 1 for figures in report.models.values()):
            yield (
                f"{name.capitalize()} is separated perfectly by a model, where DeLong's variance "
                "is zero; that interval is Newcombe's. Ask whether something other than the "
                "disease gives the class away, such as its source or a marker."
            )


def _unaudited(report: EvaluationReport) -> Iterator[str]:
    lots = report.pseudo_labels.lots
    waiting = _classes_of(lots, "auditing")
    if waiting:
        yield (
            f"The audit of accepted labels is not finished for {' and '.join(waiting)}: what the "
            "final model learned from them is not yet confirmed."
        )
    failed = _classes_of(lots, "failed")
    if failed:
        yield (
            f"Accepted labels failed their audit for {' and '.join(failed)} and went back to "
            "review; a final model trained before that is doubtful."
        )


def _classes_of(lots: Sequence[LotStanding], status: str) -> list[str]:
    """Name the classes that have a lot in a state, each once."""
    return list(dict.fromkeys(lot.class_name for lot in lots if lot.status == status))


def _design(report: EvaluationReport) -> Iterator[str]:
    if reviewed := report.pseudo_labels.reviewed:
        yield (
            f"The final classifier also learned from {reviewed:,} images that readers decided "
            "after the sweep, so a gain is not the pseudo-labels' alone."
        )
    if report.n_validation > report.n_patients:
        yield (
            f"{report.n_validation:,} images come from {report.n_patients:,} patients. "
            "DeLong's intervals and p count images as independent; the WAUC intervals and "
            "“p, patients” do not."
        )
    yield (
        "The difference in WAUC is the one primary comparison. The tests per class are not "
        "corrected for being several."
    )
    yield (
        "Thresholds for a stated sensitivity are chosen on these same images, so what they reach "
        "here is optimistic."
    )

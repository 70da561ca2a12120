"""What our own codes are called on a page: kinds, states, roles, reasons, figures.

Classes, findings and people are not among them: their names are data, shown as they were given.
"""

from app.texts import _, noop

NAMES: dict[str, str] = {
    # Kinds of run, and the stages of a round.
    "import": noop("import"),
    "crop": noop("crop"),
    "pretrain": noop("pretrain"),
    "adapt": noop("adapt"),
    "draw_seed": noop("draw seed"),
    "train_labeler": noop("train labeler"),
    "sweep": noop("sweep"),
    "train_classifier": noop("train classifier"),
    "evaluate": noop("evaluate"),
    "export": noop("export"),
    # States of runs, lots and pseudo-labels.
    "queued": noop("queued"),
    "running": noop("running"),
    "succeeded": noop("succeeded"),
    "failed": noop("failed"),
    "cancelled": noop("cancelled"),
    "auditing": noop("auditing"),
    "released": noop("released"),
    # People and models.
    "reader": noop("reader"),
    "admin": noop("admin"),
    "labeler": noop("labeler"),
    "classifier": noop("classifier"),
    "baseline": noop("baseline"),
    "final": noop("final"),
    # Why an image carries no label, and what its label rests on.
    "poor_quality": noop("poor quality"),
    "not_a_knee": noop("not a knee"),
    "unsure": noop("unsure"),
    "cannot be labelled": noop("cannot be labelled"),
    "no label": noop("no label"),
    "single_read": noop("single read"),
    "agreement": noop("agreement"),
    "adjudication": noop("adjudication"),
    # What runs are asked for, and their figures.
    "method": noop("method"),
    "text": noop("text"),
    "image": noop("image"),
    "fused": noop("fused"),
    "rng": noop("rng"),
    "patients": noop("patients"),
    "validation_patients": noop("validation patients"),
    "training_patients": noop("training patients"),
    "calibration_patients": noop("calibration patients"),
    "studies": noop("studies"),
    "images": noop("images"),
    "films": noop("films"),
    "imported": noop("imported"),
    "already_there": noop("already there"),
    "quarantined": noop("quarantined"),
    "held": noop("held"),
    "nameless_studies": noop("studies without a named patient"),
    "not_listed": noop("not listed in the manifest"),
    "reports": noop("reports"),
    "guessed_before": noop("hidden words guessed right before"),
    "guessed_after": noop("hidden words guessed right after"),
    "reports_new": noop("new reports"),
    "reports_unmatched": noop("reports without a study"),
    "waiting": noop("waiting"),
    "near_copies": noop("near copies"),
    "tolerated_error": noop("tolerated error"),
    "level": noop("level"),
    "threshold": noop("threshold"),
    "calibration_reads": noop("calibration reads"),
    "calibration_wrong": noop("calibration wrong"),
    "accepted": noop("accepted"),
    "needs_review": noop("needs review"),
    "unlike": noop("unlike the calibration reads:"),
    "words": noop("words"),
    "layout": noop("layout"),
    "film": noop("film"),
    "site": noop("site"),
    "audit_reads": noop("audit reads"),
    "accuracy": noop("accuracy"),
    "folds": noop("folds"),
    "wauc_difference": noop("wauc difference"),
    "weights": noop("weights"),
    "format": noop("format"),
    "megabytes": noop("megabytes"),
    "version_id": noop("version"),
}


def named(code: str) -> str:
    """Return what a code is called; one that has no name is shown as it is, with spaces."""
    return _(NAMES[code]) if code in NAMES else code.replace("_", " ")

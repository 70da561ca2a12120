"""Validation predictions of two models, one better than the other, and reports of them."""

import numpy as np

from app.acceptance.lots import AcceptedError, LotStanding, PseudoLabelCounts
from app.acceptance.whole_set import WholeSet
from app.evaluation.figures import build_report

CLASSES = ["normal", "abnormal", "arthroplasty"]
PSEUDO_LABELS = PseudoLabelCounts(
    accepted=3120,
    needs_review=1711,
    reviewed=412,
    accepted_error=AcceptedError(value=0.021, ci=(0.016, 0.027), n=3120, source="given"),
    error_bound=0.061,
    whole_set=WholeSet(
        images=5243,
        read=412,
        tolerated_error=0.05,
        allowed=262,
        reviews=840,
        up_to=0.83,
        auditing=True,
    ),
    lots=[
        LotStanding(
            lot=1,
            class_name="normal",
            sites=["North"],
            status="released",
            size=2100,
            sample_size=124,
            read=124,
            allowed_errors=2,
            errors=1,
            upper_bound=0.0376,
        ),
        LotStanding(
            lot=2,
            class_name="abnormal",
            status="auditing",
            size=900,
            sample_size=59,
            read=31,
            allowed_errors=0,
            errors=0,
            upper_bound=None,
        ),
    ],
)


def predictions(n=400, seed=0, classes=3):
    """Labels (n,), patients (n,) with two images each, and both models' probabilities."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, n, p=[0.5, 0.35, 0.15])
    shared = rng.normal(size=(n, classes))
    probabilities = {}
    for model, strength in (("baseline", 1.0), ("final", 1.6)):
        logits = shared + rng.normal(size=(n, classes)) + np.eye(classes)[labels] * strength
        exponents = np.exp(logits)
        probabilities[model] = exponents / exponents.sum(axis=1, keepdims=True)
    return labels, np.arange(n) // 2, probabilities


def report_of(labels, patients, probabilities, classes=CLASSES, **more):
    """The evaluation report of these predictions."""
    recipe = {"backbone": "mobilenet_v3_small", "epochs": 12, "nested": {"not": "shown"}}
    return build_report(
        classes, labels, patients, probabilities, PSEUDO_LABELS, {"sweep": 88.2}, recipe, **more
    )

"""A round played on the real knees by the product's own functions, up to the classifiers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.statistics.acceptance import acceptance_score, judge, plan_for_lot, select, selection_level
from app.statistics.splits import draw_calibration, draw_seed
from bench._knees import CLASSES, Row, films, labels, of_patients
from models.errors import TrainingError
from models.known_classes import known_classes, unseen
from models.labeler_training import train_labeler
from models.metrics import figures
from models.pooling import Prediction
from models.recipe import Recipe

TOLERATED = 0.05


@dataclass(frozen=True)
class Told:
    """Films and the probabilities of their classes."""

    rows: list[Row]
    targets: NDArray[np.float64]

    def __add__(self, other: "Told") -> "Told":
        return Told(self.rows + other.rows, np.concatenate([self.targets, other.targets]))

    def part(self, share: float, rng: int) -> "Told":
        """Return a random share of them; a larger share holds the smaller one."""
        chosen = np.random.default_rng(rng).permutation(len(self.rows))
        chosen = np.sort(chosen[: round(share * len(self.rows))])
        return Told([self.rows[n] for n in chosen], self.targets[chosen])


def by_hand(rows: list[Row]) -> Told:
    """Return films with their true labels."""
    return Told(rows, np.eye(len(CLASSES))[labels(rows)])


@dataclass(frozen=True)
class Round:
    """What one round's readers and labeler came to, before the classifiers are trained.

    Attributes:
        seed: films labelled first.
        read: films audited or reviewed after the sweep.
        accepted: pseudo-labels that stand.
        waiting: pseudo-labels that wait for review.
        facts: counts and errors, for the table.
    """

    seed: list[Row]
    read: list[Row]
    accepted: Told
    waiting: Told
    facts: dict[str, float]


def seed_of(development: list[Row], patients: int, draw: int) -> tuple[list[str], list[Row]]:
    """Draw the seed: its patients in the order drawn, and their films."""
    order = draw_seed([row["patient_id"] for row in development], patients, draw)
    return order, of_patients(development, set(order))


def play(
    development: list[Row],
    method: str,
    seed_patients: int,
    reviews: int,
    draw: int,
    folder: Path,
    recipe: Recipe,
) -> Round:
    """Play a round up to the classifiers; the manifest's labels are the reader.

    Raises:
        TrainingError: the seed has a class with no film to learn from. A round would go on without
            the class, but its figures could not be compared with those of other draws.
    """
    order, seed = seed_of(development, seed_patients, draw)
    archive = of_patients(development, set(order), inside=False)
    places: dict[str, list[int]] = {patient: [] for patient in order}
    for place, row in enumerate(seed):
        places[row["patient_id"]].append(place)
    kept_out = draw_calibration(places, draw)
    reads = [seed[place] for place in kept_out.values()]
    training = of_patients(seed, set(kept_out), inside=False)
    _require_every_class(training)
    labeler = train_labeler(
        method, films(training), labels(training), CLASSES, recipe, folder / "labeler"
    )
    return review_and_audit(
        seed,
        archive,
        labeler.predict(films(archive)),
        reads,
        labeler.predict(films(reads)),
        reviews,
        draw,
    )


def _require_every_class(training: list[Row]) -> None:
    missing = unseen(known_classes(labels(training), CLASSES), CLASSES)
    if missing:
        raise TrainingError(
            f"No film to learn from is labelled {', '.join(missing)}.",
            "seed set",
            "Draw another.",
        )


def review_and_audit(
    seed: list[Row],
    archive: list[Row],
    said: Prediction,
    reads: list[Row],
    said_of_reads: Prediction,
    reviews: int,
    draw: int,
) -> Round:
    """Select, audit and review what a labeler said of the archive."""
    confidence, predicted = said.probabilities.max(axis=1), said.probabilities.argmax(axis=1)
    wrong = predicted != labels(archive)
    chosen = select(
        acceptance_score(said_of_reads.probabilities.max(axis=1), said_of_reads.barred),
        said_of_reads.probabilities.argmax(axis=1) != labels(reads),
        acceptance_score(confidence, said.barred),
        selection_level(TOLERATED, len(reads)),
    ).accepted
    read, failed = np.zeros(len(archive), bool), np.zeros(len(archive), bool)
    rng = np.random.default_rng(draw)
    for place in range(len(CLASSES)):
        lot = np.flatnonzero(chosen & (predicted == place))
        if len(lot):
            size, allowed = plan_for_lot(TOLERATED, len(lot))
            sample = rng.choice(lot, size, replace=False)
            read[sample] = True
            if not judge(int(wrong[sample].sum()), size, allowed, len(lot)).passed:
                failed[lot] = True
    audits = int(read.sum())
    standing = chosen & ~failed
    queue = np.lexsort((confidence, ~said.conflict))
    queue = queue[~standing[queue] & ~read[queue]][:reviews]
    read[queue] = True
    accepted, waiting = standing & ~read, ~standing & ~read
    return Round(
        seed,
        [archive[n] for n in np.flatnonzero(read)],
        _of(archive, said, accepted),
        _of(archive, said, waiting),
        {
            "seed": len(seed),
            "audited": audits,
            "reviewed": len(queue),
            "accepted": int(accepted.sum()),
            "accepted_wrong": float(wrong[accepted].mean()) if accepted.any() else float("nan"),
            "labeler_wrong": float(wrong.mean()),
            "labeler_wauc": figures(said.probabilities, labels(archive), CLASSES)["wauc"],
        },
    )


def _of(archive: list[Row], said: Prediction, chosen: NDArray[np.bool_]) -> Told:
    places = np.flatnonzero(chosen)
    return Told([archive[n] for n in places], said.probabilities[places])

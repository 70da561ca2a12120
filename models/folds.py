"""Patient-grouped folds that keep even the rarest class in every training part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError

ALWAYS_TRAINS = -1


def patient_folds(
    labels: NDArray[np.int64], groups: Sequence[str], folds: int, seed: int
) -> NDArray[np.int64]:
    """Give every film the fold it is held out in; one patient's films share theirs.

    Patients of the rarest classes are dealt out first, one fold after the other. A class that
    only one patient has cannot be held out: no network would know it. That patient always trains.

    Args:
        labels: (n,), positions of the classes.
        groups: (n,), the patients.
        folds: how many are wanted; fewer are made where there are fewer patients.
        seed: of the order in which patients are dealt.

    Returns:
        (n,), 0 and up, or `ALWAYS_TRAINS`.

    Raises:
        TrainingError: if fewer than two patients can be held out.
    """
    classes_of = {group: set[int]() for group in sorted(set(groups))}
    for label, group in zip(labels.tolist(), groups, strict=True):
        classes_of[group].add(label)
    patients_of = {
        label: sum(label in classes for classes in classes_of.values())
        for label in sorted(set(labels.tolist()))
    }
    dealt = {
        group: ALWAYS_TRAINS
        for group, classes in classes_of.items()
        if any(patients_of[label] == 1 for label in classes)
    }
    waiting = [group for group in classes_of if group not in dealt]
    count = min(folds, len(waiting))
    if count < 2:
        raise TrainingError(
            "There are too few patients to check what was learned.",
            f"{len(classes_of)} patients",
            "Label images of more patients, at least two for each class.",
        )
    np.random.default_rng(seed).shuffle(waiting)
    waiting.sort(key=lambda group: min(patients_of[label] for label in classes_of[group]))
    held = {label: np.zeros(count) for label in patients_of}
    size = np.zeros(count)
    for group in waiting:
        crowd = np.sum([held[label] / patients_of[label] for label in classes_of[group]], axis=0)
        fold = int(np.lexsort((size, crowd))[0])
        dealt[group] = fold
        size[fold] += 1
        for label in classes_of[group]:
            held[label][fold] += 1
    return np.array([dealt[group] for group in groups], np.int64)

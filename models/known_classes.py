"""Which classes a model knows: those it saw a film of. It answers for these, and for no other.

A network that is told of a class without a film of it would still give the class a share, more or
less by chance: label smoothing and calibration see to that. So a model has an output for what it
knows only, and whoever asks it puts a zero where it knows nothing.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def known_classes(labels: NDArray[np.int64], classes: Sequence[str]) -> list[str]:
    """Return the classes that any film has, in their order.

    Args:
        labels: (n,), positions of the classes.
        classes: names.
    """
    return [classes[place] for place in np.unique(labels)]


def renumbered(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels as positions among the classes that any film has: int64 (n,)."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int64).reshape(labels.shape)


def spread(
    probabilities: NDArray[np.float64], known: Sequence[str], classes: Sequence[str]
) -> NDArray[np.float64]:
    """Put a model's answers in the order of all classes, zero for those it does not know.

    Args:
        probabilities: (n, m), in the order of `known`.
        known: names of the classes the model knows, all of them among `classes`.
        classes: names, k of them.

    Returns:
        float64 (n, k).
    """
    places = {name: place for place, name in enumerate(classes)}
    whole = np.zeros((len(probabilities), len(classes)))
    whole[:, [places[name] for name in known]] = probabilities
    return whole


def unseen(known: Sequence[str], classes: Sequence[str]) -> list[str]:
    """Return the classes that a model knows nothing of, in their order."""
    return [name for name in classes if name not in known]

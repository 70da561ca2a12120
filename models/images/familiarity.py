"""Whether a film is like those a classifier knows: how far it is from what it learned from.

The distance is that to the nearest of some films the classifier learned from, among the features
that its network sees (Sun, Ming, Zhu & Li, "Out-of-distribution detection with deep nearest
neighbors", ICML 2022, arXiv 2204.06507, with k = 1). Films that were kept apart from training say
how far films usually are: the p-value is conformal (Bates, Candes, Lei, Romano & Sesia, Annals of
Statistics 2023;51(1)), so that of films which are like them at most 2 % are called unlike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.film import Film
from models.images.classifier import Classifier
from models.images.embedding import Embedder, embed, without_head

UNLIKE = 0.02
"""The chance that a film like those kept apart is called unlike."""
FEWEST = round(1 / UNLIKE) - 1
"""Films kept apart below which no p-value is small enough."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Familiarity:
    """What a classifier's films look like to it.

    Attributes:
        embedder: the classifier's first network, without its head.
        known: (n, d), unit vectors of films it learned from.
        usual: (m,), sorted distances of films that were kept apart.
    """

    embedder: Embedder
    known: Floats
    usual: Floats

    def p_values(self, films: Sequence[Film]) -> Floats:
        """Return the p-value of each film, float64 (n,): small where it is unlike those known."""
        found = _distances(_directions(self.embedder, films), self.known)
        as_far = len(self.usual) - np.searchsorted(self.usual, found, side="left")
        return np.asarray((1 + as_far) / (len(self.usual) + 1))


def familiarity_of(
    classifier: Classifier, known: Sequence[Film], apart: Sequence[Film]
) -> Familiarity | None:
    """Look at films a classifier learned from, and at others that were kept apart.

    Args:
        classifier: whose features are compared.
        known: films it learned from.
        apart: films of the same archive that it has not learned from.

    Returns:
        None where they are too few to tell.
    """
    if not known or len(apart) < FEWEST:
        return None
    recipe = classifier.recipe
    embedder = Embedder(without_head(classifier.networks[0]), recipe.size, recipe.bf16)
    directions = _directions(embedder, known)
    usual = _distances(_directions(embedder, apart), directions)
    return Familiarity(embedder, directions, np.sort(usual))


def _directions(embedder: Embedder, films: Sequence[Film]) -> Floats:
    vectors = embed(embedder, films).astype(np.float64)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12))


def _distances(directions: Floats, known: Floats) -> Floats:
    """Return the cosine distance of each, (n,), to the nearest that is known."""
    return np.asarray(1 - (directions @ known.T).max(axis=1))

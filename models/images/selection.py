"""Which films people should read first: typical ones of every kind, and none of them twice."""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from models.images.embedding import Vectors

COMPARED_IN = 64
"""Dimensions that clusters are looked for in; more cost time and tell no more."""
ITERATIONS = 50


def patient_means(vectors: Vectors, patients: NDArray[np.int64]) -> Vectors:
    """Average the directions of each patient's films.

    Args:
        vectors: float32 (n, d), of films.
        patients: int (n,), 0 to p - 1, each at least once.

    Returns:
        float32 (p, d).
    """
    directions = _directions(vectors)
    sums = np.zeros((int(patients.max()) + 1, vectors.shape[1]))
    np.add.at(sums, patients, directions)
    return np.asarray(sums / np.bincount(patients)[:, None], np.float32)


def typical_of_clusters(vectors: Vectors, n: int, seed: int) -> list[int]:
    """Choose the point nearest to the centre of each of n clusters (k-means).

    Typical of every kind rather than outlying: at a cold start that beats uncertainty, which a
    model that knows nothing cannot judge (arXiv 2210.02442).

    Args:
        vectors: float32 (p, d).
        n: how many to choose, 1 to p.
        seed: of the first centres.

    Returns:
        n different positions, in no meaningful order. Where there are fewer than n different
        points, the rest are drawn at random.
    """
    points = vectors.astype(np.float64)
    if points.shape[1] > COMPARED_IN < len(points):
        points = PCA(COMPARED_IN, svd_solver="randomized", random_state=seed).fit_transform(points)
    clusters = min(n, len(np.unique(points, axis=0)))
    fitted = KMeans(clusters, n_init=1, max_iter=ITERATIONS, random_state=seed).fit(points)
    away = ((points - fitted.cluster_centers_[fitted.labels_]) ** 2).sum(axis=1)
    nearest_first = np.argsort(away, kind="stable")
    _, first = np.unique(fitted.labels_[nearest_first], return_index=True)
    chosen = nearest_first[first]
    rest = np.setdiff1d(np.arange(len(points)), chosen)
    drawn = np.random.default_rng(seed).permutation(rest)[: n - len(chosen)]
    return [int(position) for position in np.concatenate([chosen, drawn])]


def most_alike(
    vectors: Vectors, patients: NDArray[np.int64], examples: Vectors, n: int
) -> list[int]:
    """Choose the patients with the films most like some others.

    Args:
        vectors: float32 (m, d), of films.
        patients: int (m,), 0 to p - 1, each at least once.
        examples: float32 (w, d), of the films to be like; being like one of them is enough.
        n: how many patients to choose, 1 to p.

    Returns:
        n different patients, the most alike first, by the cosine between embeddings.
    """
    alike = (_directions(vectors) @ _directions(examples).T).max(axis=1)
    best = np.full(int(patients.max()) + 1, -np.inf)
    np.maximum.at(best, patients, alike)
    return [int(patient) for patient in np.argsort(-best, kind="stable")[:n]]


def least_alike(vectors: Vectors, patients: NDArray[np.int64], known: Vectors, n: int) -> list[int]:
    """Choose patients with films unlike all that are known, and unlike each other.

    Each time the film is taken whose nearest known or chosen film is farthest (greedy k-centre:
    Gonzalez, Theor Comput Sci 1985;38:293; for choosing what to label: Sener & Savarese, ICLR
    2018, arXiv 1708.00489).

    Args:
        vectors: float32 (m, d), of films.
        patients: int (m,), 0 to p - 1, each at least once.
        known: float32 (k, d), of the films that were read, one at least.
        n: how many patients to choose, 1 to p.

    Returns:
        n different patients, the most unlike first.
    """
    films = _directions(vectors)
    nearest = (films @ _directions(known).T).max(axis=1)
    chosen: list[int] = []
    while len(chosen) < n:
        patient = int(patients[np.argmin(nearest)])
        chosen.append(patient)
        own = patients == patient
        nearest = np.maximum(nearest, (films @ films[own].T).max(axis=1))
        nearest[own] = np.inf
    return chosen


def _directions(vectors: Vectors) -> Vectors:
    """Scale vectors to the length 1."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)

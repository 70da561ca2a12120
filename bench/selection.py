"""What people should read: seed sets and review orders, by the WAUC of a cheap model.

    python -m bench selection --weights FILE --draws 20

The model is logistic regression on the pooled features of a frozen ImageNet network, which takes
seconds. Draws are those of `bench/recipes.py`, inside the development patients of `condyle round
--rng 0`. The films have no reports, so "conflict" draws what a report would say: the truth, but
wrong in one film of ten.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from bench._knees import CLASSES, KNEES, Row, films, labels, locked, of_patients, read
from bench.recipes import drawn
from models.images.embedding import Vectors, embed, frozen_network
from models.images.reading import load_films
from models.images.selection import patient_means, typical_of_clusters
from models.images.transforms import standardise
from models.machine import use_threads
from models.metrics import figures

WEIGHTS = KNEES.parent / "weights/mobilenet_v2_w035_features.safetensors"
STRENGTH = 0.001
"""scikit-learn's C, the best of 1e-5 to 0.1 for random seeds in draws 100 to 104."""
SEED_SIZES = (50, 100, 300)
FIRST_SEED = 100
READS = (200, 400)
UNCERTAIN = 3
"""The diverse orders choose among this many times the films wanted, the least certain ones."""
REPORT_ERROR = 0.1
MOST = 10**9
"""Patients asked for where all that are left are wanted."""
Films = NDArray[np.int64]
"""Positions of films in the archive."""


@dataclass(frozen=True)
class Archive:
    """The development films: whose they are, their classes, and how they look.

    Attributes:
        rows: of the manifest.
        patients: int (n,).
        labels: int (n,).
        features: float64 (n, d), each of mean 0 and deviation 1: what the model learns from.
        looks: named vectors (n, d) that seeds are chosen by.
    """

    rows: list[Row]
    patients: NDArray[np.int64]
    labels: NDArray[np.int64]
    features: NDArray[np.float64]
    looks: dict[str, Vectors]

    def drawn(self, draw: int, seed_patients: int = MOST) -> tuple[Films, Films]:
        """Return the films of a random seed and of the test patients, as `bench/recipes.py`."""
        place = {row["image_id"]: position for position, row in enumerate(self.rows)}
        seed, test = drawn(self.rows, draw, seed_patients)
        return (
            np.array([place[row["image_id"]] for row in seed]),
            np.array([place[row["image_id"]] for row in test]),
        )

    def probabilities(self, train: Films, test: Films) -> NDArray[np.float64]:
        """Learn from some films and predict others; a class never seen has probability 0."""
        model = LogisticRegression(C=STRENGTH, max_iter=300)
        model.fit(self.features[train], self.labels[train])
        found = np.zeros((len(test), len(CLASSES)))
        found[:, model.classes_] = model.predict_proba(self.features[test])
        return found

    def wauc(self, train: Films, test: Films) -> float:
        """Learn from some films, and return the WAUC on others."""
        found = self.probabilities(train, test)
        return float(figures(found, self.labels[test], CLASSES)["wauc"])


@dataclass(frozen=True)
class Unread:
    """The films not read yet, as the model sees them that has learned from the first seed.

    Attributes:
        confidence: float (n,).
        conflict: bool (n,), whether a report would say another class.
        patients: int (n,).
        vectors: (n, d).
        draw: number of the draw.
    """

    confidence: NDArray[np.float64]
    conflict: NDArray[np.bool_]
    patients: NDArray[np.int64]
    vectors: Vectors
    draw: int


def load(weights: str) -> Archive:
    """Embed the development films."""
    every = read()
    rows = of_patients(every, locked(every), inside=False)
    found = films(rows)
    patients = np.unique([row["patient_id"] for row in rows], return_inverse=True)[1]
    frozen = embed(frozen_network(weights), found)
    shrunk = standardise(torch.from_numpy(load_films(found, 32)).unsqueeze(1).float())
    small = ((shrunk + shrunk.flip(-1)) / 2).flatten(1).numpy()
    components = PCA(64, svd_solver="covariance_eigh").fit(small[::2]).transform(small)
    features = (frozen - frozen.mean(axis=0)) / (frozen.std(axis=0) + 1e-6)
    return Archive(
        rows,
        patients,
        labels(rows),
        features.astype(np.float64),
        {"frozen network": frozen, "principal components": components},
    )


def seeds(archive: Archive, draw: int, size: int) -> dict[str, Films]:
    """Return the films of a random seed set and of diverse ones, chosen from the same patients."""
    pool, _ = archive.drawn(draw)
    known, own = np.unique(archive.patients[pool], return_inverse=True)
    chosen = {"random": archive.drawn(draw, size)[0]}
    for name, vectors in archive.looks.items():
        typical = typical_of_clusters(patient_means(vectors[pool], own), size, draw)
        chosen[f"diverse, {name}"] = pool[np.isin(archive.patients[pool], known[typical])]
    return chosen


def at_random(unread: Unread, n: int) -> NDArray[np.int64]:
    """Draw films at random."""
    return np.random.default_rng(unread.draw).permutation(len(unread.confidence))[:n]


def least_certain(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take the least confident first."""
    return np.argsort(unread.confidence, kind="stable")[:n]


def one_a_patient(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take each patient's least confident film first, then the second ones."""
    order = np.argsort(unread.confidence, kind="stable")
    seen: dict[int, int] = {}
    turn = []
    for patient in unread.patients[order]:
        seen[patient] = seen.get(patient, 0) + 1
        turn.append(seen[patient])
    return order[np.argsort(turn, kind="stable")[:n]]


def least_certain_of_clusters(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take turns among clusters of the least confident (Cluster-Margin, arXiv 2107.14263)."""
    some = least_certain(unread, UNCERTAIN * n)
    labels = KMeans(n // 10, n_init=1, random_state=unread.draw).fit_predict(unread.vectors[some])
    seen = np.zeros(n // 10, np.int64)
    turn = []
    for label in labels:
        turn.append(seen[label])
        seen[label] += 1
    return some[np.argsort(turn, kind="stable")[:n]]


def typical_of_uncertain(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take the film nearest to each centre of clusters of the least confident."""
    some = least_certain(unread, UNCERTAIN * n)
    return some[typical_of_clusters(unread.vectors[some], n, unread.draw)]


def far_apart(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take what is farthest from all taken (greedy k-center, arXiv 1708.00489)."""
    some = least_certain(unread, UNCERTAIN * n)
    points = unread.vectors[some]
    taken, away = [0], np.full(len(some), np.inf)
    while len(taken) < n:
        away = np.minimum(away, ((points - points[taken[-1]]) ** 2).sum(axis=1))
        taken.append(int(away.argmax()))
    return some[taken]


def conflicts_first(unread: Unread, n: int) -> NDArray[np.int64]:
    """Take films whose report says another class, the least confident first."""
    return np.lexsort((unread.confidence, ~unread.conflict))[:n]


ORDERS: dict[str, Callable[[Unread, int], NDArray[np.int64]]] = {
    "random": at_random,
    "least confident": least_certain,
    "least confident, one a patient": one_a_patient,
    "least confident, turns among clusters": least_certain_of_clusters,
    "least confident, typical of clusters": typical_of_uncertain,
    "least confident, far apart": far_apart,
    "conflict, then least confident": conflicts_first,
}


def unread_films(archive: Archive, draw: int) -> tuple[Films, Films, Unread]:
    """Return the first seed's films, the unread ones, and what the model thinks of these."""
    seed, _ = archive.drawn(draw, FIRST_SEED)
    rest = np.setdiff1d(archive.drawn(draw)[0], seed)
    predicted, truth = archive.probabilities(seed, rest), archive.labels[rest]
    wrong = np.random.default_rng(draw).random(len(rest)) < REPORT_ERROR
    said = np.where(wrong, np.where(truth == 0, 1, 0), truth)
    vectors = patient_means(archive.looks["frozen network"][rest], np.arange(len(rest)))
    unread = Unread(
        predicted.max(axis=1),
        said != predicted.argmax(axis=1),
        archive.patients[rest],
        vectors,
        draw,
    )
    return seed, rest, unread


def print_row(name: str, found: list[float], random: list[float], more: str = "") -> None:
    """Print a mean, its spread over draws, and the difference from random within a draw."""
    gain = np.array(found) - np.array(random)
    print(
        f"{name:40}{np.mean(found):8.4f}{np.std(found, ddof=1):8.4f}{gain.mean():+9.4f}"
        f"{gain.std(ddof=1):8.4f}{(gain > 0).sum():5}/{len(gain)}  {more}",
        flush=True,
    )


def compare_seeds(archive: Archive, draws: range) -> None:
    """Print how good each seed set is."""
    rare = CLASSES.index("arthroplasty")
    for size in SEED_SIZES:
        found: dict[str, list[float]] = {}
        rare_films: dict[str, list[int]] = {}
        for draw in draws:
            _, test = archive.drawn(draw)
            for name, chosen in seeds(archive, draw, size).items():
                found.setdefault(name, []).append(archive.wauc(chosen, test))
                rare_films.setdefault(name, []).append(int((archive.labels[chosen] == rare).sum()))
        for name, each in found.items():
            counts = np.array(rare_films[name])
            print_row(
                f"{size} patients, {name}",
                each,
                found["random"],
                f"arthroplasty: {counts.mean():.1f} films, none in {(counts == 0).sum()} draws",
            )


def compare_orders(archive: Archive, draws: range) -> None:
    """Print how good each order of reading is after a random seed."""
    for reads in READS:
        found: dict[str, list[float]] = {}
        for draw in draws:
            _, test = archive.drawn(draw)
            seed, rest, unread = unread_films(archive, draw)
            for name, order in ORDERS.items():
                train = np.concatenate([seed, rest[order(unread, reads)]])
                found.setdefault(name, []).append(archive.wauc(train, test))
        for name, each in found.items():
            print_row(f"{reads} films, {name}", each, found["random"])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", default=str(WEIGHTS))
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    if not KNEES.exists() or not os.path.exists(given.weights):
        print("The real knees or the weights are not on this machine; nothing is measured.")
        return
    warnings.simplefilter("ignore", ConvergenceWarning)
    use_threads(given.threads)
    began = time.process_time()
    archive = load(given.weights)
    print(f"{len(archive.labels)} films embedded in {time.process_time() - began:.0f} CPU s")
    print(f"{'':40}{'WAUC':>8}{'spread':>8}{'gain':>9}{'spread':>8}  wins")
    compare_seeds(archive, range(1, given.draws + 1))
    compare_orders(archive, range(1, given.draws + 1))
    print(f"{time.process_time() - began:.0f} CPU s in all, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()

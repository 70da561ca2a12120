"""Reading `predictions.csv` again: what classifiers said of the images they were judged on."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.csv_tables import unquoted
from app.imaging.storage import Store

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
KEPT = 32
"""Files that a process keeps in memory: half a megabyte each for a thousand images."""


class Key(NamedTuple):
    """How `predictions.csv` names an image."""

    image: str
    patient: str
    site: str
    """Empty where the file has no column of sites, as its keys need none."""


@dataclass(frozen=True)
class Predictions:
    """What several classifiers said of the same images.

    Attributes:
        keys: of the n images.
        classes: the k class names in order.
        labels: (n,) class index of each image's reference label at that time.
        probabilities: by model, (n, k).
    """

    keys: Sequence[Key]
    classes: Sequence[str]
    labels: Indices
    probabilities: Mapping[str, Floats]

    @property
    def patients(self) -> Indices:
        """Whose images they are: (n,), the same number for the same patient."""
        names = [f"{key.patient}\x1f{key.site}" for key in self.keys]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)


def predictions_of(store: Store, digest: str) -> Predictions:
    """Return the predictions that an evaluation has stored.

    Raises:
        errors.NotFound: the store has no such file.
    """
    return _kept(store, digest)


def parse(data: bytes) -> Predictions:
    """Read `predictions.csv` as `predictions_csv` writes it."""
    rows = csv.reader(io.StringIO(data.decode()))
    header = next(rows)
    columns = [place for place, name in enumerate(header) if name.startswith("p_")]
    site = header.index("site") if "site" in header[len(header) - 1 :] else None
    classes = [unquoted(header[place].removeprefix("p_")) for place in columns]
    index = {name: place for place, name in enumerate(classes)}
    keys: dict[str, list[Key]] = {}
    labels: dict[str, list[int]] = {}
    said: dict[str, list[list[float]]] = {}
    for row in rows:
        model = row[3]
        where = unquoted(row[site]) if site is not None else ""
        keys.setdefault(model, []).append(Key(unquoted(row[0]), unquoted(row[1]), where))
        labels.setdefault(model, []).append(index[unquoted(row[2])])
        said.setdefault(model, []).append([float(row[place]) for place in columns])
    first = next(iter(keys), "")
    return Predictions(
        keys.get(first, []),
        classes,
        np.array(labels.get(first, []), dtype=np.int64),
        {model: np.array(values).reshape(-1, len(classes)) for model, values in said.items()},
    )


@lru_cache(KEPT)
def _kept(store: Store, digest: str) -> Predictions:
    return parse(store.read(digest))

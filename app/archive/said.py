"""What statements say of images, read for many images at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, String, cast, func, select
from sqlalchemy.orm import Session

Ids = NDArray[np.int64]
Measures = NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """What a statement says of images.

    Attributes:
        images: of which it says something; one may be there more than once.
        columns: what else it selects, one value for each distinct row.
        which: of these rows each image has.
        measures: a number of each image; none where it is not asked for.
    """

    images: Ids
    columns: list[Sequence[Any]]
    which: Ids
    measures: Measures

    def only(self, kept: Sequence[bool]) -> "Said":
        """Return what it says by some of its distinct rows; measures are left out."""
        of_image = np.array(kept, np.bool_)[self.which]
        return Said(
            self.images[of_image], self.columns, self.which[of_image], np.zeros(0, np.float32)
        )


def each(session: Session, rows: Select[*tuple[Any, ...]]) -> Said:
    """Return what a statement says, row by row.

    Args:
        session: a unit of work that only reads.
        rows: selects the image first.
    """
    images, *columns = _columns(session, rows)
    ids = np.array(images, np.int64)
    return Said(ids, columns, np.arange(len(ids)), np.zeros(0, np.float32))


def alike(session: Session, rows: Select[*tuple[Any, ...]], measured: bool = False) -> Said:
    """Return what a statement says of many images, most of which are like others.

    The database puts those together: in Python a row of each would take several times as long,
    during which the process does little else.

    Args:
        session: a unit of work that only reads.
        rows: selects the image first, and then its measure where it has one.
        measured: whether it has.
    """
    # Materialized: SQLite would go through all images by an index of what they are grouped by.
    image, *others = rows.cte("said").prefix_with("MATERIALIZED").c
    measures = [others.pop(0)] if measured else []
    joined = [func.aggregate_strings(cast(one, String), ",") for one in (image, *measures)]
    images, *columns = _columns(session, select(*joined, *others).group_by(*others))
    ids = [np.fromstring(some, np.int64, sep=",") for some in images]
    numbers = [np.fromstring(some, np.float32, sep=",") for some in columns[0]] if measured else []
    return Said(
        np.concatenate([np.zeros(0, np.int64), *ids]),
        columns[len(measures) :],
        np.repeat(np.arange(len(ids)), [len(some) for some in ids]),
        np.concatenate([np.zeros(0, np.float32), *numbers]),
    )


def _columns(session: Session, rows: Select[*tuple[Any, ...]]) -> list[Sequence[Any]]:
    found = session.connection().execute(rows)
    return list(zip(*found.all(), strict=True)) or [()] * len(found.keys())

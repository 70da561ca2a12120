"""Which images a model version has learned from, packed into a short text.

A bit for each number of an image, compressed: a million films take some 100 kB at most.
"""

import base64
import zlib
from collections.abc import Collection, Iterable

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.db.learning import ModelVersion


def pack(image_ids: Iterable[int]) -> str:
    """Return the numbers of images as a text.

    Args:
        image_ids: at least 0, in any order.
    """
    numbers = np.fromiter(image_ids, dtype=np.int64)
    bits = np.zeros(int(numbers.max()) + 1 if len(numbers) else 0, dtype=np.bool_)
    bits[numbers] = True
    return base64.b64encode(zlib.compress(np.packbits(bits).tobytes())).decode()


def count_within(packed: str, image_ids: Collection[int]) -> int:
    """Return how many of some images are among the packed ones."""
    bits = np.unpackbits(np.frombuffer(zlib.decompress(base64.b64decode(packed)), np.uint8))
    numbers = np.fromiter(image_ids, dtype=np.int64, count=len(image_ids))
    return int(bits[numbers[numbers < len(bits)]].sum())


def learned_from(session: Session, image_ids: Collection[int]) -> dict[int, int | None]:
    """Return the model versions that learned from any of some images, with how many.

    Args:
        session: an open unit of work.
        image_ids: the images.

    Returns:
        By version; None where an earlier release did not record what it learned from.
    """
    versions = session.scalars(
        select(ModelVersion).options(undefer(ModelVersion.films)).order_by(ModelVersion.id)
    ).all()
    found = {
        version.id: None if version.films is None else count_within(version.films, image_ids)
        for version in versions
    }
    return {version: films for version, films in found.items() if films != 0}

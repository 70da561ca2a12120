"""Finding images by what they are called: by the key of image, study, accession or patient."""

import re

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, Study
from app.errors import Refused
from app.texts import _

AT_MOST = 200
"""Keys that are looked for together."""
FOUND_AT_MOST = 10_000
"""Images: one patient has few, so more are of a key that says little."""
SIDES = ("", "-L", "-R")
"""Behind the key of a film of both knees."""
LARGEST = 2**31 - 1


def split(typed: str) -> list[str]:
    """Return the keys in a text: apart by spaces, lines, commas or semicolons.

    Raises:
        Refused: they are too many.
    """
    keys = list(dict.fromkeys(key for key in re.split(r"[\s,;]+", typed) if key))
    if len(keys) > AT_MOST:
        raise Refused(
            _("These are too many keys for one search."),
            _("{number} keys", number=len(keys)),
            _("Search for at most {number} at a time.", number=AT_MOST),
        )
    return keys


def find(session: Session, typed: str) -> NDArray[np.int64] | None:
    """Return the ids of the images that a text of keys names, ascending; None where it is empty.

    Raises:
        Refused: the keys are too many.
    """
    keys = split(typed)
    if not keys:
        return None
    found = session.scalars(union(*_ways(keys)).limit(FOUND_AT_MOST))
    return np.array(sorted(found), np.int64)


def _ways(keys: list[str]) -> list[Select[int]]:
    """Return a statement for each way in which a key can name an image, each by an index."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 11]
    films = [key + side for key in keys for side in SIDES]
    studies = select(Study.id).where(or_(Study.key.in_(keys), Study.accession.in_(keys)))
    patients = select(Patient.id).where(Patient.key.in_(keys))
    return [
        select(Image.id).where(Image.id.in_([number for number in numbers if number <= LARGEST])),
        select(Image.id).where(Image.key.in_(films)),
        select(Image.id).where(Image.study_id.in_(studies)),
        select(Image.id).where(Image.patient_id.in_(patients)),
    ]

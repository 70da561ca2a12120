"""Draws that decide who is in which split: seeded, per patient, blind to the order of the input.

Every draw ranks the patients by a seeded SHA-256 and takes the first ones. So the same seed gives
the same answer on every machine, and adding a patient moves at most one other patient.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from app.errors import Refused
from app.texts import _

ImageId = TypeVar("ImageId", int, str)

CALIBRATION_SHARE = 0.4
CALIBRATION_PATIENTS = 120


def draw_validation(patient_keys: Sequence[str], n: int, rng: int) -> set[str]:
    """Draw the patients of the locked validation split.

    Args:
        patient_keys: one key per patient; order and repeats make no difference.
        n: how many patients to draw.
        rng: the seed; the same seed draws the same patients.

    Returns:
        The keys of the n patients drawn.

    Raises:
        Refused: if n is negative or no patient would be left for development.
    """
    patients = set(patient_keys)
    if not 0 <= n < max(len(patients), 1):
        raise Refused(
            _(
                "{number} validation patients cannot be drawn from {patients} patients.",
                number=n,
                patients=len(patients),
            ),
            _("validation patients"),
            _(
                "Enter 0 to {number}, or import more patients first.",
                number=max(len(patients) - 1, 0),
            ),
        )
    return set(_ranked(patients, "validation", rng)[:n])


def default_split(patient_key: str, rng: int, share: float = 0.1) -> str:
    """Return the split of one patient, from nothing but the key and the seed.

    For an archive that arrives in parts: a patient keeps the split whatever else is imported.

    Args:
        patient_key: the patient's key.
        rng: the seed.
        share: of patients that go to validation, 0 to 1.

    Returns:
        `validation` or `development`.
    """
    drawn = int.from_bytes(_digest("split", rng, patient_key)[:8]) / 2**64
    return "validation" if drawn < share else "development"


def draw_seed(patient_keys: Sequence[str], n: int, rng: int) -> list[str]:
    """Draw the patients whose images are labelled first, in the order they are to be read.

    Args:
        patient_keys: one key per development patient; order and repeats make no difference.
        n: how many patients to draw; a larger draw begins with the smaller one.
        rng: the seed.

    Returns:
        The keys of the n patients, in random order.

    Raises:
        Refused: if n is not between 1 and the number of patients.
    """
    patients = set(patient_keys)
    if not 1 <= n <= len(patients):
        raise Refused(
            _(
                "{number} seed patients cannot be drawn from {patients} development patients.",
                number=n,
                patients=len(patients),
            ),
            _("seed patients"),
            _("Enter a number from 1 to {number}.", number=len(patients))
            if patients
            else _("Import images first."),
        )
    return _ranked(patients, "seed", rng)[:n]


def training_patients(patient_keys: Sequence[str], n: int, rng: int) -> set[str]:
    """Return the patients of a first draw of a seed set that are not kept out of training.

    Args:
        patient_keys: one key per development patient.
        n: how many patients to draw.
        rng: the seed.

    Raises:
        Refused: as `draw_seed` does.
    """
    drawn = draw_seed(patient_keys, n, rng)
    return set(drawn) - set(draw_calibration({patient: [patient] for patient in drawn}, rng))


def reading_order(patient_keys: Iterable[str], rng: int) -> list[str]:
    """Return patients in random order, whatever each was drawn or chosen for."""
    return _ranked(patient_keys, "reading order", rng)


def count_calibration(
    patients: int, at_most: int = CALIBRATION_PATIENTS, share: float = CALIBRATION_SHARE
) -> int:
    """Return how many of so many seed patients are kept out of the labeler's training."""
    return max(0, min(round(share * patients), at_most))


def draw_calibration(
    images: Mapping[str, Sequence[ImageId]],
    rng: int,
    share: float = CALIBRATION_SHARE,
    at_most: int = CALIBRATION_PATIENTS,
) -> dict[str, ImageId]:
    """Draw the seed patients kept out of the labeler's training, and one image of each.

    What the labeler may accept is chosen on these reads. One image a patient keeps them
    independent, as conformal selection asks (Jin & Candes, JMLR 2023;24(244)); no other image of
    these patients may train the labeler either.

    Args:
        images: the images of each seed patient, at least one each.
        rng: the seed.
        share: of the seed patients to keep out, 0 to 1.
        at_most: the most patients to keep out.

    Returns:
        The image drawn for each patient drawn.
    """
    n = count_calibration(len(images), at_most, share)
    patients = _ranked(images, "calibration", rng)[:n]
    return {patient: _one(images[patient], rng) for patient in patients}


def _one(images: Sequence[ImageId], rng: int) -> ImageId:
    return min(images, key=lambda image: _digest("calibration image", rng, str(image)))


def _ranked(patients: Iterable[str], purpose: str, rng: int) -> list[str]:
    return sorted(patients, key=lambda patient: _digest(purpose, rng, patient))


def _digest(purpose: str, rng: int, key: str) -> bytes:
    """A purpose of its own keeps the draws independent of each other under one seed."""
    return hashlib.sha256(f"{purpose}\0{rng}\0{key}".encode()).digest()

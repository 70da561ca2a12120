"""What a labeler may see of one image."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where what the networks see of a film is kept between runs (`models.images.kept_films`).

    Attributes:
        folder: of all sizes.
        row: the number of its image.
        digest: SHA-256 of its rendition, 64 hexadecimal digits.
    """

    folder: Path
    row: int
    digest: str


@dataclass(frozen=True)
class Film:
    """What a labeler may see of one image.

    Attributes:
        path: the 8-bit grey model rendition, or None where there is only a report; it may be
            fetched from elsewhere when it is opened.
        report: the study's report, or None.
        group: the patient, as any key; films of one group never part in cross-validation.
        laterality: "L", "R" or "" where it is not known.
        exposure: which exposure it is of, as any key: both knees of one film share it. "" is an
            exposure of its own.
        place: where it may be kept; None reads it from its file each time.
    """

    path: os.PathLike[str] | None
    report: str | None
    group: str
    laterality: str
    exposure: str = ""
    place: Place | None = None

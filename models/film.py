"""What a labeler may see of one image."""

import os
from dataclasses import dataclass


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
    """

    path: os.PathLike[str] | None
    report: str | None
    group: str
    laterality: str
    exposure: str = ""

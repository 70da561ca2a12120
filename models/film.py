"""What a labeler may see of one image."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Film:
    """What a labeler may see of one image.

    Attributes:
        path: the 8-bit grey model rendition, or None where there is only a report.
        report: the study's report, or None.
        group: the patient, as any key; films of one group never part in cross-validation.
        laterality: "L", "R" or "" where it is not known.
        exposure: which exposure it is of, as any key: both knees of one film share it. "" is an
            exposure of its own.
    """

    path: Path | None
    report: str | None
    group: str
    laterality: str
    exposure: str = ""

"""The objects of a study, by its metadata (WADO-RS, PS3.18 10.4.1): which of them are films."""

from dataclasses import dataclass

from app.pacs.film_classes import FILMS
from app.pacs.uids import is_uid
from app.pulling.answers import (
    BODY_PART,
    DESCRIPTION,
    FRAMES,
    INSTANCE,
    MODALITY,
    PATIENT,
    ROWS,
    SERIES,
    SOP_CLASS,
    STUDY,
    Item,
    items,
    text,
)
from app.pulling.line import JSON, Line


@dataclass(frozen=True)
class Instance:
    """An object that a PACS says it has.

    Attributes:
        study, series, uid: its UIDs.
        sop_class: its SOP class.
        patient: its patient ID; "" where none is told.
        modality, body_part, description: likewise; the description is the study's.
        rows: of its picture; "" where it has none. That is what tells a film: the pixel data
            themselves (7FE0,0010) are often not listed where they are compressed.
        frames: of its picture; "" where that is not told.
    """

    study: str
    series: str
    uid: str
    sop_class: str
    patient: str
    modality: str
    body_part: str
    description: str
    rows: str
    frames: str

    @property
    def is_film(self) -> bool:
        """Whether it is a radiograph with a picture."""
        return self.sop_class in FILMS and self.rows not in ("", "0")

    @property
    def path(self) -> str:
        """Where it is, within the DICOMweb service."""
        return f"/studies/{self.study}/series/{self.series}/instances/{self.uid}"


def instances_of(line: Line, study: str) -> list[Instance]:
    """Return the objects of a study; what cannot be named in an address is left out.

    Raises:
        NotReached, Trouble: as `Line.get`; it answers no DICOM JSON.
    """
    found = items(line.get(f"/studies/{study}/metadata", JSON))
    described = (_instance(item) for item in found)
    return [each for each in described if all(map(is_uid, (each.study, each.series, each.uid)))]


def _instance(item: Item) -> Instance:
    tags = (STUDY, SERIES, INSTANCE, SOP_CLASS, PATIENT, MODALITY, BODY_PART, DESCRIPTION)
    return Instance(*(text(item, tag) for tag in (*tags, ROWS, FRAMES)))

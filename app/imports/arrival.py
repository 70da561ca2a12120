"""What arrives at an import: a film, or one knee of a film of both, whose files are stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from app.imaging.knees import Region
from app.imports.persons import Claim


@dataclass(frozen=True)
class NewRendition:
    """A rendition in the store, or yet to be made; the fields are those of the table."""

    kind: str
    digest: str | None
    width: int
    height: int
    bits: int
    window_centre: float
    window_width: float


class Told(Protocol):
    """What a manifest, or a film itself, says besides whose it is."""

    @property
    def site(self) -> str: ...

    @property
    def report(self) -> str: ...


@dataclass(frozen=True)
class Arrival:
    """A film whose files are in the store, ready to be registered.

    Attributes:
        claim: whose it is.
        image_scope: where the image_key counts.
        split: of the patient, used only where the patient is new.
        label: name of a class, or empty.
        report: of the study, or empty; as it came.
        region: of one knee on a film of both; None for a whole film.
        names: hashes of the names on the film, which are masked in the report.
        compared: by digest of a stored film, whether it shows the same picture.

    The others are those of the tables Study and Image.
    """

    claim: Claim
    study_key: str
    accession: str
    image_scope: str
    image_key: str
    split: str
    source_digest: str
    stored_digest: str
    laterality: str
    view: str
    site: str
    spacing_mm: float | None
    label: str
    report: str
    details: Mapping[str, Any]
    renditions: Sequence[NewRendition]
    spacing_plane: str = ""
    region: Region | None = None
    names: Collection[str] = ()
    compared: Mapping[str, bool] = field(default_factory=dict)

"""What is known of one film once it is read, and of what was made from it. Plain data only."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.imaging.knees import UNSAID, Orientation, Region


@dataclass(frozen=True)
class LookupTable:
    """A DICOM look-up table: values from `first` on are replaced by its entries.

    Attributes:
        first: the input that gets the first entry; smaller inputs get it too.
        entries: shape (n,), uint16; inputs past the end get the last one.
        bits: of an entry; 2**bits - 1 is white.
    """

    first: int
    entries: NDArray[np.uint16]
    bits: int


@dataclass(frozen=True)
class Window:
    """A window as DICOM states it (PS3.3 C.11.2.1.2), in values after the modality step.

    Attributes:
        centre: (0028,1050).
        width: (0028,1051).
        function: (0028,1056), `LINEAR`, `LINEAR_EXACT` or `SIGMOID`.
    """

    centre: float
    width: float
    function: str = "LINEAR"


@dataclass(frozen=True)
class Identity:
    """What a file says of whose it is. Pseudonyms only; what it does not say is empty.

    Attributes:
        patient_key: of the PatientID together with who gave it; of the study where it names nobody.
        study_key: of the StudyInstanceUID.
        image_key: of the SOPInstanceUID.
        number: of the bare PatientID; empty where it is missing or a placeholder.
        issuer: of who gave the PatientID.
        site: of the institution.
        born: of the birth date, different for each PatientID.
        sex: `F`, `M`, `O` or empty.
        accession: of the accession number.
        study_alone: the patient_key of a study whose PatientID turns out to name nobody.
    """

    patient_key: str
    study_key: str
    image_key: str
    number: str
    issuer: str
    site: str
    born: str
    sex: str
    accession: str
    study_alone: str


@dataclass(frozen=True)
class StoredFilm:
    """One film as it was stored, with everything needed to show it.

    Attributes:
        pixels: shape (rows, columns), uint8, uint16, int8 or int16: stored values.
        bits: how many bits of each value count, 2 to 16.
        inverted: the smallest value is white (MONOCHROME1).
        slope: rescale slope (0028,1053).
        intercept: rescale intercept (0028,1052).
        modality_luts: the first that tells values apart is used instead of slope and intercept.
            Their first inputs, and those of the VOI LUTs, are 16 bits yet to be signed.
        voi_luts: the first that shows something is used instead of a window.
        windows: the first that shows something is used.
        padded: which pixels are padding, shape (rows, columns); None where none is.
        shuttered: which pixels are behind a shutter, likewise.
        shown_size: of the renditions, in which pixels are square: rows and columns; None where
            that is the size of `pixels`.
        spacing_mm: millimetres per pixel of the viewer rendition; None where unknown.
        spacing_plane: where these are measured: `detector`; `patient`, where the film is
            calibrated; `estimated`, in the patient by a magnification that was estimated; empty
            where the file does not say.
        identity: whose it is; None for PNG and JPEG.
        laterality: `L`, `R`, `B` or empty.
        view: e.g. `AP`, or empty.
        orientation: which way its rows and columns run.
        details: kept attributes by keyword.
        stored: the de-identified file to keep; None means the viewer rendition is all of it.
        names: see `app.imaging.people.People`.
        suspicions: likewise.
    """

    pixels: NDArray[Any]
    bits: int
    inverted: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    modality_luts: tuple[LookupTable, ...] = ()
    voi_luts: tuple[LookupTable, ...] = ()
    windows: tuple[Window, ...] = ()
    padded: NDArray[np.bool_] | None = None
    shuttered: NDArray[np.bool_] | None = None
    shown_size: tuple[int, int] | None = None
    spacing_mm: float | None = None
    spacing_plane: str = ""
    identity: Identity | None = None
    laterality: str = ""
    view: str = ""
    orientation: Orientation = UNSAID
    details: dict[str, str] = field(default_factory=dict)
    stored: bytes | None = None
    names: list[str] = field(default_factory=list)
    suspicions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RenditionFile:
    """A PNG made from a film, not yet in the store; or one that is yet to be made.

    Attributes:
        path: the file, in the scratch folder; None where it is yet to be made.
        width: pixels.
        height: pixels.
        bits: the values lie in 0 to 2**bits - 1.
        window_centre: of the stored values, where reading starts (LINEAR_EXACT).
        window_width: likewise.
    """

    path: Path | None
    width: int
    height: int
    bits: int
    window_centre: float
    window_width: float

    def greys(self) -> dict[str, float]:
        """Return what the values of the file mean."""
        return {
            "bits": self.bits,
            "window_centre": self.window_centre,
            "window_width": self.window_width,
        }


@dataclass(frozen=True)
class KneeFile:
    """One knee of a film of both, and the model rendition made from its part of the film.

    Attributes:
        side: `L` or `R`.
        region: where it is in the viewer rendition.
        model: the file.
    """

    side: str
    region: Region
    model: RenditionFile


@dataclass(frozen=True)
class Decoded:
    """What the decoding process made of one file; the paths are good until the next file.

    Attributes are those of `StoredFilm`, and:
        stored: the de-identified file.
        viewer: the viewer rendition; made only where it was asked for, or is what is stored.
        model: the model rendition.
    """

    stored: Path
    viewer: RenditionFile
    model: RenditionFile
    identity: Identity | None
    laterality: str
    view: str
    orientation: Orientation
    spacing_mm: float | None
    spacing_plane: str
    details: dict[str, str]
    names: list[str] = field(default_factory=list)
    suspicions: list[str] = field(default_factory=list)

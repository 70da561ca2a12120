"""How large a film's pixels are, how they lie in the room, and which side they show."""

from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.imaging import attributes
from app.imaging.knees import UNSAID, Orientation
from app.imaging.limits import LIMITS

CALIBRATED = {"GEOMETRY", "FIDUCIAL"}
MOST_OBLONG = 10
"""A pixel that is said to be longer than this many times its width is a slip."""
MOST_MAGNIFIED = 3
SQUARE = 1.01
"""Sides that differ by less are taken as alike; calibrations are worse than that."""
SIDES = {"R": "R", "RIGHT": "R", "L": "L", "LEFT": "L", "B": "B", "BOTH": "B", "BILATERAL": "B"}


@dataclass(frozen=True)
class Spacing:
    """The distance between the middles of neighbouring pixels.

    Attributes:
        vertical: millimetres from row to row.
        horizontal: millimetres from column to column.
        plane: where these are measured, see `StoredFilm.spacing_plane`.
    """

    vertical: float
    horizontal: float
    plane: str


@dataclass(frozen=True)
class Size:
    """How many pixels a film is shown with.

    Attributes:
        rows: lines.
        columns: pixels of a line.
    """

    rows: int
    columns: int


def spacing(dataset: Dataset) -> Spacing | None:
    """Return the best distance between pixels that a file states, or None.

    PixelSpacing counts first where it is calibrated. Then ImagerPixelSpacing, which is at the
    detector; the estimated magnification, where there is one, brings it into the patient. Then
    PixelSpacing that does not say where it is measured, then the pitch of a film's scanner.

    Source: DICOM PS3.3 10.7.1.3 (PixelSpacing and its calibration), C.8.11.4 (ImagerPixelSpacing),
        C.8.7.6 (EstimatedRadiographicMagnificationFactor, the distance from source to detector by
        that from source to patient), C.8.6.2 (NominalScannedPixelSpacing).
    """
    calibrated = attributes.code(dataset, "PixelSpacingCalibrationType") in CALIBRATED
    magnified = _magnification(dataset)
    candidates = (
        _pair(dataset, "PixelSpacing", "patient") if calibrated else None,
        _pair(dataset, "ImagerPixelSpacing", "estimated", magnified) if magnified else None,
        _pair(dataset, "ImagerPixelSpacing", "detector"),
        _pair(dataset, "PixelSpacing", ""),
        _pair(dataset, "NominalScannedPixelSpacing", "detector"),
    )
    return next((found for found in candidates if found), None)


def aspect(dataset: Dataset, known: Spacing | None) -> float:
    """Return the height of a pixel by its width, 1 where unknown or nearly square.

    Args:
        dataset: as read.
        known: what `spacing` found; PixelAspectRatio counts where that is nothing.

    Source: DICOM PS3.3 C.7.6.3.1.7.
    """
    pair = attributes.all_numbers(dataset, "PixelAspectRatio")
    if known is not None:
        pair = [known.vertical, known.horizontal]
    if not _is_plausible(pair) or max(pair) / min(pair) < SQUARE:
        return 1.0
    return pair[0] / pair[1]


def true_size(rows: int, columns: int, aspect: float) -> Size:
    """Return the size at which a film's pixels become square.

    The coarser side is enlarged, so that nothing is lost; where the film would then be too large,
    the finer side is reduced instead.

    Args:
        rows: of the film as stored.
        columns: likewise.
        aspect: the height of a pixel by its width.
    """
    taller = Size(max(round(rows * aspect), 1), columns)
    wider = Size(rows, max(round(columns / aspect), 1))
    larger, smaller = (taller, wider) if aspect > 1 else (wider, taller)
    return larger if larger.rows * larger.columns <= LIMITS.pixels else smaller


def laterality(dataset: Dataset) -> str:
    """Return `L`, `R`, `B` (both) or ``""``.

    What the image says counts before what its series says, but an unpaired part, `U`, does not.
    Two sides in one attribute are no side.

    Source: DICOM PS3.3 C.8.11.2 (ImageLaterality), C.7.3.1 (Laterality).
    """
    for keyword in ("ImageLaterality", "Laterality"):
        found = attributes.codes(dataset, keyword)
        if len(found) == 1 and found[0] in SIDES:
            return SIDES[found[0]]
    return ""


def orientation(dataset: Dataset) -> Orientation:
    """Return which way the rows and columns run; nothing where that is no pair of directions.

    Source: DICOM PS3.3 C.7.6.1.1.1, PatientOrientation (0020,0020).
    """
    found = attributes.value(dataset, "PatientOrientation")
    said = [str(one).strip(" \0").upper() for one in found] if isinstance(found, MultiValue) else []
    if len(said) != 2 or any(set(one) - set("APRLHF") for one in said):
        return UNSAID
    return Orientation(*said)


def _pair(dataset: Dataset, keyword: str, plane: str, divisor: float = 1) -> Spacing | None:
    found = attributes.all_numbers(dataset, keyword)
    if not _is_plausible(found):
        return None
    return Spacing(found[0] / divisor, found[1] / divisor, plane)


def _is_plausible(pair: list[float]) -> bool:
    return len(pair) == 2 and min(pair) > 0 and max(pair) / min(pair) <= MOST_OBLONG


def _magnification(dataset: Dataset) -> float | None:
    """A factor of 1 is what consoles write that do not know it."""
    found = attributes.number(dataset, "EstimatedRadiographicMagnificationFactor")
    return found if found is not None and 1 < found <= MOST_MAGNIFIED else None

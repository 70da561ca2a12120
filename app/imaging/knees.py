"""Where in a film each knee is. Halves now; whatever finds knees in pixels can take their place."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from numpy.typing import NDArray

OPPOSITE = {"L": "R", "R": "L"}


class Orientation(NamedTuple):
    """Which way a film's rows and columns run, as PatientOrientation (0020,0020) says it.

    Attributes:
        rows: the part of the body they run towards, `L` and `R` being the patient's; or empty.
        columns: likewise.
    """

    rows: str = ""
    columns: str = ""


UNSAID = Orientation()


@dataclass(frozen=True)
class Region:
    """A part of a film, in pixels of its viewer rendition.

    Attributes:
        left: the first column.
        top: the first row.
        right: the column after the last.
        bottom: the row after the last.
    """

    left: int
    top: int
    right: int
    bottom: int

    def of(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return this part of a film's pixels, shape (bottom - top, right - left)."""
        return pixels[self.top : self.bottom, self.left : self.right]


def regions(pixels: NDArray[Any], orientation: Orientation) -> list[tuple[str, Region]]:
    """Say where the knees of a film of both are: its halves.

    A film hangs with the patient's right on the viewer's left, AP and PA alike, unless the file
    says which way its rows run. One that lies on its side, whose columns run to the left or
    right, is halved across.

    Args:
        pixels: shape (rows, columns), as a reader sees them.
        orientation: of the film.

    Returns:
        The side, `R` or `L`, and the region of each knee, in the order of the film's pixels; empty
        where the film is too narrow to be halved.

    Source: DICOM PS3.3 C.7.6.1.1.1: the first value is the direction of the rows, in patient
    directions, the main one first.
    """
    height, width = pixels.shape
    across = orientation.rows[:1] not in OPPOSITE and orientation.columns[:1] in OPPOSITE
    end = orientation.columns[:1] if across else orientation.rows[:1]
    last = end if end in OPPOSITE else "L"
    if (height if across else width) < 2:
        return []
    if across:
        halves = Region(0, 0, width, height // 2), Region(0, height // 2, width, height)
    else:
        halves = Region(0, 0, width // 2, height), Region(width // 2, 0, width, height)
    return [(OPPOSITE[last], halves[0]), (last, halves[1])]


def divided(first: Region, second: Region, line: int) -> tuple[Region, Region]:
    """Move the line between two regions; their other edges stay.

    Args:
        first: the left one, or the upper one.
        second: the other.
        line: the column, or row, that the second begins with.

    Returns:
        Both, the first ending where the second begins.

    Raises:
        ValueError: nothing would be left of one of them.
    """
    if lies_beside(first, second):
        moved = (
            Region(first.left, first.top, line, first.bottom),
            Region(line, second.top, second.right, second.bottom),
        )
    else:
        moved = (
            Region(first.left, first.top, first.right, line),
            Region(second.left, line, second.right, second.bottom),
        )
    if any(each.left >= each.right or each.top >= each.bottom for each in moved):
        raise ValueError("a region without pixels")
    return moved


def lies_beside(first: Region, second: Region) -> bool:
    """Whether two knees lie beside each other, and not one above the other."""
    return abs(first.left - second.left) >= abs(first.top - second.top)

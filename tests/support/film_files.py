"""Films for tests of what is shown: written to a file, read back, and seen through their window."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from files import bad_films
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import decoder, rendering
from app.imaging.film import StoredFilm


def film(pixels: NDArray[np.integer], **attributes: object) -> Dataset:
    """A film of 8- or 16-bit pixels; all of its bits count unless the attributes say otherwise."""
    bits = pixels.dtype.itemsize * 8
    rows, columns = pixels.shape
    return bad_films.good(
        **{
            "Rows": rows,
            "Columns": columns,
            "BitsAllocated": bits,
            "BitsStored": bits,
            "HighBit": int(str(attributes.get("BitsStored", bits))) - 1,
            "PixelRepresentation": int(pixels.dtype.kind == "i"),
            "PixelData": pixels.tobytes(),
            "WindowCenter": None,
            "WindowWidth": None,
            **attributes,
        }
    )


def ramp(bits: int, signed: bool = False, columns: int = 64) -> NDArray[np.integer]:
    """All values of so many bits, or 4,096 of them in even steps."""
    low = -(2 ** (bits - 1)) if signed else 0
    values = np.linspace(low, low + 2**bits - 1, min(2**bits, 4096)).round()
    kind = "i" if signed else "u"
    return values.astype(f"<{kind}{1 if bits == 8 else 2}").reshape(-1, columns)


def table(first: int, entries: Sequence[int] | NDArray[np.integer], bits: int) -> Dataset:
    """An item of a LUT sequence; a first input below 0 is written as SS."""
    item = Dataset()
    count = len(entries) % 2**16
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [count, first, bits])
    item.add_new("LUTData", "OW", np.asarray(entries).astype("<u2").tobytes())
    return item


def read(dataset: Dataset, folder: Path) -> StoredFilm:
    """Write a film and read it as the import does."""
    return read_bytes(bad_films.as_file(dataset), folder)


def read_bytes(file: bytes, folder: Path) -> StoredFilm:
    """Read a film that no library would write."""
    path = folder / "film.dcm"
    path.write_bytes(file)
    return decoder.read(path, bytes(32))


def shown(film: StoredFilm) -> NDArray[np.float64]:
    """Brightness, black 0 to white 1, of the viewer rendition in its initial window."""
    picture = rendering.viewer(film)
    return rendering.linear_exact(picture.pixels.astype(np.float64), picture.centre, picture.width)


def linear(values: NDArray[np.number], centre: float, width: float) -> NDArray[np.float64]:
    """A LINEAR window of more than 1, as DICOM PS3.3 C.11.2.1.2.1 has it."""
    values = values.astype(np.float64)
    return np.clip((values - (centre - 0.5)) / (width - 1) + 0.5, 0, 1)

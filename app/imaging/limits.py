"""How large a film may be, and the refusals that say so."""

from app import errors

MAX_PIXELS = 100_000_000
"""More than any detector or scanner makes: 10,000 x 10,000."""
MAX_FILE_BYTES = 2**29


def check_size(width: int, height: int) -> None:
    """Refuse a film of no pixels, or of more than are decoded.

    Raises:
        errors.Refused: width or height is not positive, or there are too many pixels.
    """
    if width <= 0 or height <= 0:
        raise errors.Refused(
            f"The image declares {width} x {height} pixels.", "", "Export the film again."
        )
    if width * height > MAX_PIXELS:
        raise errors.Refused(
            f"The image is too large: it declares {width:,} x {height:,} pixels; "
            f"{MAX_PIXELS:,} are the most that is decoded.",
            "",
            "Check the file: films are smaller than this. If it is right, export it smaller.",
        )


def check_bytes(size: int) -> None:
    """Refuse a file too large to be one film.

    Raises:
        errors.Refused: the file has more bytes than are read.
    """
    if size > MAX_FILE_BYTES:
        raise errors.Refused(
            f"The file is too large: {size / 2**20:,.0f} MiB; "
            f"{MAX_FILE_BYTES // 2**20} MiB are the most that is read.",
            "",
            "Import single films. Unpack archives that are inside a folder.",
        )

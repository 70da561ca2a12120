"""How large a film may be, and the refusals that say so."""

from dataclasses import dataclass

from app import errors


@dataclass(frozen=True)
class Limits:
    """What is read at most.

    Attributes:
        pixels: of one film. The default, 10,000 x 10,000, is more than any detector makes.
        file_bytes: of one file, unpacked where it is deflated.
    """

    pixels: int = 100_000_000
    file_bytes: int = 2**29

    def check_size(self, width: int, height: int) -> None:
        """Refuse a film of no pixels, or of more than are decoded.

        Raises:
            errors.Refused: width or height is not positive, or there are too many pixels.
        """
        if width <= 0 or height <= 0:
            raise errors.Refused(
                f"The image declares {width} x {height} pixels.", "", "Export the film again."
            )
        if width * height > self.pixels:
            raise errors.Refused(
                f"The image is too large: it declares {width:,} x {height:,} pixels; "
                f"{self.pixels:,} are the most that is decoded.",
                "",
                "Check the file: films are smaller than this. If it is right, export it smaller, "
                "or raise CONDYLE_DECODE_MEGAPIXELS.",
            )

    def check_bytes(self, size: int) -> None:
        """Refuse a file too large to be one film.

        Raises:
            errors.Refused: the file has more bytes than are read.
        """
        if size > self.file_bytes:
            raise errors.Refused(
                f"The file is too large: {size / 2**20:,.0f} MiB; "
                f"{self.file_bytes / 2**20:,.0f} MiB are the most that is read.",
                "",
                "Import single films. Unpack archives that are inside a folder.",
            )


LIMITS = Limits()
"""What is read where no setting says otherwise."""

"""What is known of films besides their pixels, to tell those of one machine from another's."""

from collections.abc import Sequence
from math import log2

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image

FROM_DETAILS = ("Modality", "Manufacturer", "ManufacturerModelName", "KVP")
"""Of what an import keeps of a DICOM file; see `app.imaging.deidentification`."""


def facts(session: Session, image_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return facts of images by name; those that are unknown are left out.

    Args:
        image_ids: some thousand at most.

    Returns:
        By image id: the details named above, `view`, and `size`, the longer side of the film in
        quarters of a doubling.
    """
    rows = session.execute(
        select(Image.id, Image.details, Image.view, Image.width, Image.height).where(
            Image.id.in_(image_ids)
        )
    )
    return {
        image: {name: str(details[name]) for name in FROM_DETAILS if details.get(name)}
        | ({"view": view} if view else {})
        | {"size": str(round(4 * log2(max(width, height))))}
        for image, details, view, width, height in rows
    }

"""The images that somebody has chosen as a table: what the page says of each, and no more."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.archive import images
from app.archive.images import ArchiveImage
from app.labels.classes import every_class

BATCH = 1_000
"""Images that are described together."""
REMEMBERED = 10_000
"""Images of which it is remembered one by one that somebody has seen what was said."""
COLUMNS = (
    "number",
    "image_id",
    "study_id",
    "patient_id",
    "accession",
    "split",
    "site",
    "laterality",
    "view",
    "vendor",
    "imported_at",
    "waits_on",
    "read_blind",
    "excluded",
    "label",
    "basis",
    "given_by",
    "predicted",
    "confidence",
    "probabilities",
    "status",
    "conflict",
    "differs",
)


class Table:
    """The rows of some images, and whose labels whoever gets them learns of.

    Args:
        session: a unit of work that sees one moment; keep it open while reading.
        reader_id: who gets them.
        image_ids: the images, in order; those that are gone are left out.
    """

    def __init__(self, session: Session, reader_id: int, image_ids: Sequence[int]) -> None:
        self.learned: list[int] = []
        """Images of which others have said what this person sees for the first time; complete
        once all rows are read."""
        self.rows = 0
        """How many were read."""
        self._session, self._reader_id, self._image_ids = session, reader_id, image_ids

    def __iter__(self) -> Iterator[Sequence[Any]]:
        names = every_class(self._session)
        for first in range(0, len(self._image_ids), BATCH):
            described = images.shown(self._session, self._image_ids[first : first + BATCH], names)
            self.learned += images.unseen(self._session, self._reader_id, described)
            self.rows += len(described)
            yield from map(_row, described)


def _row(image: ArchiveImage) -> Sequence[Any]:
    """Return the cells of an image; what was said of one that is read blind is left out."""
    told = None if image.blind else image
    return (
        image.image_id,
        image.image_key,
        image.study_key,
        image.patient_key,
        image.accession,
        image.split,
        image.site,
        image.side,
        image.view,
        image.vendor,
        image.imported_at.isoformat(),
        image.waits,
        image.blind,
        image.excluded,
        told and told.label,
        told and told.basis,
        told and "; ".join(told.given_by),
        told and told.predicted,
        told and told.confidence,
        told and told.scores,
        told and told.status,
        told and told.conflict,
        told and told.differs,
    )

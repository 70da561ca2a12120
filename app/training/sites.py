"""Whether the seed set stands for the sites the archive comes from."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image, Patient
from app.db.reading import ReferenceLabel, WorklistItem


def require_mixed_seed(session: Session) -> None:
    """Refuse a seed set of one site, where the development archive is known to come from several.

    Films differ by machine and habit, patients by who is sent where: what the calibration reads
    promise of one site says nothing about another. Films of unknown site may come from anywhere,
    so where the seed set has such, or the archive but one site, nothing is refused.

    Raises:
        errors.Refused: all labelled seed patients come from one of several sites.
    """
    development = select(Image.site).join(Patient).where(Patient.split == "development").distinct()
    labelled = exists().where(ReferenceLabel.image_id == Image.id)
    on_seed = exists().where(WorklistItem.image_id == Image.id, WorklistItem.worklist == "seed")
    seed = set(session.scalars(development.where(labelled, on_seed)))
    if len(seed) != 1 or "" in seed:
        return
    (only,) = seed
    others = set(session.scalars(development)) - {only, ""}
    if others:
        raise errors.Refused(
            f"All labelled seed patients come from one site, and the archive holds films of"
            f" {len(others):,} more: what is true of one site need not be true of another.",
            f"site {only}",
            "Draw more seed patients, so that other sites are among them, and label them first.",
        )

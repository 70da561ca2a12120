"""Which classes are still without a film that a labeler could learn from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient
from app.db.reading import ReferenceLabel
from app.training import rules


def missing_classes(session: Session) -> list[str]:
    """Return the classes a labeler trained now would learn from no film of, in their order."""
    labelled = rules.labelled_for_labeler()
    # One of each class, and a limit: PostgreSQL would join the whole archive for NOT EXISTS.
    seen = (
        select(ReferenceLabel.image_id)
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .where(ReferenceLabel.class_id == LabelClass.id, labelled)
        .limit(1)
        .correlate(LabelClass)
        .scalar_subquery()
    )
    found = select(LabelClass.name).where(seen.is_(None)).order_by(LabelClass.position)
    return list(session.scalars(found))

"""Which classes are still without a film that a labeler could learn from."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient
from app.db.reading import ReferenceLabel
from app.training import rules


def missing_classes(session: Session) -> list[str]:
    """Return the classes a labeler trained now would learn from no film of, in their order."""
    classes = session.execute(select(LabelClass.id, LabelClass.name).order_by(LabelClass.position))
    return [name for class_id, name in classes.all() if not _is_seen(session, class_id)]


def _is_seen(session: Session, class_id: int) -> bool:
    """Whether there is a film of a class that a labeler can learn from.

    Each class is asked for by its value, and one film of it: PostgreSQL knows then which classes
    are rare, and does not join the whole archive.
    """
    seen = (
        select(ReferenceLabel.image_id)
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .where(ReferenceLabel.class_id == class_id, rules.labelled_for_labeler())
        .limit(1)
    )
    return session.scalar(seen) is not None

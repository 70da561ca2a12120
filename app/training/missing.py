"""Which classes are still without a film that a labeler could learn from."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient
from app.db.reading import ReferenceLabel
from app.training import rules


def missing_classes(session: Session) -> list[str]:
    """Return the classes a labeler trained now would learn from no film of, in their order."""
    labelled = rules.labelled_for_labeler()
    seen = exists().where(
        ReferenceLabel.class_id == LabelClass.id,
        ReferenceLabel.image_id == Image.id,
        Image.patient_id == Patient.id,
        labelled,
    )
    found = select(LabelClass.name).where(~seen).order_by(LabelClass.position)
    return list(session.scalars(found))

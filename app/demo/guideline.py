"""A guideline for the generated knees, with examples that its readers have labelled."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.blindness import is_still_to_be_read
from app.db.archive import Image, LabelClass, Patient
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.guideline.rules import Draft, Example, publish

FOR_EVERY_FILM = (
    "Look at the joint space of both compartments, at the margins, and at the bone below the"
    " cartilage.\nRead what the film shows; the report may be about the other knee."
)
OF_CLASSES = {
    "normal": "Even joint space, smooth margins. A doubtful osteophyte alone is normal (grade 1).",
    "abnormal": "A definite osteophyte or a narrowed joint space (grades 2 to 4).",
    "arthroplasty": "Any prosthesis of the knee, partial ones too.",
}
EXAMPLES = 2
LOOKED_AT = 40


def publish_guideline(session: Session, by: User) -> None:
    """Publish a guideline with a few examples of each class, once films have been read.

    Args:
        session: an open unit of work.
        by: the admin.
    """
    rules, examples = {}, []
    for known in session.scalars(select(LabelClass).order_by(LabelClass.position)).all():
        rules[known.id] = OF_CLASSES.get(known.name, "")
        examples += [Example(image, known.id) for image in _read_as(session, known.id)[:EXAMPLES]]
    publish(session, Draft(FOR_EVERY_FILM, rules, examples, "The first version."), 0, by)


def _read_as(session: Session, class_id: int) -> list[int]:
    """Return development images with a label whose reading is over."""
    labelled = (
        select(Image.id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .where(ReferenceLabel.class_id == class_id, Patient.split == "development")
        .order_by(Image.id)
        .limit(LOOKED_AT)
    )
    found = session.scalars(labelled).all()
    return [image for image in found if not session.scalar(select(is_still_to_be_read(image)))]

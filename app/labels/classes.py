"""The label set: its classes, in the order of their number keys."""

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.archive import LabelClass
from app.errors import NotFound
from app.texts import _

CLASS_BY_ID = select(LabelClass.id).where(LabelClass.id == bindparam("id"))


class Class(BaseModel):
    """One class of the label set; `key` is its digit on the keyboard."""

    id: int
    name: str
    key: int


def classes(session: Session) -> list[Class]:
    """Return the label set in the order of its number keys."""
    rows = session.scalars(select(LabelClass).order_by(LabelClass.position))
    return [Class(id=row.id, name=row.name, key=key) for key, row in enumerate(rows, 1)]


def require_class(session: Session, class_id: int | None) -> None:
    """Raise NotFound where the label set has no such class; None names no class at all."""
    if class_id is not None and session.scalar(CLASS_BY_ID, {"id": class_id}) is None:
        raise NotFound(
            _("There is no such class in this project."),
            _("class {number}", number=class_id),
            _("Reload the page."),
        )

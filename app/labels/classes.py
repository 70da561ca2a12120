"""The label set: its classes, in the order of their number keys."""

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.db.archive import LabelClass
from app.errors import Conflict, NotFound
from app.texts import _

CLASS_BY_ID = select(LabelClass.id).where(
    LabelClass.id == bindparam("id"), LabelClass.retired.is_(False)
)
COLOURS = 12
"""How many colours the pages have for classes; a further class begins with the first again."""


class Class(BaseModel):
    """One class of the label set.

    Attributes:
        key: its place, from 1: up to 9 its digit on the keyboard.
        colour: which of the pages' colours, from 1.
        retired: whether readers can give it no more.
    """

    id: int
    name: str
    key: int
    description: str = ""
    colour: int = 1
    retired: bool = False


def classes(session: Session) -> list[Class]:
    """Return the classes that readers can give, in the order of their number keys."""
    return [each for each in every_class(session) if not each.retired]


def every_class(session: Session) -> list[Class]:
    """Return the label set, retired classes too; a retired one keeps its key to itself."""
    rows = session.scalars(select(LabelClass).order_by(LabelClass.position))
    return [
        Class(
            id=row.id,
            name=row.name,
            key=key,
            description=row.description,
            colour=row.colour or 1 + (key - 1) % COLOURS,
            retired=row.retired,
        )
        for key, row in enumerate(rows, 1)
    ]


def require_class(session: Session, class_id: int | None) -> None:
    """Refuse a class that readers cannot give; None names no class at all.

    Raises:
        NotFound: the label set has no such class.
        Conflict: it is retired.
    """
    if class_id is None or session.scalar(CLASS_BY_ID, {"id": class_id}) is not None:
        return
    name = session.scalar(select(LabelClass.name).where(LabelClass.id == class_id))
    if name is None:
        raise NotFound(
            _("There is no such class in this project."),
            _("class {number}", number=class_id),
            _("Reload the page."),
        )
    raise Conflict(
        _("The class {name} is retired and can no longer be chosen.", name=name),
        _("class {number}", number=class_id),
        _("Choose another class, or reload the page to see which there are."),
    )


def of_all(probabilities: Sequence[float], classes: int) -> list[float]:
    """Return probabilities that were kept before a class was added, with a zero for each such.

    A class is always added behind the others.

    Args:
        probabilities: of the first classes, in their order.
        classes: how many there are now.
    """
    return [*probabilities, *[0.0] * (classes - len(probabilities))]

"""Setting up the label set, and changing it later without harm to what was read or learned.

Models know classes by their names, and pseudo-labels hold probabilities in the order of the
classes. So names and order are free until something has learned them; after that a class is added
behind the others or retired.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import audit
from app.db.archive import Image, LabelClass
from app.db.clock import moment
from app.db.learning import ModelVersion, Run
from app.db.people import User
from app.errors import Conflict, NotFound, Refused
from app.labels.classes import COLOURS, classes
from app.texts import _
from app.unseen_classes import unseen_by
from app.workspace import locked_workspace

LONGEST_NAME = 60
LONGEST_DESCRIPTION = 500
FEWEST, MOST = 2, 60
LEARNING = ("train_labeler", "sweep", "train_classifier", "evaluate")
"""Kinds of run that use the names and the order of the classes."""


@dataclass(frozen=True)
class Freedom:
    """What of the label set can still be changed.

    Attributes:
        names: names and order: nothing has learned them, and no import or training is under way.
        remove: whether a class can be taken out: there is no film yet.
    """

    names: bool
    remove: bool


@dataclass(frozen=True)
class Unaware:
    """A model that is in use and knows some classes not.

    Attributes:
        role: of the model version.
        version: its number.
        classes: the names it does not know.
    """

    role: str
    version: int
    classes: list[str]


def freedom(session: Session) -> Freedom:
    """Return what can still be changed."""
    active = Run.status.in_(("queued", "running"))
    learned = session.scalar(select(Run.id).where(or_(active, Run.kind.in_(LEARNING))).limit(1))
    film = session.scalar(select(Image.id).limit(1))
    return Freedom(names=learned is None, remove=learned is None and film is None)


def unaware(session: Session) -> list[Unaware]:
    """Return which of the newest labeler and classifier know some of the classes not."""
    offered = select(LabelClass).where(LabelClass.retired.is_(False)).order_by(LabelClass.position)
    rows = session.scalars(offered).all()
    found = []
    for role in ("labeler", "final"):
        newest = select(ModelVersion).where(ModelVersion.role == role)
        version = session.scalar(newest.order_by(ModelVersion.id.desc()).limit(1))
        if version is None:
            continue
        unseen = unseen_by(version)
        names = [
            row.name
            for row in rows
            if row.name in unseen or (row.added_at and row.added_at > version.created_at)
        ]
        if names:
            found.append(Unaware(role, version.id, names))
    return found


def set_up(session: Session, names: Sequence[str], by: User) -> None:
    """Make the label set of a workspace that has none.

    Args:
        names: in the order of the number keys; empty lines are passed over.
        by: the admin who asks.

    Raises:
        Conflict: there are classes already, or an import is about to make them.
        Refused: there are too few or too many, or a name is not usable.
    """
    locked_workspace(session)
    if session.scalar(select(LabelClass.id).limit(1)) is not None:
        raise Conflict(
            _("This workspace has its classes already."), "names", _("Change them one by one.")
        )
    if not freedom(session).names:
        raise Conflict(
            _("A run that makes or uses the classes is in progress."),
            "names",
            _("Wait until it has ended."),
        )
    wanted = [usable for name in names if (usable := " ".join(name.split()))]
    if not FEWEST <= len(wanted) <= MOST:
        raise Refused(
            _("Set up between {least} and {most} classes.", least=FEWEST, most=MOST),
            "names",
            _("Write one class on each line."),
        )
    for place, name in enumerate(wanted, 1):
        _require_usable(name, wanted[: place - 1])
        session.add(LabelClass(name=name, position=place))
    session.flush()
    audit.record(session, by, "set up classes", "label set", names=wanted)


def add(session: Session, name: str, by: User) -> LabelClass:
    """Add a class behind the others.

    Raises:
        Refused: the name is not usable, or there are too many.
    """
    locked_workspace(session)
    name, known = " ".join(name.split()), _rows(session)
    _require_usable(name, [each.name for each in known])
    if len(known) >= MOST:
        raise Refused(
            _("There are already {number} classes, which is the maximum.", number=MOST), "name", ""
        )
    last = max((each.position for each in known), default=0)
    added = LabelClass(name=name, position=last + 1)
    if session.scalar(select(Image.id).limit(1)) is not None:
        added.added_at = moment(session)
    session.add(added)
    session.flush()
    audit.record(session, by, "add class", f"class {added.id}", name=name)
    return added


def change(
    session: Session, class_id: int, name: str, description: str, colour: int, by: User
) -> None:
    """Change what a class is called, what is meant by it, and its colour.

    Args:
        name: another only while nothing has learned it.
        description: for readers; may be empty.
        colour: one of the pages' colours, from 1; 0: the one of its place.

    Raises:
        NotFound: there is no such class.
        Refused: the name is not usable.
        Conflict: the name has been learned.
    """
    locked_workspace(session)
    row, name = _row(session, class_id), " ".join(name.split())
    if name != row.name:
        if not freedom(session).names:
            raise Conflict(
                _("The name {name} cannot be changed: models or runs use it.", name=row.name),
                "name",
                _("Retire the class, and add another with the new name."),
            )
        _require_usable(name, [each.name for each in _rows(session) if each is not row])
    row.name, row.description = name, description.strip()[:LONGEST_DESCRIPTION]
    row.colour = min(max(colour, 0), COLOURS)
    session.flush()
    audit.record(session, by, "change class", f"class {class_id}", name=name)


def move_up(session: Session, class_id: int, by: User) -> None:
    """Let a class change places, and so keys, with the one before it; the first stays.

    Raises:
        NotFound: there is no such class.
        Conflict: the order has been learned.
    """
    locked_workspace(session)
    row = _row(session, class_id)
    if not freedom(session).names:
        raise Conflict(
            _("The order of the classes cannot be changed: models or runs use it."), "order", ""
        )
    before = select(LabelClass).where(LabelClass.position < row.position)
    other = session.scalar(before.order_by(LabelClass.position.desc()).limit(1))
    if other is None:
        return
    mine, theirs = row.position, other.position
    # By way of a place that nobody has: no two rows may have one place even for a moment.
    for one, place in ((row, -1), (other, mine), (row, theirs)):
        one.position = place
        session.flush()
    audit.record(session, by, "move class", f"class {class_id}", place=theirs)


def remove(session: Session, class_id: int, by: User) -> None:
    """Take a class out of the label set of a workspace without films.

    Raises:
        NotFound: there is no such class.
        Conflict: there are films, or a run is under way.
        Refused: too few would be left.
    """
    locked_workspace(session)
    row = _row(session, class_id)
    if not freedom(session).remove:
        raise Conflict(
            _("The class {name} cannot be removed: there are films.", name=row.name),
            _("class {number}", number=class_id),
            _("Retire it instead."),
        )
    _require_enough(session, row)
    session.delete(row)
    session.flush()
    audit.record(session, by, "remove class", f"class {class_id}", name=row.name)


def offer(session: Session, class_id: int, offered: bool, by: User) -> None:
    """Retire a class, or let readers give it again; what is labelled with it stays so.

    Raises:
        NotFound: there is no such class.
        Refused: too few would be left.
    """
    locked_workspace(session)
    row = _row(session, class_id)
    if not offered:
        _require_enough(session, row)
    row.retired = not offered
    session.flush()
    audit.record(session, by, "offer class" if offered else "retire class", f"class {class_id}")


def _rows(session: Session) -> Sequence[LabelClass]:
    return session.scalars(select(LabelClass).order_by(LabelClass.position)).all()


def _row(session: Session, class_id: int) -> LabelClass:
    row = session.get(LabelClass, class_id)
    if row is None:
        raise NotFound(
            _("There is no such class in this project."),
            _("class {number}", number=class_id),
            _("Reload the page."),
        )
    return row


def _require_enough(session: Session, going: LabelClass) -> None:
    left = [each for each in classes(session) if each.id != going.id]
    if len(left) < FEWEST:
        raise Refused(
            _("A workspace needs at least {number} classes.", number=FEWEST),
            _("class {number}", number=going.id),
            _("Add another class first."),
        )


def _require_usable(name: str, others: Sequence[str]) -> None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(
            _("A class needs a name of {number} letters at most.", number=LONGEST_NAME),
            "name",
            _("Enter a name."),
        )
    if name.casefold() in {each.casefold() for each in others}:
        raise Refused(
            _("Two classes are named {name}.", name=name),
            "name",
            _("Choose another name."),
        )

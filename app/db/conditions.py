"""Which annotations count, which images count, and whose a worklist is.

A read stands until its reader withdraws it.

An independent read counts in comparisons for longer. Once all independent reads of an image are
made, none of them can be taken out of the comparison any more: whoever could, after having learned
what the others said, would choose what is compared. What its reader changes later is marked `late`.
"""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from app.db.exclusion import ExcludedImage
from app.db.named_lists import NamedList, NamedListReader
from app.db.people import User
from app.db.reading import Annotation, Assignee
from app.db.tables import written

_READ = aliased(Annotation)
_EXCLUDED = aliased(ExcludedImage)


@cache
def says(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation says something of its image, withdrawn or not."""
    return or_(annotation.class_id.is_not(None), annotation.unusable)


@cache
def stands(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation is a read nobody has withdrawn.

    A row with neither a class nor `unusable` withdraws another. Asking for `withdraws_id IS NULL`
    would say the same, but SQLite takes its unique index for one row and walks through all reads.
    """
    withdrawal = aliased(Annotation)
    withdrawn = exists().where(withdrawal.withdraws_id == annotation.id)
    return and_(says(annotation), ~withdrawn)


@cache
def counts(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation is the read its reader is compared by.

    It was made before all independent reads of the image were, and not withdrawn before.
    """
    withdrawal = aliased(Annotation)
    in_time = withdrawal.late.is_(False)
    withdrawn = exists().where(withdrawal.withdraws_id == annotation.id, in_time)
    return and_(says(annotation), annotation.late.is_(False), ~withdrawn)


def is_open_to(worklist: str, reader: Any) -> ColumnElement[bool]:
    """Return the condition that a worklist is a person's to read.

    It is assigned to this person, or to nobody who may log in.

    Args:
        worklist: as the tables call it.
        reader: a column, or a value, of people's ids.
    """
    assignee, person = aliased(Assignee), aliased(User)
    listed = assignee.worklist == written(worklist)
    own = exists().where(listed, assignee.reader_id == reader).correlate_except(assignee)
    somebody = listed, assignee.reader_id == person.id, person.active
    anybodys = exists().where(*somebody).correlate_except(assignee, person)
    return or_(own, ~anybodys)


def is_of_others(named_list: Any, reader: Any) -> ColumnElement[bool]:
    """Return the condition that a named list is others' to read.

    It has not ended, and is assigned to people who may log in and read the seed set, of which it is
    a part, but not to this person.

    Args:
        named_list: a column, or a value, of ids; None is no list.
        reader: a column, or a value, of people's ids.
    """
    named, assignee, person = aliased(NamedList), aliased(NamedListReader), aliased(User)
    assigned = assignee.named_list_id == named.id
    own = exists().where(assigned, assignee.reader_id == reader).correlate(named)
    somebody = assigned, assignee.reader_id == person.id, person.active
    somebodys = exists().where(*somebody, is_open_to("seed", person.id)).correlate(named)
    standing = named.id == named_list, named.ended_at.is_(None)
    return exists().where(*standing, somebodys, ~own).correlate_except(named)


def unusable(image: Any) -> ColumnElement[bool]:
    """Return the condition that a read stands which says that an image can carry no label.

    Args:
        image: a column, or a value, of image ids.
    """
    own = _READ.image_id == image, _READ.unusable, stands(_READ)
    return exists().where(*own).correlate_except(_READ)


def excluded(image: Any) -> ColumnElement[bool]:
    """Return the condition that an admin has excluded an image, for now or for good.

    The one rule of it: such an image waits on no list, carries no label, and is in no training,
    sweep or evaluation that begins later. What was said of it is kept.

    Args:
        image: a column, or a value, of image ids.
    """
    return exists().where(_EXCLUDED.image_id == image).correlate_except(_EXCLUDED)


def may_be_labelled(image: Any) -> ColumnElement[bool]:
    """Return the condition that an image may get a label: it can carry one and is not excluded.

    Two conditions that both hold, since PostgreSQL makes no anti-join of what is joined by OR.

    Args:
        image: a column, or a value, of image ids.
    """
    return and_(~unusable(image), ~excluded(image))

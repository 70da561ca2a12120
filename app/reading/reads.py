"""Which annotations count: a read stands until its reader withdraws it."""

from functools import cache

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from app.db.reading import Annotation


@cache
def stands(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation is a read nobody has withdrawn.

    A row with neither a class nor `unusable` withdraws another. Asking for `withdraws_id IS NULL`
    would say the same, but SQLite takes its unique index for one row and walks through all reads.
    """
    withdrawal = aliased(Annotation)
    withdrawn = exists().where(withdrawal.withdraws_id == annotation.id)
    return and_(or_(annotation.class_id.is_not(None), annotation.unusable), ~withdrawn)

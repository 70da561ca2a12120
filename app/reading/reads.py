"""Which annotations count: a read stands until its reader withdraws it."""

from functools import cache

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased

from app.db.reading import Annotation


@cache
def stands(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation is a read nobody has withdrawn."""
    withdrawal = aliased(Annotation)
    withdrawn = exists().where(withdrawal.withdraws_id == annotation.id)
    return and_(annotation.withdraws_id.is_(None), ~withdrawn)

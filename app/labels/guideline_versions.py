"""By which version of the guideline an image was read."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session

from app.db.guideline import Guideline


def version_at(moment: ColumnElement[datetime]) -> ScalarSelect[Any]:
    """Return the query of the version that held at a moment, null where none was published."""
    held = select(func.max(Guideline.version)).where(Guideline.at <= moment)
    return held.scalar_subquery()


def newest_version(session: Session) -> int:
    """Return the number of the version that holds now, 0 where none was published."""
    return session.scalar(select(func.coalesce(func.max(Guideline.version), 0))) or 0

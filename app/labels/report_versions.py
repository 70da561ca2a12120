"""On which version of its study's report an image was labelled."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Report, Study
from app.db.conditions import stands
from app.db.reading import Annotation


def version_at(image_id: ColumnElement[int], moment: ColumnElement[datetime]) -> ScalarSelect[Any]:
    """Return the query of the version that was the newest at a moment, 0 where there was none."""
    came = select(func.coalesce(func.max(Report.version), 0))
    came = came.join(Image, Image.study_id == Report.study_id)
    return came.where(Image.id == image_id, Report.at <= moment).scalar_subquery()


def newest(session: Session, image_ids: Collection[int]) -> dict[int, int]:
    """Return the newest version for each of some images, 0 where there is none."""
    rows = select(Image.id, Study.report_version).join(Study, Study.id == Image.study_id)
    return dict(session.execute(rows.where(Image.id.in_(image_ids))).all())


def is_earlier(made_on: int | None, newest: int) -> bool:
    """Whether something was made on a report that has been corrected since.

    What was made without a report, or before versions were kept, was made on none that is known.
    """
    return bool(made_on) and made_on != newest


def on_earlier_report() -> ColumnElement[bool]:
    """Return the condition that a read that stands was made on a report corrected since."""
    return exists().where(
        Annotation.image_id == Image.id,
        Annotation.class_id.is_not(None),
        stands(Annotation),
        Annotation.report_version > 0,
        Annotation.report_version != Study.report_version,
    )

"""Which reports can be sent now: their decision stands, and their image may be told of."""

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from app.blindness import is_open
from app.db import clock
from app.db.reading import ReferenceLabel
from app.db.write_back import OutgoingReport
from app.outgoing import tries


def is_due(session: Session) -> bool:
    """Whether a report can be sent now."""
    return bool(session.scalar(select(exists().where(*can_go()))))


def is_late(session: Session) -> bool:
    """Whether a report could have been sent for `tries.LATE_SECONDS` while nobody tries any."""
    late = exists().where(*can_go(), OutgoingReport.due_at < clock.after(-tries.LATE_SECONDS))
    other = aliased(OutgoingReport)
    held = exists().where(*tries.is_held(other))
    return bool(session.scalar(select(and_(late, ~held))))


def stands() -> ColumnElement[bool]:
    """Return the condition that a report's decision is still the one on its image."""
    same = ReferenceLabel.image_id == OutgoingReport.image_id
    return exists().where(same, ReferenceLabel.at == OutgoingReport.decided_at)


def can_go() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a report is due and may go."""
    return *tries.is_due(OutgoingReport), *may_go()


def may_go() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a report's decision stands, and that its image may be told of.

    The PACS tells its readers: a report waits while somebody is to read the image, however it came
    to that after the decision. Of two reports on an image the later waits for the earlier.
    """
    other = aliased(OutgoingReport)
    under_way = exists().where(
        other.image_id == OutgoingReport.image_id,
        other.id != OutgoingReport.id,
        *tries.is_held(other),
    )
    return stands(), ~is_open(OutgoingReport.image_id), ~under_way

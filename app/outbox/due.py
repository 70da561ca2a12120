"""What can be sent now: what it says holds, and the PACS may be told of its images.

The PACS tells its readers: nothing goes while somebody is to read one of the images, however it
came to that since.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.blindness import is_open
from app.db.reading import ReferenceLabel
from app.db.write_back import OutgoingReport, OutgoingSelection, SelectedFilm
from app.outgoing import tries


@dataclass(frozen=True)
class Kind:
    """A kind of object that goes to the PACS.

    Attributes:
        name: what the audit log calls a row.
        table: its rows.
        stands: returns the condition that what a row says holds.
        may_go: returns the conditions that it does, and that the PACS may be told.
        taken_back: returns the condition that the PACS has it, and it holds no more.
    """

    name: str
    table: type[OutgoingReport] | type[OutgoingSelection]
    stands: Callable[[], ColumnElement[bool]]
    may_go: Callable[[], tuple[ColumnElement[bool], ...]]
    taken_back: Callable[[], ColumnElement[bool]]

    def can_go(self) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions that a row is due and may go."""
        return *tries.is_due(self.table), *self.may_go()


def is_due(session: Session) -> bool:
    """Whether something can be sent now."""
    return bool(session.scalar(select(or_(*(exists().where(*kind.can_go()) for kind in KINDS)))))


def is_late(session: Session) -> bool:
    """Whether something could have been sent for `tries.LATE_SECONDS` while nobody tries any."""
    return tries.is_late(session, {kind.table: kind.may_go() for kind in KINDS})


def _decision_stands() -> ColumnElement[bool]:
    """Return the condition that a report's decision is still the one on its image."""
    same = ReferenceLabel.image_id == OutgoingReport.image_id
    return exists().where(same, ReferenceLabel.at == OutgoingReport.decided_at)


def _report_may_go() -> tuple[ColumnElement[bool], ...]:
    """Of two reports on an image the later waits for the earlier."""
    other = aliased(OutgoingReport)
    under_way = exists().where(
        other.image_id == OutgoingReport.image_id,
        other.id != OutgoingReport.id,
        *tries.is_held(other),
    )
    return _decision_stands(), ~is_open(OutgoingReport.image_id), ~under_way


def _decision_taken_back() -> ColumnElement[bool]:
    """Return the condition that a report was sent, the last on its image, which has no label now.

    The PACS still tells its readers of a label that is no more.
    """
    later = aliased(OutgoingReport)
    replaced = exists().where(
        later.image_id == OutgoingReport.image_id,
        later.number > OutgoingReport.number,
        later.status.in_(("waiting", "sent")),
    )
    labelled = exists().where(ReferenceLabel.image_id == OutgoingReport.image_id)
    sent: ColumnElement[bool] = OutgoingReport.status == "sent"
    return sent & ~labelled & ~replaced


def _errors_stand() -> ColumnElement[bool]:
    """Return the condition that all films of a selection are there, with the same labels."""
    same = (
        ReferenceLabel.image_id == SelectedFilm.image_id,
        ReferenceLabel.class_id == SelectedFilm.class_id,
    )
    wrong = select(func.count()).where(SelectedFilm.selection_id == OutgoingSelection.id)
    counted = wrong.where(exists().where(*same)).correlate(OutgoingSelection).scalar_subquery()
    return counted == OutgoingSelection.films


def _selection_may_go() -> tuple[ColumnElement[bool], ...]:
    film = aliased(SelectedFilm)
    to_be_read = exists().where(film.selection_id == OutgoingSelection.id, is_open(film.image_id))
    return _errors_stand(), ~to_be_read


def _errors_taken_back() -> ColumnElement[bool]:
    sent: ColumnElement[bool] = OutgoingSelection.status == "sent"
    return sent & ~_errors_stand()


REPORTS = Kind("report", OutgoingReport, _decision_stands, _report_may_go, _decision_taken_back)
SELECTIONS = Kind(
    "selection", OutgoingSelection, _errors_stand, _selection_may_go, _errors_taken_back
)
KINDS = REPORTS, SELECTIONS

"""Structured reports in somebody's hands: which is taken, and how it is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydicom.dataset import Dataset
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import Image
from app.db.changes import changed
from app.db.write_back import OutgoingReport
from app.outbox.claiming import Claimed, Mailbag, put_back, take
from app.outbox.due import REPORTS
from app.pacs import references
from app.pacs.seal import Seal
from app.write_back.decided import Decided, decided
from app.write_back.structured_report import named, structured_report, uid_of


@dataclass(frozen=True)
class ClaimedReport(Claimed):
    """A report in somebody's hands.

    Attributes:
        image_id: what it is on.
        number: which report on this image.
        uid: its SOP Instance UID; None where no report can be written.
        decided: what it says; None where the film's reference is not known any more.
        earlier: UID of the report that it replaces; None where the PACS can have none.
    """

    image_id: int
    number: int
    uid: str | None
    decided: Decided | None
    earlier: str | None

    def event(self) -> tuple[str, str]:
        """Return what the audit log says when the PACS has it."""
        return "send structured report", f"image {self.image_id}"

    def written(self, seal: Seal, key: bytes) -> Dataset:
        """Return the report.

        Raises:
            errors.Refused: what the film is called in the PACS cannot be read.
        """
        said = self.decided
        if said is None:
            raise errors.Refused("It is not known what the film is called in the PACS.")
        reference = seal.opened(said.source_digest, said.sealed)
        earlier = named(said, reference, key, self.earlier) if self.earlier else None
        return structured_report(said, reference, key, self.number, earlier, self.uid)


def claim(session: Session, bag: Mailbag) -> ClaimedReport | None:
    """Take the report that has been due for the longest, for one try; None where none is."""
    table = OutgoingReport
    asked = table.image_id, table.number, table.uid, table.decided_at
    while (row := take(session, REPORTS, bag, *asked)) is not None:
        if claimed := _claimed(session, bag, row):
            return claimed
        put_back(session, REPORTS, row.id)
    return None


def _claimed(session: Session, bag: Mailbag, row: Any) -> ClaimedReport | None:
    """Return the report of a row that was taken; None where its decision is another by now."""
    table = OutgoingReport
    number, attempts, image_id, which, uid, decided_at = row
    said = next(decided(session, bag.key_name, image_id), None)
    if _is_another(session, said, decided_at, image_id, bag):
        return None
    if said is not None and uid is None:
        uid = uid_of(said, bag.key)
        changed(session, update(table).where(table.id == number).values(uid=uid))
    mine = REPORTS, number, bag.owner, attempts
    earlier = _earlier(session, image_id, which)
    return ClaimedReport(*mine, image_id, which, uid, said, earlier)


def _is_another(
    session: Session, said: Decided | None, at: datetime, image_id: int, bag: Mailbag
) -> bool:
    """Whether somebody decided anew, or was given the image, since the report was found."""
    if said is not None:
        return said.at != at
    film = session.scalar(select(Image.source_digest).where(Image.id == image_id))
    return film is not None and bool(references.kept(session, [film], bag.key_name))


def _earlier(session: Session, image_id: int, number: int) -> str | None:
    """Return the UID of the last report on an image before another that a PACS may have."""
    found = (
        select(OutgoingReport.uid)
        .where(
            OutgoingReport.image_id == image_id,
            OutgoingReport.number < number,
            OutgoingReport.may_be_there,
        )
        .order_by(OutgoingReport.number.desc())
        .limit(1)
    )
    return session.scalar(found)

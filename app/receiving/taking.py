"""Taking a film from whoever sends it: on the disk, then recorded, then counted.

The verdict is the same whichever way it came, by C-STORE or by STOW-RS.
"""

import logging

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app import errors, formats
from app.db.engine import Database, read_only
from app.imaging import pseudonyms
from app.receiving import rules, tallies
from app.receiving.place import Place
from app.receiving.tallies import Sender
from app.settings import Settings

log = logging.getLogger(__name__)


class Taker:
    """Takes films for one workspace.

    Args:
        database: migrated.
        settings: with the home folder and the limits.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._most_bytes = settings.dicom_waiting_mb * 2**20
        self.place = Place(settings.home, settings.disk_reserve_mb * 2**20)
        self._key = pseudonyms.load_key(settings.home)

    def take(self, sender: Sender, uid: str, pieces: list[bytes | memoryview]) -> str:
        """Take a film, and count what became of it.

        Args:
            sender: who wants it stored.
            uid: its SOP Instance UID.
            pieces: its file, in order.

        Returns:
            A key of `tallies.WORDS`. The film is on the disk and recorded where it is one of
            `tallies.TAKEN`; else nothing of it is left, and it may be sent again: `room`,
            `trouble`.
        """
        try:
            return self._take(sender, uid, pieces)
        except errors.CondyleError as error:
            log.warning("A film of %s was refused: %s", sender.calling, error.what)
            why = "room"
        except (SQLAlchemyError, OSError) as error:
            log.warning("A film of %s was refused: %s", sender.calling, type(error).__name__)
            why = "trouble"
        self.count(sender, why)
        return why

    def count(self, sender: Sender, what: str) -> None:
        """Count what happened; the page says so. Without a database the log alone does."""
        log.info("%s at %s: %s", sender.calling, sender.address, what)
        try:
            with self._database.begin() as session:
                tallies.count(session, sender, what)
        except SQLAlchemyError as error:
            log.warning("what a sender did was not counted (%s)", type(error).__name__)

    def _take(self, sender: Sender, uid: str, pieces: list[bytes | memoryview]) -> str:
        self._require_room(sum(map(len, pieces)))
        written = self.place.write(pieces)
        try:
            return self._record(rules.Arriving(rules.known_by(uid, self._key), sender, written))
        finally:
            self.place.forget(written)

    def _record(self, film: rules.Arriving) -> str:
        """Record a film for good; of two senders that bring the same one, one waits."""
        try:
            return self._record_once(film)
        except IntegrityError:
            return self._record_once(film)

    def _record_once(self, film: rules.Arriving) -> str:
        with self._database.begin() as session:
            taken = rules.take(session, film, self.place)
            tallies.count(session, film.sender, taken)
        return taken

    def _require_room(self, size: int) -> None:
        with read_only(self._database) as session:
            kept = rules.kept_bytes(session)
        if kept + size > self._most_bytes:
            mebibytes = formats.count(kept // 2**20)
            raise errors.Refused(
                f"{mebibytes} MiB of films wait, and more may not.",
                "CONDYLE_DICOM_WAITING_MB",
                "Import what waits, and what was put aside let in or remove.",
            )

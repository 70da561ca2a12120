"""One study of a pull after the other: which of its films are taken, fetched, compared, stored."""

from collections.abc import Set
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from app import errors, formats
from app.pacs.header import Header, NoFilm, header_of
from app.pulling import pulls, tallies
from app.pulling.instances import Instance, instances_of
from app.pulling.line import Line, Trouble
from app.pulling.multipart import ACCEPT, film_of
from app.pulling.searching import STUDY_UID, search
from app.pulling.wanted import Wanted
from app.receiving import importing, rules
from app.receiving import tallies as senders
from app.receiving.encodings import beginning_of
from app.receiving.place import Place
from app.receiving.tallies import Sender
from app.runs.pull_parameters import PullParameters
from worker.patience import Pace
from worker.progress import Running

TITLE = "DICOMWEB"
"""What stands for the AE title of a sender: nobody has sent these films, they were fetched."""
ROOM_SECONDS = 5.0
"""After which it is looked again whether an import has made room."""


@dataclass
class Films:
    """Takes the films of studies, from any thread.

    Attributes:
        running: the pull.
        line: to the PACS.
        pace: that it is asked at.
        wanted: which films are.
        place: where films wait for their import.
        key: the installation's, of hashes.
        done: what is settled of the window that is under way.
    """

    running: Running[PullParameters]
    line: Line
    pace: Pace
    wanted: Wanted
    place: Place
    key: bytes
    done: Set[str] = field(default_factory=frozenset)

    def take_study(self, uid: str, patients: Set[str]) -> None:
        """Take what is asked for of a study, unless that is done.

        Args:
            uid: its Study Instance UID.
            patients: the patient IDs that it was listed under.

        Raises:
            NotReached: the PACS is gone.
            errors.Refused: there is no room.
        """
        name = rules.known_by(f"study {uid}", self.key)
        if name in self.done:
            return
        outcomes: dict[str, str] = {}
        outcomes[name] = self._study(uid, patients, outcomes)
        with self.running.transaction() as session:
            for each, what in outcomes.items():
                pulls.write_step(session, self.running.run_id, each, what)

    def _study(self, uid: str, patients: Set[str], outcomes: dict[str, str]) -> str:
        """Take the films of a study.

        Args:
            uid: its Study Instance UID.
            patients: as for `take_study`.
            outcomes: is given what became of objects of which nothing is stored.

        Returns:
            What became of the study, a key of `tallies.STUDIES`.
        """
        if len(patients) > 1:
            return "two_patients"
        try:
            objects = self.pace.patiently(lambda: instances_of(self.line, uid))
        except Trouble as trouble:
            return self._why_gone(uid) if trouble.fault == "not_there" else "study_failed"
        of = {each.patient for each in objects}
        if len(of) > 1:
            return "two_patients"
        if any(_differ(listed, told) for listed in patients for told in of):
            return "another_patient"
        for each in objects:
            name = rules.known_by(each.uid, self.key)
            what = "" if name in self.done else self._object(uid, each, name)
            if what:
                outcomes[name] = what
        return "looked_through"

    def _why_gone(self, uid: str) -> str:
        """Say why the objects of a study that was listed are not there.

        A study with two patient IDs is listed twice by some, and not handed out.
        """
        try:
            listed = self.pace.patiently(lambda: search(self.line, {STUDY_UID: uid}))
        except Trouble:
            return "study_gone"
        patients = {entry.patient for entry in listed if entry.uid == uid}
        return "two_patients" if len(patients) > 1 else "study_gone"

    def _object(self, study: str, told: Instance, name: str) -> str:
        """Take an object if it is a film that is asked for.

        Args:
            study: that was asked for.
            told: the object.
            name: what it is known by.

        Returns:
            Why it is not taken, a key of `tallies.FILMS`; "" where it was stored and counted.
        """
        why = "another" if told.study != study else self.wanted.why_not(told)
        if why or self._is_here(name):
            return why or "here"
        try:
            file, header = self._fetched(told)
        except Trouble as trouble:
            return tallies.OF_TROUBLE.get(trouble.fault, "film_failed")
        except NoFilm:
            return "no_dicom"
        if not _is_that(header, told):
            return "another"
        self._store(name, file, header)
        return ""

    def _fetched(self, told: Instance) -> tuple[bytes, Header]:
        largest = self.running.settings.dicom_film_mb * 2**20

        def ask() -> bytes:
            return film_of(self.line.get(told.path, ACCEPT, largest))

        file = self.pace.patiently(ask)
        return file, header_of(file)

    def _store(self, name: str, file: bytes, header: Header) -> None:
        """Let a film wait for its import, as the receiver does: on the disk, then recorded.

        Its meta information is written anew, so that the same film is the same file however it
        came.
        """
        self._wait_for_room(len(file))
        begins = beginning_of(header.sop_class, header.instance, header.syntax)
        written = self.place.write([begins, memoryview(file)[header.begins :]])
        sender = Sender(TITLE, TITLE, self.line.peer.server.host)
        film = rules.Arriving(name, sender, written)
        try:
            for last in (False, True):
                try:
                    return self._record(film)
                except IntegrityError:  # another study, or a sender, was bringing the same film
                    if last:
                        raise
        finally:
            self.place.forget(written)

    def _record(self, film: rules.Arriving) -> None:
        with self.running.transaction() as session:
            taken = rules.take(session, film, self.place)
            senders.count(session, film.sender, taken)
            pulls.write_step(session, self.running.run_id, film.uid, tallies.OF_TAKEN[taken])

    def _is_here(self, name: str) -> bool:
        with self.running.reading() as session:
            return rules.is_known(session, name, self.place)

    def _wait_for_room(self, size: int) -> None:
        """Wait for an import to make room.

        Raises:
            errors.Refused: none is under way, and none starts by itself.
        """
        most = self.running.settings.dicom_waiting_mb * 2**20
        while True:
            with self.running.reading() as session:
                kept = rules.kept_bytes(session)
                moving = importing.active(session) is not None or (
                    rules.imported_by_themselves(session) and importing.stopped_by(session) is None
                )
            if kept + size <= most:
                return
            if not moving:
                raise errors.Refused(
                    f"{formats.count(kept // 2**20)} MiB of films wait, and more may not.",
                    "CONDYLE_DICOM_WAITING_MB",
                    "Import what waits on the page Arrived films, or have films be imported as "
                    "they arrive; then run this again: what is here is not fetched twice.",
                )
            self.pace.sleep(ROOM_SECONDS)


def _differ(listed: str, told: str) -> bool:
    """Whether two patient IDs are of two people; letters that are lost on the way prove nothing."""
    known = bool(listed and told) and listed.isascii() and told.isascii()
    return known and listed.strip() != told.strip()


def _is_that(header: Header, told: Instance) -> bool:
    """Whether a file is the object that was asked for, and of the same patient."""
    same = (header.study, header.instance, header.sop_class)
    right = same == (told.study, told.uid, told.sop_class)
    return right and not _differ(header.patient, told.patient)

"""From decoded files to registered films, in the order in which the files of an import were found.

Whoever has decoded something registers what comes next, and all that follows it and is decoded.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app import errors
from app.imaging.decoding import Decoder
from app.imports import decoded, files, held, identities, rules
from app.imports.arrival import Arrival
from app.imports.decoded import Batch, DecodedFile
from app.imports.files import Problem
from app.imports.listed_again import require_agreement
from app.imports.manifest import Row
from app.imports.persons import Claim
from app.pacs import references
from app.runs.parameters import ImportParameters
from worker.arrivals import NO_ROW, arrivals_of, film_of, show_the_same
from worker.import_list import ImportList, Listed
from worker.progress import Running

Pair = tuple[str, str]
"""Digests of two stored films that have one name."""


class _MustCompare(Exception):
    """Films have the names of others: whether they are the same has to be seen first."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        super().__init__()
        self.pairs = pairs


class Registrar:
    """Registers the files of one import.

    Args:
        running: the import, or a part of it, in whose transactions it registers.
        listed: the files of the import.
        decoder: compares films that have one name.
        key: the installation's.
    """

    def __init__(
        self,
        running: Running[ImportParameters],
        listed: ImportList,
        decoder: Decoder,
        key: bytes,
    ) -> None:
        self._running = running
        self._list = listed
        self._decoder = decoder
        self._key = key
        self._size = listed.about().size

    def register_ready(self) -> None:
        """Register what is decoded and comes next, until nothing is."""
        while True:
            with self._running.reading() as session:
                batch = decoded.next_batch(session, self._running.run_id)
            if batch is None:
                return
            self._register(batch)

    def _register(self, batch: Batch) -> None:
        """Register a batch in one transaction, unless somebody else has done so meanwhile."""
        part, place = divmod(batch.first, self._size)
        listed = self._list.part(part + 1)[place : place + len(batch.files)]
        compared: dict[Pair, bool] = {}
        while True:
            try:
                with self._running.transaction() as session:
                    if decoded.take(session, self._running.run_id, batch):
                        work = _Registering(session, self._running.run_id, self._key, compared)
                        work.register(listed, batch.files)
                return
            except _MustCompare as names:
                store = self._running.store
                for pair in names.pairs:
                    compared[pair] = show_the_same(self._decoder, store, *pair)


class _Registering:
    """The registering of one batch in one transaction."""

    def __init__(
        self, session: Session, run_id: int, key: bytes, compared: dict[Pair, bool]
    ) -> None:
        self._session = session
        self._run = run_id
        self._key = key
        self._compared = compared
        self._pairs: list[Pair] = []
        self._there = 0
        self._put_aside = 0
        self._reasons: Counter[str] = Counter()

    def register(self, listed: Sequence[Listed], files_: Sequence[DecodedFile]) -> None:
        """Register films, put aside what cannot be, and count both.

        Raises:
            _MustCompare: some have the names of other films; nothing may be written before it is
                known whether they are the same.
        """
        self._find_again(listed, files_)
        for each, file in zip(listed, files_, strict=True):
            self._file(each, file)
        if self._pairs:
            raise _MustCompare(self._pairs)
        decoded.count(self._session, self._run, self._there, self._put_aside, self._reasons)

    def _find_again(self, listed: Sequence[Listed], files_: Sequence[DecodedFile]) -> None:
        """Take off the quarantine what could not be found or opened before, and can be now."""
        found = {
            files.digest_of_name(each.source.name)
            for each, file in zip(listed, files_, strict=True)
            if file.digest
        }
        rules.dismiss_earlier(self._session, self._run, found)

    def _file(self, listed: Listed, file: DecodedFile) -> None:
        name, digest = listed.source.name, file.digest
        if not digest:
            self._quarantine(files.unreadable(name))
        elif rules.known_digests(self._session, self._run, [digest]):
            self._see_again(listed, file)
        elif file.refused is not None:
            reason = decoded.reason_of(file.refused)
            self._quarantine(Problem(name, digest, reason, film_of(listed, self._key)))
        elif file.film is not None:
            self._film(listed, file)
        else:  # a person has taken what was known of it away meanwhile
            self._put_aside += 1

    def _film(self, listed: Listed, file: DecodedFile) -> None:
        film, digest = file.film, file.digest
        assert film is not None
        arrivals = [self._knowing(each) for each in arrivals_of(listed, digest, film)]
        try:
            with self._session.begin_nested():
                if film.doubts:
                    places = film.places
                    held.hold(self._session, self._run, arrivals, film.doubts, places, self._key)
                else:
                    for arrival in arrivals:
                        rules.register(self._session, self._run, arrival, self._key)
                self._refer(file)
            rules.dismiss_film(self._session, digest, film_of(listed, self._key))
            self._there += 1
        except rules.Namesakes as found:
            self._pairs.append((film.stored_digest, found.stored_digest))
        except errors.Refused as reason:
            self._quarantine(Problem(listed.source.name, digest, reason))

    def _knowing(self, arrival: Arrival) -> Arrival:
        """Return what arrives with what is known of films that have its name."""
        known = {
            other: same
            for (own, other), same in self._compared.items()
            if own == arrival.stored_digest
        }
        return replace(arrival, compared=known)

    def _refer(self, file: DecodedFile) -> None:
        """Keep what a film is called in the PACS; of two of one name, only that of the image."""
        if file.reference is not None:
            references.put(self._session, file.digest, *file.reference)

    def _see_again(self, listed: Listed, file: DecodedFile) -> None:
        """Take what is said of a file that was imported, or kept out, before or a moment ago."""
        source, digest, one = listed.source, file.digest, {file.digest}
        registered = bool(rules.registered(self._session, one))
        if not registered and not held.known(self._session, one):
            self._put_aside += 1
            return
        claim, row = self._told(listed, digest)
        name = files.digest_of_name(f"{digest}\0{source.name}")
        see_again = rules.see_again if registered else held.see_again
        try:
            with self._session.begin_nested():
                if registered:
                    require_agreement(self._session, digest, source)
                see_again(self._session, self._run, digest, claim, row, self._key)
            self._refer(file)
            rules.dismiss(self._session, name)
            self._there += 1
        except errors.Refused as reason:
            self._quarantine(Problem(source.name, name, reason))

    def _told(self, listed: Listed, digest: str) -> tuple[Claim | None, Row]:
        """Return whose a file that is registered is said to be, and what a manifest says of it.

        What a file without a manifest says itself counts only where little is known of its patient:
        it may have come before sites were kept.
        """
        identity = listed.identity
        if listed.source.row is not None:
            return listed.claim, listed.source.row
        if identity is None or not identities.barely_known(self._session, {digest}):
            return None, NO_ROW
        return listed.claim, replace(NO_ROW, site=identity.site)

    def _quarantine(self, problem: Problem) -> None:
        rules.quarantine(self._session, self._run, problem)
        self._reasons[problem.reason.what] += 1
        self._put_aside += 1

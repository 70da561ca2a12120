"""The import: from files as they came to registered films, in batches, resumable at any file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from app import errors
from app.imaging import pseudonyms
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Decoded, Identity
from app.imaging.storage import require_room
from app.imports import files, held, identities, rules
from app.imports.arrival import Arrival
from app.imports.files import Problem, Search, Source
from app.imports.listed_again import join_copies, require_agreement
from app.imports.manifest import Row
from app.imports.persons import Claim
from app.imports.report_table import read_reports
from app.imports.unlisted import count_unlisted
from app.imports.zips import Unpacker
from app.knees import views
from app.runs.parameters import ImportParameters
from app.runs.results import ImportResult
from worker.arrivals import NO_ROW, Taken, compared, described, film_of, give_pseudonyms, stored
from worker.fill_reports import fill_reports
from worker.find_text import TextFinder
from worker.import_result import result
from worker.knees import arrival_of_knee, find_knees
from worker.look_ahead import look_ahead
from worker.people import People
from worker.progress import Running
from worker.split_patients import Splits

BATCH = 50


def execute(running: Running[ImportParameters]) -> ImportResult:
    """Import files, folders and zips.

    Files that are registered already are passed over, so a run that was killed goes on where it
    was. Nothing is registered before paths, manifest, patients and split are known.

    Args:
        running: the import.

    Returns:
        What became of the files.

    Raises:
        errors.Refused: a path, manifest, report table or split cannot be used; the disk is full.
    """
    wanted = running.parameters
    running.store.sweep()
    pseudonyms.require_one_key(running.store, running.settings.home)
    with running.reading() as session:
        classes = rules.known_classes(session)
        both_knees = views.BothKneesViews(views.every(session))
    if not classes:
        with running.transaction() as session:
            classes = rules.ensure_classes(session)
    manifest, table = (Path(t) if t else None for t in (wanted.manifest, wanted.reports))
    reports = read_reports(table, running.check) if table else []
    running.report(0, 0, "Looking for files")
    search = Search(
        classes,
        Unpacker(running.folder / "unpacked", running.settings, running.check),
        no_films={table} if table else set(),
        keep=wanted.keep_columns,
        pseudonymous=wanted.pseudonyms,
    )
    search.look([Path(path) for path in wanted.paths], manifest)
    running.log(f"{len(search.sources):,} files found.")
    if search.dropped:
        running.log(f"Columns that are not kept: {', '.join(sorted(search.dropped))}.")
    if wanted.pseudonyms:
        give_pseudonyms(search, pseudonyms.load_key(running.settings.home))
    search.sources = join_copies(search.sources, running.check)
    finder = TextFinder(running.settings.threads) if wanted.find_text else None
    with Decoder(running.settings) as decoder:
        people = People.gathered(running, search.sources, decoder)
        look_ahead(running, classes, people)
        splits = Splits.drawn(running, people)
        work = _Import(running, decoder, people, splits, both_knees, finder)
        work.carry_out(search)
    told = fill_reports(running, table.name if table else "", reports)
    not_listed = count_unlisted(search.listed_folders, search.sources)
    return result(running, work.there, work.put_aside, not_listed, told)


class _Import:
    """One pass over the files; what cannot be imported is put aside with the reason.

    Attributes:
        there: how many files are registered, now or before.
        put_aside: how many are not, each with its reason in the quarantine.
    """

    def __init__(
        self,
        running: Running[ImportParameters],
        decoder: Decoder,
        people: People,
        splits: Splits,
        both_knees: views.BothKneesViews,
        finder: TextFinder | None,
    ) -> None:
        self._running = running
        self._decoder = decoder
        self._people = people
        self._splits = splits
        self._both_knees = both_knees
        self._finder = finder
        self._key = pseudonyms.load_key(running.settings.home)
        self._reasons: Counter[str] = Counter()
        self.there = 0
        self.put_aside = 0

    def carry_out(self, search: Search) -> None:
        self._register([], search.problems)
        total = len(search.sources)
        for done in range(0, total, BATCH):
            self._running.report(done, total, "Importing")
            self._running.check()
            self._take(search.sources[done : done + BATCH])
        self._running.report(total, total, "Importing")
        for reason, count in self._reasons.most_common():
            self._running.log(f"{count:,} kept out: {reason}")

    def _take(self, batch: Sequence[Source]) -> None:
        problems: list[Problem] = []
        by_digest = self._identified(batch, problems)
        self._found(batch, problems)
        with self._running.reading() as session:
            known = rules.known_digests(session, self._running.run_id, by_digest)
        arrivals: list[Taken] = []
        again: list[tuple[Source, str]] = []
        for digest, copies in by_digest.items():
            first, *others = copies
            if digest in known:
                others = copies
            else:
                try:
                    arrivals.append(self._taken(first, digest))
                except Undecodable as reason:
                    film = film_of(first, self._identity(first), self._key)
                    problems.append(Problem(first.name, digest, reason, film))
            again += [(source, digest) for source in others]
        self._register(arrivals, problems)
        self._see_again(again)

    def _identified(
        self, batch: Sequence[Source], problems: list[Problem]
    ) -> dict[str, list[Source]]:
        """Return the files by what they hold: copies are imported once."""
        found: dict[str, list[Source]] = {}
        for source in batch:
            try:
                found.setdefault(files.digest_of(source.path), []).append(source)
            except OSError:
                problems.append(files.unreadable(source.name))
        return found

    def _taken(self, source: Source, digest: str) -> Taken:
        """Decode a film and store its files; the rows that name them come after."""
        film = self._decoder.decode(source.path, with_viewer=self._finder is not None)
        knees = self._arrivals(source, digest, film)
        # Last: it takes longer than all the rest, and a film that is put aside needs none of it.
        places = self._finder.places(film.viewer) if self._finder else []
        doubts = [*film.suspicions, *(["text"] if places else [])]
        return Taken(source, knees, doubts, places, film_of(source, film.identity, self._key))

    def _arrivals(self, source: Source, digest: str, film: Decoded) -> list[Arrival]:
        if source.row is None and film.identity is None:
            raise Undecodable(
                "This image has no patient ID.",
                "",
                "List PNG and JPEG files in a manifest.csv with their patient_id.",
            )
        claim = self._people.of(source, film.identity)
        store = self._running.store
        pieces = (film.model.path, film.viewer.path, film.stored)
        size = sum(path.stat().st_size for path in pieces if path is not None)
        require_room(store.root, size, self._running.settings.disk_reserve_mb * 2**20)
        viewer = stored(store, "viewer", film.viewer)
        kept = store.put(film.stored.read_bytes())
        split = self._splits.of(claim, source.row)
        row = source.row or NO_ROW
        whole = described(film, row, claim, split, digest, kept, [viewer])
        if source.second or self._both_knees.show_both(whole.laterality, whole.view, whole.site):
            knees = find_knees(self._decoder, source.path, film, row, source.second)
            models = [stored(store, "model", knee.file.model) for knee in knees]
            return [
                arrival_of_knee(whole, film.details, knee, model)
                for knee, model in zip(knees, models, strict=True)
            ]
        return [replace(whole, renditions=[stored(store, "model", film.model), viewer])]

    def _found(self, batch: Sequence[Source], problems: Sequence[Problem]) -> None:
        """Take off the quarantine what could not be found or opened before, and can be now."""
        found = {source.name for source in batch} - {problem.name for problem in problems}
        names = {files.digest_of_name(name) for name in found}
        with self._running.transaction() as session:
            rules.dismiss_earlier(session, self._running.run_id, names)

    def _register(self, arrivals: Sequence[Taken], problems: Sequence[Problem]) -> None:
        namesakes: list[tuple[Taken, str]] = []
        with self._running.transaction() as session:
            for taken in arrivals:
                try:
                    digest = taken.knees[0].source_digest
                    self._register_film(session, taken)
                    rules.dismiss_film(session, digest, taken.film)
                    self.there += 1
                except rules.Namesakes as found:
                    namesakes.append((taken, found.stored_digest))
                except errors.Refused as reason:
                    self._quarantine(session, Problem(taken.source.name, digest, reason))
            for problem in problems:
                self._quarantine(session, problem)
        if namesakes:
            known = [compared(self._decoder, self._running.store, *each) for each in namesakes]
            self._register(known, [])

    def _register_film(self, session: Session, taken: Taken) -> None:
        """Register both knees of a film, or the whole film; none where one cannot be.

        A film that may show who it is of is held instead.
        """
        run = self._running.run_id
        with session.begin_nested():
            if taken.doubts:
                held.hold(session, run, taken.knees, taken.doubts, taken.places, self._key)
                return
            for knee in taken.knees:
                rules.register(session, run, knee, self._key)

    def _see_again(self, again: Sequence[tuple[Source, str]]) -> None:
        """Take what is said of files that were imported, or kept out, before or a moment ago."""
        if not again:
            return
        with self._running.reading() as session:
            digests = {digest for _, digest in again}
            registered = rules.registered(session, digests)
            waiting = held.known(session, digests) - registered
            bare = identities.barely_known(session, digests)
        seen = [(source, digest, self._told(source, digest in bare)) for source, digest in again]
        with self._running.transaction() as session:
            for source, digest, (claim, row) in seen:
                if digest not in registered | waiting:
                    self.put_aside += 1
                    continue
                name = files.digest_of_name(f"{digest}\0{source.name}")
                see_again = rules.see_again if digest in registered else held.see_again
                try:
                    with session.begin_nested():
                        if digest in registered:
                            require_agreement(session, digest, source)
                        see_again(session, self._running.run_id, digest, claim, row, self._key)
                    rules.dismiss(session, name)
                    self.there += 1
                except errors.Refused as reason:
                    self._quarantine(session, Problem(source.name, name, reason))

    def _told(self, source: Source, look: bool) -> tuple[Claim | None, Row]:
        """Return whose a file that is registered is said to be, and what a manifest says of it.

        A file without a manifest is looked into only where little is known of its patient: it may
        have come before sites were kept.
        """
        if source.row is not None:
            return self._people.of(source, None), source.row
        identity = self._identity(source) if look else None
        if identity is None:
            return None, NO_ROW
        return self._people.of(source, identity), replace(NO_ROW, site=identity.site)

    def _identity(self, source: Source) -> Identity | None:
        try:
            return self._decoder.identity(source.path) if source.row is None else None
        except Undecodable:
            return None

    def _quarantine(self, session: Session, problem: Problem) -> None:
        rules.quarantine(session, self._running.run_id, problem)
        self._reasons[problem.reason.what] += 1
        self.put_aside += 1

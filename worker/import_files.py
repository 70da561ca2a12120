"""The import, in parts: from files as they came to registered films.

The plan finds the files, and settles whose films they are and which split each patient falls into.
A part is of some of the files, in their order; it decodes them and puts what it has made into the
store. Files are registered in their order by whichever part finds them decoded, so the archive is
the same however many workers there were.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.imaging import pseudonyms
from app.imaging.decoding import Undecodable
from app.imports import decoded, files, remembered_columns, rules
from app.imports.columns import MANIFEST, REPORTS, Columns, TableKind
from app.imports.decoded import Batch, DecodedFile
from app.imports.files import Search
from app.imports.listed_again import join_copies
from app.imports.report_table import read_reports
from app.imports.unlisted import count_unlisted
from app.imports.zips import Unpacker
from app.knees import views
from app.pacs.seal import seal_of
from app.runs.parameters import ImportParameters
from app.runs.parts import Share
from app.runs.results import ImportResult
from worker.arrivals import give_pseudonyms
from worker.decode_files import FileDecoder
from worker.fill_reports import fill_reports
from worker.find_text import TextFinder
from worker.import_list import About, ImportList, Listed
from worker.import_result import result
from worker.look_ahead import look_ahead
from worker.parts import InParts, RunningPart
from worker.people import People
from worker.progress import MOST_ATTEMPTS, Running
from worker.register_files import Registrar
from worker.split_patients import Splits, listed_as
from worker.warm import warm_decoder

BATCH = 20
"""Files decoded, and registered, together: the most a kill can cost."""
PART = 100
"""Files of one part at most: ten seconds or so of a core."""
LEAST_PARTS = 32
"""An import that is not small has so many, so that workers end together."""


def plan(running: Running[ImportParameters]) -> list[Share]:
    """Find the files of an import, and share them out.

    Nothing is decoded before paths, manifest, reports, patients and split are known.

    Raises:
        errors.Refused: a path, manifest, report table or split cannot be used; the disk is full.
    """
    wanted = running.parameters
    running.store.sweep()
    pseudonyms.require_one_key(running.store, running.settings.home)
    seal_of(running.settings)  # refuses a key that is none, before anything is imported
    classes = _classes(running)
    of_reports = _columns(running, REPORTS, wanted.report_columns)
    if wanted.reports:
        read_reports(Path(wanted.reports), running.check, of_reports)
    of_manifest = _columns(running, MANIFEST, wanted.columns)
    if wanted.find_text:
        _finder(running.settings.threads)
    search = _found(running, classes, of_manifest)
    for columns in (of_reports, of_manifest):
        columns.require_used()
    with warm_decoder(running.settings) as decoder:
        people = People.gathered(running, search.sources, decoder)
    look_ahead(running, classes, people)
    splits = Splits.drawn(running, people)
    listed = [listed_as(source, people, splits) for source in search.sources]
    size = min(PART, max(BATCH, -(-len(listed) // LEAST_PARTS)))
    with running.reading() as session:
        pairs = [(row.view, row.site) for row in views.every(session)]
    not_listed = count_unlisted(search.listed_folders, search.sources)
    ImportList(running.folder).write(listed, About(size, pairs, not_listed))
    with running.transaction() as session:
        for problem in search.problems:
            rules.quarantine(session, running.run_id, problem)
        reasons = [problem.reason.what for problem in search.problems]
        decoded.begin(session, running.run_id, reasons)
        remembered_columns.remember(session, of_reports.learned | of_manifest.learned)
    running.report(0, 0, "Importing")
    firsts = range(0, len(listed), size)
    return [Share({"first": first}, min(size, len(listed) - first)) for first in firsts]


def decode(part: RunningPart[ImportParameters]) -> dict[str, Any]:
    """Decode the files of one part, and register what comes next."""
    with _tools(part) as tools:
        listed, done = tools.listed.part(part.number), part.done
        tools.registrar.register_ready()
        while done < part.total:
            part.check()
            if part.attempts >= MOST_ATTEMPTS and done == part.done:
                some = [_given_up(listed[done])]
            else:
                # One at a time where a worker has died: the next death tells by which file.
                step = BATCH if part.attempts == 1 else 1
                some = tools.decoder.decoded(listed[done : done + step])
            _hand_on(part, done, some)
            done += len(some)
            tools.registrar.register_ready()
    return {}


def close(running: Running[ImportParameters]) -> ImportResult:
    """Register what is left, give studies their reports and count what became of the files."""
    wanted = running.parameters
    with _tools(running) as tools:
        tools.registrar.register_ready()
    with running.reading() as session:
        tally = decoded.tally_of(session, running.run_id)
    for reason, count in sorted(tally.reasons.items(), key=lambda row: (-row[1], row[0])):
        running.log(f"{count:,} kept out: {reason}")
    table = Path(wanted.reports) if wanted.reports else None
    columns = _columns(running, REPORTS, wanted.report_columns)
    reports = read_reports(table, running.check, columns) if table else []
    told = fill_reports(running, table.name if table else "", reports)
    not_listed = tools.listed.about().not_listed
    return result(running, tally.there, tally.put_aside, not_listed, told)


IN_PARTS = InParts("import/1", "decode", plan, decode, close)


def _classes(running: Running[Any]) -> list[str]:
    with running.reading() as session:
        classes = rules.known_classes(session)
    if not classes:
        with running.transaction() as session:
            classes = rules.ensure_classes(session)
    return classes


def _columns(running: Running[Any], kind: TableKind, entries: Sequence[str]) -> Columns:
    """Return which columns of tables of a kind are which: as it was said now, or before."""

    def remembered(key: str) -> list[str]:
        with running.reading() as session:
            return remembered_columns.recalled(session, key)

    return Columns(kind, entries, remembered)


def _found(running: Running[ImportParameters], classes: Sequence[str], columns: Columns) -> Search:
    """Look for the files of an import, and say in its log what was found."""
    wanted = running.parameters
    running.report(0, 0, "Looking for files")
    search = Search(
        classes,
        Unpacker(running.folder / "unpacked", running.settings, running.check),
        no_films={Path(wanted.reports)} if wanted.reports else set(),
        keep=wanted.keep_columns,
        pseudonymous=wanted.pseudonyms,
        columns=columns,
    )
    manifest = Path(wanted.manifest) if wanted.manifest else None
    search.look([Path(path) for path in wanted.paths], manifest)
    running.log(f"{len(search.sources):,} files found.")
    if columns.recalled:
        running.log("The manifest's columns are read as the last time its headers were imported.")
    for note in search.notes:
        running.log(note)
    if search.dropped:
        running.log(f"Columns that are not kept: {', '.join(sorted(search.dropped))}.")
    if wanted.pseudonyms:
        give_pseudonyms(search, pseudonyms.load_key(running.settings.home))
    search.sources = join_copies(search.sources, running.check)
    return search


def _hand_on(part: RunningPart[Any], done: int, some: Sequence[DecodedFile]) -> None:
    """Keep what was decoded until its files come next."""
    batch = Batch(part.range["first"] + done, some)
    with part.transaction() as session:
        decoded.add(session, part.run_id, batch)
        part.advance(session, done + len(some))


def _given_up(listed: Listed) -> DecodedFile:
    """Return what has become of a file that took down every worker that began with it."""
    reason = Undecodable(
        "The file took its worker down, time and again.",
        "",
        "Export the film again; it may be damaged.",
    )
    try:
        digest = files.digest_of(listed.source.path)
    except OSError:
        digest = ""
    return DecodedFile(digest, (reason.what, reason.where, reason.do))


@dataclass(frozen=True)
class _Tools:
    """What is done with the files of one import.

    Attributes:
        listed: the files.
        decoder: decodes them.
        registrar: registers what is decoded.
    """

    listed: ImportList
    decoder: FileDecoder
    registrar: Registrar


@contextmanager
def _tools(running: Running[ImportParameters]) -> Iterator[_Tools]:
    home = running.settings.home
    pseudonyms.require_one_key(running.store, home)
    listed = ImportList(running.folder)
    both_knees = views.BothKneesViews(listed.about().both_knees)
    finder = _finder(running.settings.threads) if running.parameters.find_text else None
    with warm_decoder(running.settings) as decoder:
        yield _Tools(
            listed,
            FileDecoder(running, decoder, both_knees, finder, seal_of(running.settings)),
            Registrar(running, listed, decoder, pseudonyms.load_key(home)),
        )


@lru_cache(maxsize=1)
def _finder(threads: int) -> TextFinder:
    """Return what looks for text, loaded once in this process."""
    return TextFinder(threads)

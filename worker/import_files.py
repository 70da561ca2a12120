"""The import: from files as they came to registered films, in batches, resumable at any file."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.imaging import pseudonyms
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import Decoded, RenditionFile
from app.imaging.storage import Store, require_room
from app.imports import files, rules
from app.imports.files import Problem, Search, Source
from app.imports.manifest import Row, read_reports
from app.imports.zips import Unpacker
from app.runs import rules as runs
from worker.progress import Running
from worker.split_patients import Splits

BATCH = 50


def execute(running: Running) -> dict[str, Any]:
    """Import files, folders and zips.

    Files that are registered already are passed over, so a run that was killed goes on where it
    was. Nothing is registered before the paths, the manifest and the split are known to be right.

    Args:
        running: its parameters are `paths` (list of text), `manifest` and `reports` (path of a CSV
            or None), `validation_patients` (how many of the new patients go to validation; None for
            a share of them) and `rng` (seed of that draw).

    Returns:
        How many images were `imported`, were `already_there` or are `quarantined`, and how many
        `patients` and `studies` there are now.

    Raises:
        errors.Refused: a path, a manifest, the reports or the split cannot be used, or the disk is
            full.
    """
    wanted = running.parameters
    running.store.sweep()
    with running.transaction() as session:
        classes = rules.ensure_classes(session)
    manifest, table = (_path(wanted.get(name)) for name in ("manifest", "reports"))
    reports = read_reports(table, running.check) if table else {}
    running.report(0, 0, "Looking for files")
    zips = Unpacker(running.folder / "unpacked", running.settings, running.check)
    search = Search(classes, zips, no_films={table} if table else set())
    search.look([Path(path) for path in wanted["paths"]], manifest)
    running.log(f"{len(search.sources):,} files found.")
    with Decoder(running.settings) as decoder:
        splits = Splits.drawn(running, search.sources, decoder)
        _Import(running, decoder, splits).carry_out(search)
    _fill_reports(running, reports)
    shutil.rmtree(running.folder / "unpacked", ignore_errors=True)
    return _result(running, len(search.sources) + len(search.problems))


class _Import:
    """One pass over the files; what cannot be imported is put aside with the reason."""

    def __init__(self, running: Running, decoder: Decoder, splits: Splits) -> None:
        self._running = running
        self._decoder = decoder
        self._splits = splits
        self._reasons: Counter[str] = Counter()

    def carry_out(self, search: Search) -> None:
        self._register([], search.problems)
        total = len(search.sources)
        for done, batch in _batches(search.sources):
            self._running.report(done, total, "Importing")
            self._running.check()
            self._take(batch)
        self._running.report(total, total, "Importing")
        for reason, count in self._reasons.most_common():
            self._running.log(f"{count:,} kept out: {reason}")

    def _take(self, batch: Sequence[Source]) -> None:
        problems: list[Problem] = []
        files_by_digest = self._identified(batch, problems)
        with self._running.database() as session:
            known = rules.known_digests(session, self._running.run_id, files_by_digest)
        self._fill_from_manifest({digest: files_by_digest[digest] for digest in known})
        arrivals: list[rules.Arrival] = []
        for digest, source in files_by_digest.items():
            if digest in known:
                continue
            try:
                arrivals.append(self._arrival(source, digest))
            except Undecodable as reason:
                problems.append(Problem(source.name, digest, reason))
        self._register(arrivals, problems)

    def _identified(self, batch: Sequence[Source], problems: list[Problem]) -> dict[str, Source]:
        """Return the files by what they hold: a copy counts once."""
        found: dict[str, Source] = {}
        for source in batch:
            try:
                found.setdefault(files.digest_of(source.path), source)
            except OSError:
                problems.append(files.unreadable(source.name))
        return found

    def _fill_from_manifest(self, known: dict[str, Source]) -> None:
        late = {digest: source.row for digest, source in known.items() if source.row}
        if any(row.report or row.site for row in late.values()):
            with self._running.transaction() as session:
                for digest, row in late.items():
                    rules.fill_missing(session, digest, row.report, row.site)

    def _arrival(self, source: Source, digest: str) -> rules.Arrival:
        """Decode a film and store its files; the rows that name them come after."""
        film = self._decoder.decode(source.path)
        if source.row is None and not film.patient_key:
            raise Undecodable(
                "The image says nothing about whose it is.",
                "",
                "List PNG and JPEG files in a manifest.csv with their patient_id.",
            )
        store = self._running.store
        pieces = (film.model.path, film.viewer.path, film.stored)
        size = sum(path.stat().st_size for path in pieces)
        require_room(store.root, size, self._running.settings.disk_reserve_mb * 2**20)
        renditions = [
            _stored(store, "model", film.model),
            _stored(store, "viewer", film.viewer),
        ]
        stored = store.put(film.stored.read_bytes())
        return _described(film, source.row or _NO_ROW, digest, stored, renditions, self._splits)

    def _register(self, arrivals: Sequence[rules.Arrival], problems: Sequence[Problem]) -> None:
        with self._running.transaction() as session:
            for arrival in arrivals:
                rules.register(session, arrival)
            for problem in problems:
                self._quarantine(session, problem)

    def _quarantine(self, session: Session, problem: Problem) -> None:
        rules.quarantine(
            session, self._running.run_id, problem.name, problem.digest, problem.reason
        )
        self._reasons[problem.reason.what] += 1


_NO_ROW = Row(
    line=0,
    file="",
    patient_id="",
    image_id="",
    study_id="",
    laterality="",
    view="",
    site="",
    label="",
    split="",
    report="",
    details={},
)
"""What the manifest says of a file it does not list."""


def _described(
    film: Decoded,
    row: Row,
    digest: str,
    stored: str,
    renditions: Sequence[rules.NewRendition],
    splits: Splits,
) -> rules.Arrival:
    """Put together what file and manifest say; where both say something, the manifest counts."""
    patient = row.patient_id or film.patient_key
    image = row.image_id or film.image_key or f"I-{digest[:16]}"
    return rules.Arrival(
        patient_key=patient,
        study_key=row.study_id or film.study_key or image,
        image_key=image,
        split=splits.of(patient, row),
        source_digest=digest,
        stored_digest=stored,
        laterality=row.laterality or film.laterality,
        view=row.view or film.view,
        site=row.site or film.site,
        spacing_mm=film.spacing_mm,
        spacing_plane=film.spacing_plane,
        label=row.label,
        report=row.report,
        details={**film.details, **row.details},
        renditions=renditions,
    )


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _stored(store: Store, kind: str, file: RenditionFile) -> rules.NewRendition:
    return rules.NewRendition(
        kind=kind,
        digest=store.put(file.path.read_bytes()),
        width=file.width,
        height=file.height,
        bits=file.bits,
        window_centre=file.window_centre,
        window_width=file.window_width,
    )


def _batches(sources: Sequence[Source]) -> Iterator[tuple[int, Sequence[Source]]]:
    for start in range(0, len(sources), BATCH):
        yield start, sources[start : start + BATCH]


def _fill_reports(running: Running, reports: dict[str, str]) -> None:
    """A study_id may be the manifest's, or the UID as the hospital's system knows it."""
    if not reports:
        return
    key = pseudonyms.load_key(running.settings.home)
    matched = 0
    ids = sorted(reports)
    for start in range(0, len(ids), BATCH):
        running.check()
        with running.transaction() as session:
            for study in ids[start : start + BATCH]:
                matched += rules.fill_report_of_study(
                    session, (study, pseudonyms.uid(study, key)), reports[study]
                )
    running.log(f"{matched:,} of {len(reports):,} reports belong to a study in the archive.")


def _result(running: Running, total: int) -> dict[str, Any]:
    with running.database() as session:
        started = runs.find(session, running.run_id).started_at
        imported = rules.imported_since(session, started) if started else 0
        quarantined = rules.quarantined(session, running.run_id)
        return {
            "imported": imported,
            "already_there": total - imported - quarantined,
            "quarantined": quarantined,
            **rules.archive_size(session),
        }

"""A `pull` run: films fetched from a PACS, window by window, in order of time.

Killed at any line it goes on with the window it was in: rows say what was settled of it, and each
film is stored in the transaction that settles it. So nothing is missing, and nothing there twice.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime

from app import errors, formats
from app.imaging import pseudonyms
from app.pacs.web_server import without_secrets
from app.pulling import pulls, tallies, wording
from app.pulling.answers import Entry
from app.pulling.faults import TROUBLES
from app.pulling.line import Line, Trouble
from app.pulling.listing import Leaf, Listing
from app.pulling.peer import peer_of
from app.pulling.probing import Abilities
from app.pulling.searching import search
from app.pulling.trial import Trial
from app.pulling.wanted import wanted_of
from app.receiving import rules
from app.receiving.place import Place
from app.runs import rules as runs
from app.runs.pull_parameters import PullParameters
from app.runs.results import PullResult
from worker.patience import Pace
from worker.progress import Running
from worker.pull_films import Films

REPORT_SECONDS = 2.0


class Over(Exception):
    """Another thread of the pull has met what ends it."""


def execute(running: Running[PullParameters]) -> PullResult:
    """Try the PACS, then count or fetch what is asked for."""
    try:
        return _Pull(running).result()
    except Trouble as trouble:
        raise errors.Refused(
            f"The PACS cannot be searched any more: {TROUBLES[trouble.fault]}.",
            without_secrets(running.settings.pull_from),
            "See on the page From the PACS what it can do; then run this again.",
        ) from trouble


class _Pull:
    """One pull, from where it was left.

    Args:
        running: the run.
    """

    def __init__(self, running: Running[PullParameters]) -> None:
        asked, settings = running.parameters, running.settings
        self._running, self._asked, self._wanted = running, asked, wanted_of(asked)
        self._over = threading.Event()
        self._reported = float("-inf")
        self._pace = Pace(asked.requests_per_second, self._check)
        self._line = Line(peer_of(settings), settings.dicom_seconds, self._pace.wait)
        place = Place(settings.home, settings.disk_reserve_mb * 2**20)
        key = pseudonyms.load_key(settings.home)
        self._films = Films(running, self._line, self._pace, self._wanted, place, key)

    def result(self) -> PullResult:
        """Carry it out, from the window on that was under way."""
        with self._running.transaction() as session:
            reached = pulls.begin(session, self._running.run_id).reached
            kept = rules.kept_digests(session)
        self._films.place.sweep(kept)
        abilities = self._abilities()
        unsent = self._wanted.unsent(abilities)
        if unsent:
            self._running.log(f"Filtered here, and not by the PACS: {', '.join(unsent)}.")
        begin = datetime.fromisoformat(reached) if reached else self._wanted.begin
        for leaf in Listing(self._search, self._wanted, abilities).leaves(begin):
            if not self._asked.count_only:
                self._fetch(leaf)
            self._close(leaf)
        return _result(self._counts(), self._asked.count_only, bool(unsent))

    def _abilities(self) -> Abilities:
        """Find out what the PACS can do.

        Raises:
            NotReached: nobody answers there, or nobody who lets us in.
            errors.Refused: it cannot be searched.
        """
        trial = Trial(self._line, self._running.settings.dicom_film_mb * 2**20)
        for found in self._pace.patiently(lambda: list(trial.steps())):
            said = wording.said_of(found.step, found.verdict, found.values)
            if not said.good:
                self._running.log(f"{said.title}: {said.words}")
            if (found.step, found.verdict) == ("search", "trouble"):
                raise Trouble(found.values["fault"])
        return trial.abilities

    def _search(self, filters: Mapping[str, str]) -> list[Entry]:
        return self._pace.patiently(lambda: search(self._line, filters))

    def _fetch(self, leaf: Leaf) -> None:
        """Take the studies of a window, several at a time."""
        with self._running.reading() as session:
            self._films.done = pulls.done(session, self._running.run_id)
        with ThreadPoolExecutor(self._asked.at_once) as pool:
            take = self._films.take_study
            taken = [pool.submit(take, uid, of) for uid, of in sorted(leaf.studies.items())]
            try:
                for one in as_completed(taken):
                    one.result()
                    self._report(leaf.window.begin)
            except BaseException:
                self._over.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _close(self, leaf: Leaf) -> None:
        beside = Counter(
            {
                tallies.LISTED: len(leaf.studies),
                tallies.NOT_ASKED: leaf.not_asked,
                tallies.UNSURE: int(not leaf.whole),
            }
        )
        with self._running.transaction() as session:
            pulls.close_window(session, self._running.run_id, leaf.window.end, +beside)
            runs.got_on(session, self._running.run_id)
        self._report(leaf.window.end)

    def _report(self, reached: datetime) -> None:
        """Say how far it is: by days, since nobody knows how many studies there are."""
        now = time.monotonic()
        if now - self._reported < REPORT_SECONDS:
            return
        self._reported = now
        counts = self._counts()
        studies = formats.count(counts[tallies.LISTED] or tallies.total(counts, tallies.STUDIES))
        films = formats.count(tallies.total(counts, tallies.RECEIVED))
        wanted = self._wanted
        days = (wanted.until - wanted.since).days + 1
        message = f"{reached:%Y-%m-%d}: {studies} studies, {films} films received"
        self._running.report((reached.date() - wanted.since).days, days, message)

    def _counts(self) -> Counter[str]:
        with self._running.reading() as session:
            return pulls.counts(session, self._running.run_id)

    def _check(self) -> None:
        """Stop where the run is to stop, in every thread."""
        self._running.check()
        if self._over.is_set():
            raise Over


def _result(counts: Counter[str], count_only: bool, at_most: bool) -> PullResult:
    return PullResult(
        count_only=count_only,
        studies=counts[tallies.LISTED],
        at_most=at_most,
        studies_left_out=tallies.total(counts, tallies.STUDIES) - counts["looked_through"],
        received=counts["received"],
        put_aside=counts["put_aside"],
        already_here=counts["here"],
        skipped=tallies.total(counts, tallies.SKIPPED) - counts["here"],
        refused=tallies.total(counts, tallies.REFUSED),
        lists_cut=counts[tallies.UNSURE],
    )

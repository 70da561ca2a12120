"""Asking a language model about reports: several at a time, each once, and what is done without it.

Answers are kept as they come, so that a run that is killed, or that fails because nobody answers
any more, does not ask again.
"""

import dataclasses
import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from app.endpoint import answers
from app.endpoint.client import Endpoint, open_endpoint
from app.endpoint.errors import NoAnswer, Unreachable
from app.endpoint.trial import try_out
from models.progress import OnProgress, ShouldStop, check
from models.reports.language_model import ANSWERED, UNREACHED, Answer, LanguageModel
from models.reports.questionnaire import FAULTS, SCHEMA_NAME, Questionnaire, Unusable, Verdict
from worker.progress import Running

LOOK_SECONDS = 0.5
"""Between two looks at whether the run was cancelled, while answers are awaited."""
FAILURES = 4
"""Reports in a row, or the last of a batch, that nobody answers about: then it is asked whether
anybody is there."""
MOST_SILENT = 3
"""Batches in a row that nobody is there for, after which a run asks no more."""


class Asker:
    """A run's way to the language model that is set.

    Args:
        running: the run.
        endpoint: where the model is.
        alone: whether nothing else can read a film: then silence ends the run.
    """

    def __init__(self, running: Running, endpoint: Endpoint, alone: bool) -> None:
        self._running = running
        self._endpoint = endpoint
        self._parallel = running.settings.llm_parallel
        self._alone = alone
        self._silent = 0

    def go_on_with(self, running: Running) -> None:
        """Ask for another part of the same run, as silent or not as it has been found."""
        self._running = running

    @property
    def model(self) -> LanguageModel:
        """The language model, as `models` knows it."""
        return LanguageModel(self._endpoint.model, self.ask)

    @property
    def place(self) -> str:
        """Where the reports go."""
        return str(self._endpoint.address)

    def try_out(self) -> None:
        """Ask a question that holds nothing of the archive.

        Raises:
            Unreachable: nobody answers, or not us.
            Refused: the answer is not in the form that is asked for.
        """
        try_out(self._endpoint)

    def ask(
        self,
        asked: Questionnaire,
        texts: Sequence[str],
        on_progress: OnProgress,
        should_stop: ShouldStop,
    ) -> list[Answer]:
        """Ask about texts, but not again about those whose answers are kept.

        Args:
            asked: the question.
            texts: as `models.reports.questionnaire.sent` returns them, each a different one.
            on_progress: told (done, total, message).
            should_stop: asked while answers are awaited.

        Returns:
            An answer for each, with the fault `unreached` where nobody answered.

        Raises:
            Unreachable: nobody answers, and nothing else can read the films.
            models.errors.Stopped: if should_stop says so.
        """
        keys = {text: self._key(asked, text) for text in texts}
        with self._running.reading() as session:
            kept = answers.known(session, list(keys.values()))
        found = {text: _read(kept[key]) for text, key in keys.items() if key in kept}
        missing = [text for text in texts if text not in found]
        for text, answer in self._ask_in_turns(asked, missing, should_stop):
            found[text] = answer
            if not answer.fault:
                with self._running.transaction() as session:
                    answers.keep(session, keys[text], _written(answer))
            on_progress(len(found), len(texts), "Asking the language model")
        return [found.get(text, Answer(fault=UNREACHED)) for text in texts]

    def _key(self, asked: Questionnaire, text: str) -> str:
        parts = (self._endpoint.model, asked.digest, text)
        digests = (hashlib.sha256(part.encode(errors="replace")).digest() for part in parts)
        return hashlib.sha256(b"".join(digests)).hexdigest()

    def _ask_in_turns(
        self, asked: Questionnaire, texts: list[str], should_stop: ShouldStop
    ) -> Iterator[tuple[str, Answer]]:
        """Ask about all texts while somebody is there.

        A model that is started again meanwhile is found at the next batch, and one that hangs
        costs a batch no more than one time-out.
        """
        if not texts or self._silent >= MOST_SILENT:
            return
        reason = self._nobody_there(should_stop) if self._silent else None
        if reason is None:
            reason = yield from self._ask_side_by_side(asked, texts, should_stop)
        if reason is None:
            self._silent = 0
        else:
            self._note_silence(reason)

    def _ask_side_by_side(
        self, asked: Questionnaire, texts: list[str], should_stop: ShouldStop
    ) -> Generator[tuple[str, Answer], None, Unreachable | None]:
        """Ask about texts, and return why the rest was not asked about, or None."""
        pool = ThreadPoolExecutor(self._parallel, "language-model")
        waiting = {pool.submit(self._ask_one, asked, text): text for text in texts}
        failures = 0
        try:
            for future in _as_they_end(waiting, should_stop):
                reason = _unreachable(future)
                failures = failures + 1 if reason else 0
                if reason is None:
                    yield waiting[future], future.result()
                elif reason.lasting:
                    return reason
                elif failures == FAILURES or all(each.done() for each in waiting):
                    failures = 0
                    if (reason := self._nobody_there(should_stop)) is not None:
                        return reason
        except BaseException:
            self._endpoint.close()  # nobody is to send a report when the run has ended
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return None

    def _nobody_there(self, should_stop: ShouldStop) -> Unreachable | None:
        """Ask the trial question; return why it has no answer, None where it has any."""
        pool = ThreadPoolExecutor(1, "language-model")
        trial = pool.submit(try_out, self._endpoint)
        pool.shutdown(wait=False)
        while not wait([trial], LOOK_SECONDS).done:
            check(should_stop)
        error = trial.exception()
        return error if isinstance(error, Unreachable) else None

    def _ask_one(self, asked: Questionnaire, text: str) -> Answer:
        try:
            said = self._endpoint.chat(asked.messages(text), SCHEMA_NAME, asked.schema)
            return Answer(asked.verdicts(said, text))
        except (NoAnswer, Unusable) as reason:
            return Answer(fault=reason.fault)

    def _note_silence(self, reason: Unreachable) -> None:
        if self._alone:
            raise reason
        self._silent = MOST_SILENT if reason.lasting else self._silent + 1
        if self._silent in (1, MOST_SILENT):
            again = "is not asked again" if self._silent == MOST_SILENT else "is tried again later"
            self._running.log(
                f"{reason} Films are read without the language model, which {again} in this run."
            )


def count_asked(running: Running, sweep_id: int) -> dict[str, int]:
    """Count, over a whole sweep, what became of the questions, and say it in the run's log.

    Args:
        running: the sweep's run.
        sweep_id: a sweep whose films are all predicted.

    Returns:
        Films whose report has a usable answer, has none, and was never answered about.
    """
    with running.reading() as session:
        counts = answers.count(session, sweep_id)
    faults = {status: count for status, count in counts.items() if status != ANSWERED}
    if faults:
        why = "; ".join(f"{count:,} because {FAULTS[status]}" for status, count in faults.items())
        running.log(f"Films read without the language model: {sum(faults.values()):,} ({why}).")
    unreached = faults.pop(UNREACHED, 0)
    return {
        "language_model_answered": counts.get(ANSWERED, 0),
        "language_model_unusable": sum(faults.values()),
        "language_model_unreached": unreached,
    }


def asker_for(running: Running, alone: bool) -> Asker:
    """Return a run's way to the language model that is set; nothing is sent yet.

    Args:
        running: the run.
        alone: whether nothing else can read a film.

    Raises:
        Refused: none is set, or a setting cannot be used.
    """
    return Asker(running, open_endpoint(running.settings), alone)


def _as_they_end(
    futures: Iterable["Future[Answer]"], should_stop: ShouldStop
) -> Iterator["Future[Answer]"]:
    """Yield futures as they end, answers first; raise `Stopped` soon after should_stop says so."""
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, LOOK_SECONDS, FIRST_COMPLETED)
        check(should_stop)
        yield from sorted(done, key=lambda future: future.exception() is not None)


def _unreachable(future: "Future[Answer]") -> Unreachable | None:
    error = future.exception()
    if error is None or isinstance(error, Unreachable):
        return error
    raise error


def _written(answer: Answer) -> list[dict[str, object]]:
    return [dataclasses.asdict(verdict) for verdict in answer.verdicts]


def _read(verdicts: list[dict[str, object]]) -> Answer:
    return Answer(tuple(Verdict(**verdict) for verdict in verdicts))  # type: ignore[arg-type]

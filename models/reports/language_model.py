"""The language model's part of a labeler: it was taught elsewhere and learns here only what its
answers are worth."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import TrainingError
from models.film import Film
from models.progress import OnProgress, ShouldStop
from models.reports.confusion import Array, Confusion, Given
from models.reports.questionnaire import FAULTS, Questionnaire, Unusable, Verdict, of_knee, sent
from models.reports.words import Mark, ReportMarks

ANSWERED = "answered"
UNREACHED = "unreached"


@dataclass(frozen=True)
class Answer:
    """What became of the question about one report.

    Attributes:
        verdicts: at most one for each side.
        fault: why there is no usable answer, one of `FAULTS`; "" where there is one.
    """

    verdicts: tuple[Verdict, ...] = ()
    fault: str = ""


Ask = Callable[[Questionnaire, Sequence[str], OnProgress, ShouldStop], list[Answer]]
"""Asks about the texts of reports, each a different one, and returns an answer for each."""


@dataclass(frozen=True)
class LanguageModel:
    """A language model that can be asked.

    Attributes:
        name: as its server knows it; another name is another model.
        ask: asks it; None where nobody can.
    """

    name: str
    ask: Ask | None = None


@dataclass(frozen=True)
class Replies:
    """What a language model says about films.

    Attributes:
        verdicts: (n), on each film's knee, None where there is none.
        statuses: (n), what became of the question about each film's report: `ANSWERED`, one of
            `FAULTS`, or "" where there is no report to ask about.
    """

    verdicts: tuple[Verdict | None, ...]
    statuses: tuple[str, ...]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """bool (n,): there is a usable answer, though it may say nothing about this knee."""
        return np.array([status == ANSWERED for status in self.statuses], np.bool_)

    def given(self, classes: Sequence[str]) -> Given:
        """Return the answers as arrays."""
        return Given.of(
            [
                (classes.index(said.class_name), said.certainty) if said else None
                for said in self.verdicts
            ]
        )

    def faults(self) -> str:
        """Say how many reports have no usable answer, and why; "" where all have."""
        counts = Counter(status for status in self.statuses if status not in ("", ANSWERED))
        return "; ".join(f"{count:,} because {FAULTS[status]}" for status, count in counts.items())


@dataclass(frozen=True)
class LanguageReader:
    """A language model, what it is asked, and what its answers are worth.

    Attributes:
        model: which, and how it is asked.
        question: the question it is calibrated for, whatever later releases ask.
        confusion: calibration of its answers.
    """

    model: LanguageModel
    question: Questionnaire
    confusion: Confusion

    @property
    def digest(self) -> str:
        """SHA-256 over the model's name, the question, and what its answers are worth."""
        return hashlib.sha256(json.dumps(self.to_json()).encode()).hexdigest()

    def read(
        self, films: Sequence[Film], on_progress: OnProgress, should_stop: ShouldStop
    ) -> tuple[Array, Replies]:
        """Ask about films' reports.

        Args:
            films: any; those without a report are passed over.
            on_progress: told (done, total, message).
            should_stop: asked between answers.

        Returns:
            Calibrated float64 (n, k), rows of NaN where there is no answer; and the replies.

        Raises:
            TrainingError: there is nobody to ask.
            Stopped: if should_stop says so.
        """
        replies = ask_about(films, self.model, self.question, on_progress, should_stop)
        return self.confusion.probabilities(replies.given(self.question.classes)), replies

    def to_json(self) -> dict[str, Any]:
        """Return what a checkpoint keeps: not where the model is, nor a key."""
        return {
            "model": self.model.name,
            "prompt": self.question.system,
            "prompt_digest": self.question.digest,
            "confusion": self.confusion.to_json(),
        }

    @classmethod
    def from_json(
        cls, facts: dict[str, Any], classes: Sequence[str], model: LanguageModel | None
    ) -> "LanguageReader":
        """Read what `to_json` returned.

        Args:
            facts: as a checkpoint holds them.
            classes: names, in the order of the probabilities.
            model: the language model that can be asked, if any.

        Raises:
            TrainingError: another model would be asked, or in another form.
        """
        question = Questionnaire(tuple(classes), facts["prompt"])
        if question.digest != facts["prompt_digest"]:
            raise TrainingError(
                "This release asks language models in another form than the labeler learned.",
                "labeler",
                "Train the labeler again.",
            )
        model = model or LanguageModel(facts["model"])
        if model.name != facts["model"]:
            raise TrainingError(
                f"The labeler asks the language model `{facts['model']}`, and `{model.name}` is"
                " set.",
                "CONDYLE_LLM_MODEL",
                "Set the first one, or train a labeler with the other.",
            )
        return cls(model, question, Confusion.from_json(facts["confusion"]))


def ask_about(
    films: Sequence[Film],
    model: LanguageModel,
    question: Questionnaire,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Replies:
    """Ask a language model about films' reports, once for each different text.

    Args:
        films: any number.
        model: to ask.
        question: the question.
        on_progress: told (done, total, message).
        should_stop: asked between answers.

    Returns:
        The replies.

    Raises:
        TrainingError: there is nobody to ask.
        Stopped: if should_stop says so.
    """
    if model.ask is None:
        raise TrainingError(
            f"The labeler asks the language model `{model.name}`, and none is set.",
            "CONDYLE_LLM_URL",
            "Set CONDYLE_LLM_URL and CONDYLE_LLM_MODEL, or use another labeler.",
        )
    texts = [_text_of(film) for film in films]
    different = list(dict.fromkeys(text for text, _ in texts if text))
    answers = dict(
        zip(different, model.ask(question, different, on_progress, should_stop), strict=True)
    )
    answered = [answers[text] if text else Answer(fault=fault) for text, fault in texts]
    return Replies(
        tuple(
            of_knee(said.verdicts, film.laterality)
            for said, film in zip(answered, films, strict=True)
        ),
        tuple(
            said.fault or (ANSWERED if text else "")
            for said, (text, _) in zip(answered, texts, strict=True)
        ),
    )


def quoted(film: Film, said: Verdict, classes: Sequence[str]) -> ReportMarks:
    """Return the words of a film's report that a verdict rests on, placed in the report as stored.

    Args:
        film: with the report that was read.
        said: the verdict on it.
        classes: names, in the order of the probabilities.
    """
    text = sent(film.report or "")
    mark = Mark(text.starts[said.start], text.ends[said.end - 1], negated=False)
    return ReportMarks(classes.index(said.class_name), (mark,), (), (), (), "")


def _text_of(film: Film) -> tuple[str, str]:
    """Return the text that is sent, or why none is; "" twice where there is no report."""
    if not (film.report or "").strip():
        return "", ""
    try:
        return sent(film.report or "").text, ""
    except Unusable as reason:
        return "", reason.fault

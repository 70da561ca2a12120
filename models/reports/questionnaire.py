"""What a language model is asked about a report, and what of its answer can be used.

The report is data: it stands in a message of its own, between two lines that it cannot contain, and
without the signs by which chat templates mark turns. An answer counts only where it follows the
schema and quotes the report. That keeps out what a model makes up. It does not keep out a report
that talks a model into a class, as long as the model quotes it.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.reports.placed_text import PlacedText
from models.reports.plain import plain

PROMPT = Path(__file__).with_name("prompts") / "report.toml"
SCHEMA_NAME = "knees"
SIDES = ("left", "right", "not stated")
NAMES = {"L": "left", "R": "right"}
CERTAINTIES = ("certain", "likely", "unsure")
MOST_CHARACTERS = 8000
"""Of a report that is sent. Reports of knees have some hundred; small models see 4,096 tokens by
default, and some servers cut what is longer without a word."""
MOST_ANSWER = 20_000
"""Characters of an answer; three knees with quotes have at most some thousand."""
LEAST_LETTERS = 2
"""Of a quote: less occurs anywhere."""
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
CHAT_MARK = re.compile(r"<(?=[|/!?\w])|(?<=\|)>|\[(?=/?[A-Z_]{3,20}\])")
"""Where a mark of a chat template or of our own may begin: `<|im_end|>`, `</s>`, `[INST]`."""

FAULTS = {
    "unreached": "the language model could not be reached",
    "refused": "it refused the report",
    "too_long": f"the report is longer than {MOST_CHARACTERS:,} characters and was not sent",
    "unreadable": "the report holds no text and was not sent",
    "no_completion": "what it answered is no chat completion",
    "empty": "its answer was empty",
    "cut_off": "its answer was cut off",
    "too_large": "its answer was too large",
    "form": "its answer does not follow the schema",
    "class": "it named a class that does not exist",
    "quote": "its quote does not occur in the report",
    "two_answers": "it answered twice for one knee",
}
"""Why a report has no usable answer, in words that follow "because"."""


class Unusable(Exception):
    """A report that cannot be asked about, or an answer that cannot be used.

    Args:
        fault: one of `FAULTS`.
    """

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Verdict:
    """What a report says about one knee, as a language model reads it.

    Attributes:
        side: one of `SIDES`.
        class_name: its class.
        certainty: one of `CERTAINTIES`.
        start: first character of the quote in the text that was sent.
        end: past its last.
    """

    side: str
    class_name: str
    certainty: str
    start: int
    end: int


class _Knee(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    side: Literal["left", "right", "not stated"]
    quote: str = Field(max_length=2000)
    class_name: str = Field(alias="class")
    certainty: Literal["certain", "likely", "unsure"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    knees: list[_Knee] = Field(max_length=20)


@dataclass(frozen=True)
class Questionnaire:
    """The question, for one set of classes; two with equal digests ask the same.

    Attributes:
        classes: names, in the project's order.
        system: what the model is told first, classes filled in.
    """

    classes: tuple[str, ...]
    system: str

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of an answer: the quote first, so that the class follows from it."""
        knee = {
            "side": {"type": "string", "enum": list(SIDES)},
            "quote": {"type": "string"},
            "class": {"type": "string", "enum": list(self.classes)},
            "certainty": {"type": "string", "enum": list(CERTAINTIES)},
        }
        return _object({"knees": {"type": "array", "items": _object(knee)}})

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that is sent beside the report."""
        parts = [self.system, self.schema, self.messages("")]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def messages(self, text: str) -> list[dict[str, str]]:
        """Return the chat messages that ask about a report.

        Args:
            text: as `sent` returns it.
        """
        return [
            {"role": "system", "content": self.system},
            {"role": "user", "content": f"<report>\n{text}\n</report>"},
        ]

    def verdicts(self, content: str, text: str) -> tuple[Verdict, ...]:
        """Read an answer.

        Args:
            content: what the model wrote.
            text: of the report, as it was sent.

        Returns:
            At most one verdict for each side; none where the report says nothing of a knee.

        Raises:
            Unusable: the answer does not follow the schema, answers twice for one knee, names
                another class, or quotes what the report does not say.
        """
        if len(content) > MOST_ANSWER:
            raise Unusable("too_large")
        try:
            knees = _Answer.model_validate_json(content).knees
        except ValidationError:
            raise Unusable("form") from None
        if len({knee.side for knee in knees}) < len(knees):
            raise Unusable("two_answers")
        return tuple(self._verdict(knee, text) for knee in knees)

    def _verdict(self, knee: _Knee, text: str) -> Verdict:
        if knee.class_name not in self.classes:
            raise Unusable("class")
        start, end = _place(knee.quote, text)
        return Verdict(knee.side, knee.class_name, knee.certainty, start, end)


def questionnaire(classes: Sequence[str]) -> Questionnaire:
    """Return the question this release asks.

    Args:
        classes: names, in the project's order.
    """
    prompt = tomllib.loads(PROMPT.read_text("utf-8"))
    known: Mapping[str, str] = prompt["classes"]
    lines = [f'- "{name}"{": " + known[name] if name in known else ""}' for name in classes]
    system = prompt["system"].strip().replace("{classes}", "\n".join(lines))
    return Questionnaire(tuple(classes), system)


def sent(report: str) -> PlacedText:
    """Return a report as it is sent: without markup of files, of chat templates and control signs.

    Args:
        report: as it is stored: names and dates are masked.

    Raises:
        Unusable: it holds no text, or too much.
    """
    text = plain(report)
    if not any(sign.isalpha() for sign in text.text):
        raise Unusable("unreadable")
    text = text.replaced(CONTROL, lambda _: " ").stripped()
    text = text.replaced(CHAT_MARK, lambda found: {"<": "‹", ">": "›", "[": "("}[found[0]])
    if len(text.text) > MOST_CHARACTERS:
        raise Unusable("too_long")
    return text


def of_knee(verdicts: Sequence[Verdict], laterality: str) -> Verdict | None:
    """Return what was said about a film's knee.

    Args:
        verdicts: of the film's report.
        laterality: `L`, `R`, or "" where it is not known which knee the film shows.

    Returns:
        The verdict on that side, or the one that names no side. Where the film's side is not known
        the classes of all have to be one. None where nothing was said.
    """
    by_side = {verdict.side: verdict for verdict in verdicts}
    if laterality:
        return by_side.get(NAMES.get(laterality, ""), by_side.get("not stated"))
    agree = len({verdict.class_name for verdict in verdicts}) == 1
    return verdicts[0] if agree else None


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _place(quote: str, text: str) -> tuple[int, int]:
    """Return where a quote stands in a text; how words are spaced does not matter."""
    if sum(letter.isalnum() for letter in quote) < LEAST_LETTERS:
        raise Unusable("quote")
    found = re.search(r"\s+".join(re.escape(word) for word in quote.split()), text)
    if found is None:
        raise Unusable("quote")
    return found.span()

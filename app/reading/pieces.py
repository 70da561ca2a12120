"""A report cut into pieces, each with what the labeler made of it."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

T = TypeVar("T")
Reading = Literal["", "denied", "left_open", "left_out"]


class Piece(BaseModel):
    """A part of a report; the pieces in order are the report."""

    text: str
    reading: Reading
    """How it was read: as said (empty), as denied, as neither (a hedge), or not at all."""
    strong: bool
    """Whether it spoke most strongly for the class the report points to."""


def pieces(report: str, words: Mapping[str, Any]) -> list[Piece]:
    """Cut a report where the labeler's reading of it changes.

    Args:
        report: the text as it came.
        words: `PseudoLabel.words`; what it does not hold, as in those of earlier versions, was
            read as said.

    Returns:
        The pieces in order, none of them empty.
    """
    marks = words.get("marks", [])
    denied = [*words.get("denied", []), *((start, end) for start, end, negated in marks if negated)]
    reading: list[Reading] = [""] * len(report)
    _paint(reading, words.get("left_out", []), "left_out")
    _paint(reading, words.get("left_open", []), "left_open")
    _paint(reading, denied, "denied")
    strong = [False] * len(report)
    _paint(strong, [mark[:2] for mark in marks], True)
    cut = groupby(zip(report, reading, strong, strict=True), key=lambda each: each[1:])
    return [
        Piece(text="".join(each[0] for each in same), reading=read, strong=spoke)
        for (read, spoke), same in cut
    ]


def _paint(characters: list[T], passages: list[tuple[int, int]], value: T) -> None:
    for start, end in passages:
        characters[start:end] = [value] * len(characters[start:end])

"""A text that is rewritten step by step and still knows where each character came from."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Self


@dataclass(frozen=True)
class PlacedText:
    """A text made from an original.

    Attributes:
        text: as it reads now.
        starts: for each character, the first character of the original it stands for.
        ends: for each, past the last; what replaced a passage stands for all of the passage.
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, original: str) -> Self:
        """Return an original, in which each character stands for itself."""
        count = len(original)
        return cls(original, tuple(range(count)), tuple(range(1, count + 1)))

    def part(self, start: int, end: int) -> Self:
        """Return the characters from one place up to another."""
        places = slice(start, end)
        return type(self)(self.text[places], self.starts[places], self.ends[places])

    def rewritten(self, by: str) -> Self:
        """Return another text that stands for all of this one."""
        count = len(by)
        return type(self)(by, self.starts[:1] * count, self.ends[-1:] * count)

    def replaced(self, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> Self:
        """Replace passages as `re.sub` does; one that stays as it is keeps the places in it."""
        pieces, done = [], 0
        for found in pattern.finditer(self.text):
            start, end = found.span()
            own, text = self.part(start, end), by(found)
            pieces += [self.part(done, start), own if text == own.text else own.rewritten(text)]
            done = end
        return self.joined([*pieces, self.part(done, len(self.text))]) if pieces else self

    def split(self, pattern: re.Pattern[str]) -> list[Self]:
        """Cut the text at a pattern without groups, as `re.split` does."""
        gaps = [found.span() for found in pattern.finditer(self.text)]
        begins = [0, *(end for _, end in gaps)]
        stops = [*(start for start, _ in gaps), len(self.text)]
        return [self.part(start, stop) for start, stop in zip(begins, stops, strict=True)]

    def after(self, sign: str) -> Self:
        """Return what follows the first occurrence of a sign; nothing where it does not occur."""
        place = self.text.find(sign)
        return self.part(len(self.text) if place < 0 else place + len(sign), len(self.text))

    def stripped(self) -> Self:
        """Return the text without white space around it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def lower(self) -> Self:
        """Return the text in lower case, in which some characters are longer."""
        lower = self.text.lower()
        if len(lower) == len(self.text):  # no letter becomes shorter, so each stays one letter
            return type(self)(lower, self.starts, self.ends)
        counts = [len(letter.lower()) for letter in self.text]
        starts = chain.from_iterable((n,) * m for n, m in zip(self.starts, counts, strict=True))
        ends = chain.from_iterable((n,) * m for n, m in zip(self.ends, counts, strict=True))
        return type(self)(lower, tuple(starts), tuple(ends))

    @classmethod
    def joined(cls, texts: Iterable[Self]) -> Self:
        """Put texts one after another."""
        pieces = list(texts)
        return cls(
            "".join(piece.text for piece in pieces),
            tuple(chain.from_iterable(piece.starts for piece in pieces)),
            tuple(chain.from_iterable(piece.ends for piece in pieces)),
        )

    @classmethod
    def lines(cls, texts: Iterable[Self]) -> Self:
        """Join texts, a line each; the end of a line stands for the place before it."""
        pieces: list[Self] = []
        place: tuple[int, ...] = (0,)
        for n, text in enumerate(texts):
            if n:
                pieces.append(cls("\n", place, place))
            pieces.append(text)
            place = text.ends[-1:] or place
        return cls.joined(pieces)

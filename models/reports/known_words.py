"""Which words a report labeler has met: a report of other words it cannot read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

USUAL = 0.05
"""Share of the seed's own reports that know fewer words than a usual one."""
FAR_BELOW = 0.5
"""Of what a usual report knows: a report that knows less is of another language or kind."""


@dataclass(frozen=True)
class KnownWords:
    """The words of the seed's reports.

    Attributes:
        words: all of them.
        least: share of a report's words that must be among them for it to be read.
    """

    words: frozenset[str]
    least: float

    def knows(self, words: set[str]) -> bool:
        """Tell whether enough of a report's words are known to read it."""
        known = len(words & self.words)
        return known > 0 and (known + 1) / (len(words) + 1) >= self.least

    def to_facts(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"words": sorted(self.words), "least": self.least}

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> Self:
        """Rebuild them from what `to_facts` returned."""
        return cls(frozenset(facts["words"]), facts["least"])


def learn(reports: Sequence[set[str]], folds: NDArray[np.int64]) -> KnownWords:
    """Learn the words of the seed, and how many of its words a usual report finds there.

    Args:
        reports: the words of each.
        folds: (n,), the fold each is held out in, or below 0 for none; the words of a report are
            looked for among those of the other folds.

    Returns:
        The words. `least` is half of what one report in twenty does not reach out of fold.
    """
    shares = []
    for fold in range(int(folds.max(initial=-1)) + 1):
        met: set[str] = set().union(
            *(words for words, own in zip(reports, folds, strict=True) if own != fold)
        )
        held = [words for words, own in zip(reports, folds, strict=True) if own == fold]
        shares += [len(words & met) / len(words) for words in held if words]
    least = FAR_BELOW * float(np.quantile(shares, USUAL)) if shares else 0.0
    return KnownWords(frozenset[str]().union(*reports), least)

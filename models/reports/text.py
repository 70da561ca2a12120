"""The report labeler: TF-IDF of words and pairs of words, and logistic regression.

scikit-learn fits it; predicting needs only the words, their weights and this file, so nothing is
pickled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from models.film import Film
from models.linear import fit_logistic
from models.reports import Reading, read
from models.reports.denial import denied
from models.reports.lexicon import language_of

DENIED, OPEN = "not_", "maybe_"
"""Before a word that is read as denied, and before one that is neither said nor denied."""
PREFIX = {"": "", "not": DENIED, "maybe": OPEN}
MARKS = frozenset({".", ";", ":", ","})
AT_ONCE = 512
"""Reports that are remembered: those of two shards of a sweep."""
REMEMBERED = 20_000
"""Characters of a report; a longer one is read again instead."""
STOPS = frozenset({".", ";", ":"})


def terms(report: str) -> list[str]:
    """Split a cleaned report into words and pairs of words, marking what is denied.

    So `no fracture` and `fracture` share nothing (Das & Chen 2001; Pang et al., EMNLP 2002);
    what is denied `models.reports.denial` says.

    Args:
        report: as `models.reports.clean` returns it.

    Returns:
        The terms, pairs joined by a space; no pair crosses the end of a clause.
    """
    words = report.split()
    return [term for term, _ in located_terms(words, denied(words, language_of(words)))]


def located_terms(
    tokens: Sequence[str], statuses: Sequence[str]
) -> list[tuple[str, tuple[int, int]]]:
    """Return the terms of `terms`, each with the first and the last token it is made of.

    Args:
        tokens: words and marks of a cleaned report.
        statuses: of each, as `models.reports.denial.denied` returns them.
    """
    words: list[tuple[str, tuple[int, int]]] = []
    pairs: list[tuple[str, tuple[int, int]]] = []
    before, place = "", 0
    for here, (token, status) in enumerate(zip(tokens, statuses, strict=True)):
        if token in STOPS:
            before = ""
        elif token not in MARKS:
            word = PREFIX[status] + token
            words.append((word, (here, here)))
            pairs += [(f"{before} {word}", (place, here))] if before else []
            before, place = word, here
    return words + pairs


@dataclass(frozen=True)
class TextModel:
    """What the report labeler knows.

    Attributes:
        vocabulary: term to column.
        idf: (m,), inverse document frequencies.
        coefficients: (k, m).
        intercepts: (k,).
    """

    vocabulary: dict[str, int]
    idf: NDArray[np.float64]
    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def logits(self, films: Sequence[Film]) -> NDArray[np.float64]:
        """Read reports.

        Args:
            films: each with a report.

        Returns:
            float64 (n, k) logits, before calibration.
        """
        rows = [self._logits(film_terms(film)) for film in films]
        return np.array(rows).reshape(len(films), len(self.intercepts))

    def _logits(self, found: list[str]) -> NDArray[np.float64]:
        columns, weights = self.weigh(found)
        return np.asarray(self.coefficients[:, columns] @ weights + self.intercepts)

    def weigh(self, found: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Weigh terms as scikit-learn's sublinear TF-IDF does.

        Args:
            found: terms of one report, as often as they occur.

        Returns:
            The columns of the terms that are known, int64 (m,), and their weights, float64 (m,):
            1 + log of the count, times idf, over the report's length.
        """
        known = [self.vocabulary[term] for term in found if term in self.vocabulary]
        columns, counts = np.unique(np.array(known, np.int64), return_counts=True)
        values = (1 + np.log(counts)) * self.idf[columns]
        return columns, values / (np.sqrt((values**2).sum()) or 1.0)

    def to_parts(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the facts a checkpoint keeps."""
        tensors = {
            name: torch.from_numpy(getattr(self, name))
            for name in ("idf", "coefficients", "intercepts")
        }
        return tensors, {"terms": sorted(self.vocabulary, key=self.vocabulary.__getitem__)}

    @classmethod
    def from_parts(cls, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> "TextModel":
        """Rebuild the model from what `to_parts` returned."""
        vocabulary = {term: column for column, term in enumerate(facts["terms"])}
        return cls(vocabulary, **{name: tensor.numpy() for name, tensor in tensors.items()})


def reading_of(film: Film) -> Reading:
    """Read a film's report; a report that was just read is remembered."""
    report = film.report or ""
    return (_remembered if len(report) < REMEMBERED else read)(report, film.laterality)


_remembered = lru_cache(maxsize=AT_ONCE)(read)


def cleaned(film: Film) -> str:
    """Return the film's report, cleaned; "" where there is none or it says nothing."""
    return " ".join(token.text for token in reading_of(film).tokens())


def has_report(film: Film) -> bool:
    """Tell whether there is a report that says anything of the film's knee."""
    return bool(reading_of(film).statements)


def words_of(film: Film) -> set[str]:
    """Return the words of a film's report, in lower case, without marks."""
    return {token.text for token in reading_of(film).tokens()} - MARKS


def film_terms(film: Film) -> list[str]:
    """Return the terms of a film's report; see `terms`."""
    reading = reading_of(film)
    words = [token.text for token in reading.tokens()]
    return [term for term, _ in located_terms(words, reading.denied())]


def vectoriser() -> TfidfVectorizer:
    """Return what weighs lists of terms."""
    return TfidfVectorizer(analyzer=list, sublinear_tf=True)


def train_text(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    n_classes: int,
    regularisation: float,
    balanced: bool = False,
) -> TextModel:
    """Fit the report labeler.

    Args:
        films: each with a report.
        labels: int (n,), positions of the classes.
        n_classes: k; a class without any film gets a very low logit.
        regularisation: scikit-learn's C; larger trusts the reports more.
        balanced: weigh classes equally, rather than reports.

    Returns:
        The model.

    Raises:
        TrainingError: if the reports hold no words or all have one class.
    """
    weighed = vectoriser()
    features = weighed.fit_transform([film_terms(film) for film in films])
    coefficients, offsets = fit_logistic(features, labels, n_classes, regularisation, balanced)
    vocabulary = {term: int(column) for term, column in weighed.vocabulary_.items()}
    return TextModel(vocabulary, weighed.idf_, coefficients, offsets)

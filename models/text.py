"""The report labeler: TF-IDF of words and pairs of words, and logistic regression.

scikit-learn fits it; predicting needs only the words, their weights and this file, so nothing is
pickled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from models.data import Film
from models.linear import fit_logistic
from models.reports import clean

NEGATORS = frozenset(
    {"no", "not", "without", "denies", "absent", "negative", "cannot", "neither", "nor", "never"}
    | {"free", "kein", "keine", "keinen", "keiner", "keines", "ohne", "nicht", "pas", "sans"}
    | {"aucun", "aucune", "sin", "ningún", "ninguna", "senza", "nessun", "nessuna", "non"}
    | {"sem", "nenhum", "geen", "niet", "zonder"}
)
SCOPE_ENDS = frozenset(
    {".", ";", ":", "but", "however", "although", "though", "except", "aber", "mais", "pero", "ma"}
)
NEGATED = "not_"
"""Before a word that is read as denied."""


def terms(report: str) -> list[str]:
    """Split a cleaned report into words and pairs of words, marking what is negated.

    From a negating word to the end of its clause each word is marked, so that `no fracture` and
    `fracture` share nothing (Das & Chen 2001; Pang et al., EMNLP 2002).

    Args:
        report: as `models.reports.clean` returns it.

    Returns:
        The terms, pairs joined by a space; no pair crosses the end of a clause.
    """
    return [term for term, _ in located_terms(report.split())]


def located_terms(tokens: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    """Return the terms of `terms`, each with the first and the last token it is made of."""
    words: list[tuple[str, tuple[int, int]]] = []
    pairs: list[tuple[str, tuple[int, int]]] = []
    negated, before, place = False, "", 0
    for here, token in enumerate(tokens):
        if token in SCOPE_ENDS:
            negated, before = False, ""
        elif token != ",":
            word = f"{NEGATED}{token}" if negated else token
            words.append((word, (here, here)))
            pairs += [(f"{before} {word}", (place, here))] if before else []
            negated, before, place = negated or token in NEGATORS, word, here
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
        rows = [self._logits(terms(cleaned(film))) for film in films]
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


def cleaned(film: Film) -> str:
    """Return the film's report, cleaned; "" where there is none or it says nothing."""
    return clean(film.report or "", film.laterality)


def has_report(film: Film) -> bool:
    """Tell whether there is a report that says anything."""
    return bool(cleaned(film))


def train_text(
    films: Sequence[Film], labels: NDArray[np.int64], n_classes: int, regularisation: float
) -> TextModel:
    """Fit the report labeler.

    Args:
        films: each with a report.
        labels: int (n,), positions of the classes.
        n_classes: k; a class without any film gets a very low logit.
        regularisation: scikit-learn's C; larger trusts the reports more.

    Returns:
        The model.

    Raises:
        TrainingError: if the reports hold no words or all have one class.
    """
    vectoriser = TfidfVectorizer(analyzer=terms, sublinear_tf=True)
    found = vectoriser.fit_transform([cleaned(film) for film in films])
    coefficients, offsets = fit_logistic(found, labels, n_classes, regularisation)
    vocabulary = {term: int(column) for term, column in vectoriser.vocabulary_.items()}
    return TextModel(vocabulary, vectoriser.idf_, coefficients, offsets)

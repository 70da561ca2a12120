"""One answer of several: readings of a report first, then the report and the image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import calibration
from models.calibration import INDEPENDENT, Pool, fit_pool
from models.reports.language_model import UNREACHED, Replies

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What a labeler says about films.

    Attributes:
        probabilities: float64 (n, k), calibrated.
        conflict: bool (n,), whether report and image point to different classes.
        guessed: bool (n,), whether nothing could be read: the answer is the classes' shares.
        replies: of the language model, None where none is asked.
    """

    probabilities: Array
    conflict: NDArray[np.bool_]
    guessed: NDArray[np.bool_]
    replies: Replies | None = None

    @property
    def barred(self) -> NDArray[np.bool_]:
        """bool (n,): never to be accepted, however sure: report and image differ, or a guess."""
        return self.conflict | self.guessed

    @property
    def asked(self) -> tuple[str, ...]:
        """What became of the question to the language model about each film, "" for none."""
        return self.replies.statuses if self.replies else ("",) * len(self.probabilities)

    @property
    def unreached(self) -> NDArray[np.bool_]:
        """bool (n,): nobody answered about the film, which was read with less than others."""
        return np.array([status == UNREACHED for status in self.asked], np.bool_)


def read_together(text: Array, answers: Array, readers: Pool | None) -> Array:
    """Make one reading of a report of two.

    Args:
        text: (n, k) calibrated probabilities of what learned from the seed, rows of NaN where it
            read nothing.
        answers: (n, k) those of a language model, likewise.
        readers: for reports that both have read.

    Returns:
        (n, k) calibrated probabilities, rows of NaN where neither read anything.
    """
    report = np.where(np.isnan(text), answers, text)
    both = ~np.isnan(text + answers).any(axis=1)
    if readers and both.any():
        report[both] = calibration.probabilities(readers.logits(text[both], answers[both]), 1.0)
    return report


def combine(text: Array, image: Array, shares: Array, pool: Pool | None) -> Prediction:
    """Make one answer of the report's and the image's.

    Args:
        text: (n, k) calibrated probabilities, rows of NaN where there is no report.
        image: (n, k) calibrated probabilities, rows of NaN where there is no image.
        shares: (k,), the answer where there is neither.
        pool: for films with both.

    Returns:
        The prediction. A conflict needs both, and an image that says anything at all.
    """
    has_text, has_image = ~np.isnan(text[:, 0]), ~np.isnan(image[:, 0])
    answer = np.where(has_text[:, None], text, np.where(has_image[:, None], image, shares))
    both = has_text & has_image
    if pool and both.any():
        pooled = pool.logits(text[both], image[both])
        answer[both] = calibration.probabilities(pooled, 1.0)
    differ = np.argmax(text, axis=1) != np.argmax(image, axis=1)
    telling = image.max(axis=1) - image.min(axis=1) > calibration.SMALLEST
    return Prediction(answer, both & differ & telling, ~has_text & ~has_image)


def pool_of(
    first: Array, second: Array, labels: NDArray[np.int64], weight: float = INDEPENDENT
) -> Pool:
    """Fit a pool on the films for which both sources made an out-of-fold prediction."""
    both = ~np.isnan(first + second).any(axis=1)
    return fit_pool(first[both], second[both], labels[both], weight=weight)


def fused(report: Array, image: Array, shares: Array, pool: Pool) -> Array:
    """Return the pooled out-of-fold predictions, rows of NaN where a part made none.

    The pool's few weights were fitted on the same films, so its figures are slightly kind.
    """
    found = combine(report, image, shares, pool).probabilities
    found[np.isnan(report + image).any(axis=1)] = np.nan
    return found

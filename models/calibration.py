"""Making probabilities mean what they say, and pooling the report's with the image's."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

Array = NDArray[np.float64]
SMALLEST = 1e-6
AT_ONCE = 65_536
"""Of a million rows: the exponentials of all together would take their memory thrice more."""


def fit_temperature(logits: Array, labels: NDArray[np.int64]) -> float:
    """Find the temperature under which held-out labels are least surprising.

    Temperature scaling: softmax(logits / T), T minimising the negative log-likelihood (Guo et
    al., ICML 2017, arXiv 1706.04599). The labels are smoothed by one film of each class (Platt
    1999), so that a few films without an error do not make a model certain.

    Args:
        logits: (n, k), of predictions made without the film's own label.
        labels: (n,), positions of the classes.

    Returns:
        T, between 0.05 and 20.
    """
    n, k = logits.shape
    targets = (np.eye(k)[labels] * n + 1) / (n + k)
    fitted = minimize_scalar(
        lambda power: float(-(targets * log_softmax(logits / np.exp(power), axis=1)).sum()),
        bounds=(np.log(0.05), np.log(20)),
        method="bounded",
    )
    return float(np.exp(fitted.x))


def probabilities(logits: Array, temperature: float) -> Array:
    """Return softmax(logits / temperature), float64 (n, k)."""
    found = np.empty(logits.shape)
    for start in range(0, len(logits), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        found[some] = softmax(logits[some] / temperature, axis=1)
    return found


def negative_log_likelihood(logits: Array, labels: NDArray[np.int64]) -> float:
    """Return the mean of -log softmax(logits) at the labels, in nats.

    Args:
        logits: (n, k).
        labels: (n,), positions of the classes.
    """
    return float(log_losses(logits, labels).mean())


def log_losses(logits: Array, labels: NDArray[np.int64]) -> Array:
    """Return -log softmax(logits) at the labels, float64 (n,), in nats."""
    return np.asarray(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels])


@dataclass(frozen=True)
class Pool:
    """A logarithmic opinion pool of two calibrated sources (Heskes, NIPS 1998).

    log p = first * log p_first + second * log p_second + bias, then normalised.

    Attributes:
        first: weight of the first source's log-probabilities.
        second: weight of the second's.
        bias: (k,), what both sources say about a class beforehand and should count once.
    """

    first: float
    second: float
    bias: tuple[float, ...]

    def logits(self, first: Array, second: Array) -> Array:
        """Pool the probabilities of two sources.

        Args:
            first: (n, k), calibrated probabilities of the first source.
            second: (n, k), calibrated probabilities of the second.

        Returns:
            (n, k) logits.
        """
        return (
            self.first * np.log(first.clip(SMALLEST))
            + self.second * np.log(second.clip(SMALLEST))
            + np.array(self.bias)
        )

    @classmethod
    def of_checkpoint(cls, facts: dict[str, Any]) -> Self:
        """Read a pool; earlier releases pooled nothing but `text` and `image`."""
        names = ("first", "second") if "first" in facts else ("text", "image")
        first, second = (facts[name] for name in names)
        return cls(first, second, tuple(facts["bias"]))


INDEPENDENT = 1.0
ONE_THING = 0.5
"""Weights a pool is drawn towards: of sources that err independently, as report and image, and of
two readings of one thing, which counts once."""


def fit_pool(
    first: Array,
    second: Array,
    labels: NDArray[np.int64],
    strength: float = 1.0,
    weight: float = INDEPENDENT,
) -> Pool:
    """Fit a pool on predictions made without the film's own label.

    It is drawn towards the product of both sources over the class shares, which is right when
    they err independently, and which few labels can hardly improve; or, where both read one
    thing, towards their geometric mean.

    Args:
        first: (n, k), calibrated probabilities of the first source; n may be 0.
        second: (n, k), calibrated probabilities of the second.
        labels: (n,), positions of the classes.
        strength: of the pull, as if that many films said so.
        weight: of each source where the pull leads, `INDEPENDENT` or `ONE_THING`.

    Returns:
        The pool.
    """
    k = first.shape[1]
    share = (np.bincount(labels, minlength=k) + 1) / (len(labels) + k)
    start = np.concatenate([[weight, weight], -(2 * weight - 1) * np.log(share)])
    if not len(labels):
        return _pool(start)

    def surprise(values: Array) -> float:
        logits = _pool(values).logits(first, second)
        pull = strength * ((values - start) ** 2).sum()
        return negative_log_likelihood(logits, labels) * len(labels) + float(pull)

    return _pool(minimize(surprise, start, method="L-BFGS-B").x)


def _pool(values: Array) -> Pool:
    return Pool(float(values[0]), float(values[1]), tuple(float(v) for v in values[2:]))

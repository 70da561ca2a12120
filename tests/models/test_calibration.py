"""A fitted temperature recovers the truth; a pool beats its parts and stays calm on few films."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import log_loss

from models.calibration import (
    AT_ONCE,
    fit_pool,
    fit_temperature,
    negative_log_likelihood,
    probabilities,
)


def drawn(n: int, seed: int, spread: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, spread, (n, 3))
    chances = softmax(logits, axis=1)
    return logits, np.array([rng.choice(3, p=row) for row in chances])


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
def test_the_temperature_undoes_too_much_or_too_little_confidence(factor: float) -> None:
    logits, labels = drawn(20_000, 0)
    assert fit_temperature(logits * factor, labels) == pytest.approx(factor, rel=0.05)


@given(st.integers(2, 30), st.integers(0, 10_000))
def test_probabilities_stay_probabilities_and_the_order_stays(n: int, seed: int) -> None:
    logits, labels = drawn(n, seed)
    calibrated = probabilities(logits, fit_temperature(logits, labels))
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)
    assert (calibrated.argmax(axis=1) == logits.argmax(axis=1)).all()


def test_a_few_films_without_error_do_not_make_certain() -> None:
    labels = np.array([0, 1, 2, 0, 1, 2])
    logits = np.eye(3)[labels] * 5
    assert probabilities(logits, fit_temperature(logits, labels)).max() < 0.95


def test_the_likelihood_is_scikit_learns() -> None:
    logits, labels = drawn(200, 1)
    expected = log_loss(labels, softmax(logits, axis=1))
    assert negative_log_likelihood(logits, labels) == pytest.approx(expected)


def test_a_pool_of_independent_sources_beats_both() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 3000)
    sources = [softmax(np.eye(3)[labels] * 1.5 + rng.normal(0, 1, (3000, 3)), 1) for _ in range(2)]
    temperatures = [fit_temperature(np.log(s), labels) for s in sources]
    text, image = (probabilities(np.log(s), t) for s, t in zip(sources, temperatures, strict=True))
    pool = fit_pool(text[:300], image[:300], labels[:300])
    pooled = negative_log_likelihood(pool.logits(text, image)[300:], labels[300:])
    alone = min(negative_log_likelihood(np.log(s)[300:], labels[300:]) for s in (text, image))
    assert pooled < alone - 0.05


def test_a_useless_source_loses_its_say() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 3, 2000)
    good = softmax(np.eye(3)[labels] * 2 + rng.normal(0, 1, (2000, 3)), axis=1)
    noise = softmax(rng.normal(0, 1, (2000, 3)), axis=1)
    assert abs(fit_pool(noise, good, labels).first) < 0.2 < fit_pool(noise, good, labels).second


def test_rows_taken_in_portions_have_the_probabilities_that_each_has_alone() -> None:
    logits = np.random.default_rng(3).normal(0, 3, (AT_ONCE + 5, 3))
    found = probabilities(logits, 1.7)
    for some in (slice(0, 3), slice(AT_ONCE - 3, AT_ONCE + 3), slice(-2, None)):
        np.testing.assert_allclose(found[some], softmax(logits[some] / 1.7, axis=1), rtol=1e-12)

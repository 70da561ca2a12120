"""Kappas against the papers' worked examples, other programs' figures, and repeated sampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics import confusion_matrix as sklearn_matrix

from app.statistics.kappas import cohen, confusion_matrix, fleiss, of_category

# Fleiss, Psychol Bull 1971;76:378, table 1: 30 patients, 6 psychiatrists, 5 diagnoses.
FLEISS = np.array(
    [
        [int(count) for count in patient]
        for line in (
            "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006",
            "10050 11040 03300 10050 02031 00501 30012 51000 02040 10203",
            "00006 01050 02013 20040 10041 05010 40002 02040 10500 00006",
        )
        for patient in line.split()
    ]
)
ALONE = np.arange(30)


def test_fleiss_kappa_is_that_of_his_paper():
    kappa = fleiss(FLEISS, ALONE)
    assert kappa.value == pytest.approx(0.430, abs=5e-4)
    assert kappa.observed == pytest.approx(0.556, abs=5e-4)


def test_the_kappa_of_each_category_is_that_of_the_paper():
    kappas = [fleiss(of_category(FLEISS, category), ALONE).value for category in range(5)]
    # R's irr, kappam.fleiss(diagnoses, detail = TRUE), prints the same three digits.
    assert kappas == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=5e-4)


def test_the_interval_of_fleiss_kappa_is_gwets():
    kappa = fleiss(FLEISS, ALONE)
    error = (kappa.ci[1] - kappa.ci[0]) / 2 / 1.959964
    # irrCAC (Gwet's own package, Python port): CAC(ratings).fleiss() on the same 30 x 6 ratings.
    assert kappa.value == pytest.approx(0.43024452, abs=1e-8)
    assert error == pytest.approx(0.05419894, abs=1e-7)


def standard_error(one, other, kappa):
    """Of Cohen's kappa of unrelated images: Fleiss, Cohen & Everitt 1969, eq. 13."""
    n, p = len(one), np.zeros((4, 4))
    np.add.at(p, (one, other), 1 / len(one))
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    expected = rows @ columns
    marginals = columns[:, None] + rows[None, :]
    agreeing = (np.diag(p) * (1 - np.diag(marginals) * (1 - kappa)) ** 2).sum()
    others = p * marginals**2
    differing = (1 - kappa) ** 2 * (others.sum() - np.trace(others))
    chance = (kappa - expected * (1 - kappa)) ** 2
    return np.sqrt(max(0.0, agreeing + differing - chance) / n) / (1 - expected)


def test_cohens_kappa_of_a_worked_table_has_its_interval():
    # Fleiss, Cohen & Everitt's estimate as statsmodels' cohens_kappa prints it for this table.
    table = np.array([[53, 5, 2], [11, 14, 5], [1, 6, 3]])
    one, other = (np.repeat(axis.ravel(), table.ravel()) for axis in np.indices((3, 3)))
    kappa = cohen(one, other, 3, np.arange(100))
    assert kappa.value == pytest.approx(0.4286, abs=5e-5)
    assert (kappa.ci[1] - kappa.ci[0]) / 2 / 1.96 == pytest.approx(0.0760, rel=0.01)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=60))
def test_cohens_kappa_is_scikit_learns_and_its_interval_the_papers(pairs):
    one, other = np.array(pairs).T
    kappa = cohen(one, other, 4, np.arange(len(one)))
    if kappa is None:
        assert min(len(set(one)), len(set(other))) == 1
        return
    assert kappa.value == pytest.approx(cohen_kappa_score(one, other), abs=1e-9)
    n, error = len(one), standard_error(one, other, kappa.value)
    if error > 1e-6 and -1 < kappa.ci[0] < kappa.ci[1] < 1:
        widened = 2 * 1.959964 * error * np.sqrt(n / (n - 1))
        assert kappa.ci[1] - kappa.ci[0] == pytest.approx(widened, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=40))
def test_for_two_readers_fleiss_kappa_is_scotts_pi(pairs):
    one, other = np.array(pairs).T
    counts = np.stack([(one == c).astype(int) + (other == c) for c in range(3)], axis=1)
    kappa = fleiss(counts, np.arange(len(one)))
    shares = counts.sum(axis=0) / counts.sum()
    expected = (shares**2).sum()
    if expected == 1:
        assert kappa is None
    else:
        assert kappa.value == pytest.approx(((one == other).mean() - expected) / (1 - expected))


def test_images_with_one_read_say_nothing_of_agreement():
    counts = np.array([[1, 0], [0, 1], [2, 0], [1, 1], [0, 2]])
    assert fleiss(counts, np.arange(5)) == fleiss(counts[2:], np.arange(3))
    assert fleiss(counts[:2], np.arange(2)) is None


def test_the_interval_is_as_wide_as_repeated_reading_of_patients_with_two_knees_varies():
    rng = np.random.default_rng(0)

    def read(patients: int) -> tuple[np.ndarray, np.ndarray]:
        hard = np.repeat(rng.random(patients) < 0.4, 2)
        truth = rng.integers(0, 3, 2 * patients)
        right = rng.random((2 * patients, 3)) < np.where(hard, 0.4, 0.95)[:, None]
        said = np.where(right, truth[:, None], rng.integers(0, 3, (2 * patients, 3)))
        return np.stack([(said == c).sum(axis=1) for c in range(3)], axis=1), said

    owners = np.repeat(np.arange(150), 2)
    fleisses, cohens, fleiss_errors, cohen_errors = [], [], [], []
    for _ in range(600):
        counts, said = read(150)
        all_three, pair = fleiss(counts, owners), cohen(said[:, 0], said[:, 1], 3, owners)
        fleisses.append(all_three.value)
        cohens.append(pair.value)
        fleiss_errors.append((all_three.ci[1] - all_three.ci[0]) / 2 / 1.96)
        cohen_errors.append((pair.ci[1] - pair.ci[0]) / 2 / 1.96)
    assert np.mean(fleiss_errors) == pytest.approx(np.std(fleisses), rel=0.08)
    assert np.mean(cohen_errors) == pytest.approx(np.std(cohens), rel=0.08)


def test_readers_who_always_agree_have_no_certainty():
    said = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    kappa = cohen(said, said, 2, np.arange(8))
    assert kappa.value == 1
    assert 0 < kappa.ci[0] < 0.5
    assert kappa.ci[1] == 1
    assert cohen(said[:0], said[:0], 2, said[:0]) is None
    assert cohen(said * 0, said * 0, 2, np.arange(8)) is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=80))
def test_the_confusion_matrix_is_that_of_scikit_learn(pairs):
    a, b = np.array(pairs).T
    assert (confusion_matrix(a, b, 3) == sklearn_matrix(a, b, labels=[0, 1, 2])).all()

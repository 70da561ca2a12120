"""An answer is worth what it proved to be; before that, what is stated."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.reports.confusion import RIGHT_BEFORE, Confusion, Given, fit_confusion, held_out
from models.reports.questionnaire import CERTAINTIES

NOTHING = Given.of([])
NO_LABELS = np.zeros(0, np.int64)


def test_without_a_label_an_answer_is_worth_what_is_stated() -> None:
    asked = Given.of([(1, certainty) for certainty in CERTAINTIES])
    found = fit_confusion(NOTHING, NO_LABELS, 3).probabilities(asked)
    np.testing.assert_allclose(found[:, 1], [RIGHT_BEFORE[each] for each in CERTAINTIES])
    np.testing.assert_allclose(found[:, 0], found[:, 2])


def test_few_labels_move_it_a_little_and_many_decide() -> None:
    asked = Given.of([(0, "certain")])
    right = [
        fit_confusion(Given.of([(0, "certain")] * n), np.ones(n, np.int64), 3).probabilities(asked)
        for n in (0, 5, 2000)
    ]
    assert [row.argmax() for row in right] == [0, 0, 1]
    assert right[1][0, 0] > 0.5
    assert right[2][0, 1] > 0.99


def test_what_one_answer_proved_to_be_says_nothing_of_another() -> None:
    wrong = Given.of([(0, "likely")] * 50)
    found = fit_confusion(wrong, np.ones(50, np.int64), 3)
    before = fit_confusion(NOTHING, NO_LABELS, 3)
    for other in ((0, "certain"), (1, "likely")):
        asked = Given.of([other])
        np.testing.assert_array_equal(found.probabilities(asked), before.probabilities(asked))


def test_no_answer_has_no_probabilities() -> None:
    found = fit_confusion(NOTHING, NO_LABELS, 3).probabilities(Given.of([None, (2, "unsure")]))
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1]).any()


answers = st.none() | st.tuples(st.integers(0, 2), st.sampled_from(CERTAINTIES))
films = st.lists(st.tuples(answers, st.integers(0, 2), st.integers(-1, 3)), max_size=30)


@given(films)
def test_probabilities_sum_to_one_survive_the_disk_and_no_film_judges_itself(
    rows: list[tuple[tuple[int, str] | None, int, int]],
) -> None:
    asked = Given.of([row[0] for row in rows])
    labels = np.array([row[1] for row in rows], np.int64)
    folds = np.array([row[2] for row in rows], np.int64)
    table = fit_confusion(asked, labels, 3)
    np.testing.assert_allclose(table.table.sum(axis=2), 1)
    assert (table.table > 0).all()
    assert np.array_equal(Confusion.from_json(table.to_json()).table, table.table)
    found = held_out(asked, labels, folds, 3)
    assert np.array_equal(np.isnan(found[:, 0]), ~asked.there | (folds < 0))
    for row in np.flatnonzero(~np.isnan(found[:, 0])):
        others = folds != folds[row]
        alone = fit_confusion(asked.where(others), labels[others], 3)
        here = np.arange(len(rows)) == row
        np.testing.assert_allclose(found[row], alone.probabilities(asked.where(here))[0])

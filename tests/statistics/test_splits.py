import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refused
from app.statistics.splits import default_split, draw_calibration, draw_seed, draw_validation

PATIENTS = st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=60, unique=True)
SEED = st.integers(0, 2**32)


@given(PATIENTS, SEED, st.data())
def test_validation_has_exactly_the_patients_asked_for(patients, rng, data):
    n = data.draw(st.integers(0, len(patients) - 1))
    drawn = draw_validation(patients, n, rng)
    assert len(drawn) == n
    assert drawn <= set(patients)


@given(PATIENTS, SEED, st.randoms(use_true_random=False))
def test_order_and_repeats_of_the_input_change_no_draw(patients, rng, shuffler):
    n = len(patients) // 2
    shuffled = [*patients, *patients[:3]]
    shuffler.shuffle(shuffled)
    assert draw_validation(patients, n, rng) == draw_validation(shuffled, n, rng)
    assert draw_seed(patients, n, rng) == draw_seed(shuffled, n, rng)


@given(PATIENTS, SEED, st.data())
def test_a_larger_seed_set_begins_with_the_smaller_one(patients, rng, data):
    n = data.draw(st.integers(1, len(patients)))
    assert draw_seed(patients, len(patients), rng)[:n] == draw_seed(patients, n, rng)


def test_two_seeds_draw_differently_and_two_draws_of_one_seed_are_independent():
    patients = [f"patient {i}" for i in range(1000)]
    validation = draw_validation(patients, 500, 0)
    assert 200 < len(validation & draw_validation(patients, 500, 1)) < 300
    assert 200 < len(validation & set(draw_seed(patients, 500, 0))) < 300


@pytest.mark.parametrize("n", [-1, 3, 4])
def test_a_validation_split_that_leaves_no_patient_for_development_is_refused(n):
    with pytest.raises(Refused, match="3 patients"):
        draw_validation(["a", "b", "c"], n, 0)


@pytest.mark.parametrize(("patients", "n"), [([], 1), (["a"], 2), (["a"], 0)])
def test_a_seed_set_larger_than_the_archive_is_refused(patients, n):
    with pytest.raises(Refused, match="seed patients"):
        draw_seed(patients, n, 0)


def test_the_default_split_sends_the_stated_share_to_validation():
    splits = [default_split(f"patient {i}", 7) for i in range(20_000)]
    assert splits.count("validation") / len(splits) == pytest.approx(0.1, abs=0.01)
    assert {default_split("x", 0, 0.0), default_split("y", 0, 1.0)} == {
        "development",
        "validation",
    }


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=4),
        st.lists(st.integers(), min_size=1, max_size=4, unique=True),
        min_size=1,
        max_size=400,
    ),
    SEED,
)
def test_calibration_keeps_out_two_in_five_patients_one_image_each(images, rng):
    drawn = draw_calibration(images, rng)
    assert len(drawn) == min(round(0.4 * len(images)), 120)
    assert all(image in images[patient] for patient, image in drawn.items())


def test_calibration_stops_at_120_patients_and_picks_either_knee():
    knees = {f"patient {i}": [f"{i}L", f"{i}R"] for i in range(1000)}
    drawn = draw_calibration(knees, 0)
    assert len(drawn) == 120
    assert 40 < sum(image.endswith("L") for image in drawn.values()) < 80
    mirrored = {patient: list(reversed(both)) for patient, both in knees.items()}
    assert draw_calibration(mirrored, 0) == drawn

"""The curve of a training: a mean for each stretch, few of them, and the same when resumed."""

from pathlib import Path

import torch

from models.checkpoint import write_state
from models.curve import POINTS, Curve, curve_in, stretch_of


def test_each_point_is_the_mean_of_an_epochs_losses() -> None:
    curve = Curve()
    for step, loss in enumerate([4.0, 2.0, 1.0, 0.5, 0.25]):
        curve.add(step, 2, loss)
    assert curve.points(2) == {"epochs": [1.0, 2.0, 2.5], "loss": [3.0, 0.75, 0.25]}


def test_a_curve_goes_on_where_it_was_kept() -> None:
    begun = Curve()
    begun.add(0, 2, 4.0)
    resumed = Curve.read(begun.written())
    resumed.add(1, 2, 2.0)
    assert resumed.points(2) == {"epochs": [1.0], "loss": [3.0]}


def test_a_training_an_earlier_release_began_has_none() -> None:
    resumed = Curve.read("")
    resumed.add(500, 2, 1.0)
    assert resumed.points(2) == {"epochs": [], "loss": []}


def test_a_long_training_has_few_points_and_a_short_one_an_epoch_each() -> None:
    assert stretch_of(320, 32, 100) == 10
    assert stretch_of(8, 32, 3) == 1
    for steps in (1_000_000, 6_007):
        assert -(-steps // stretch_of(320, 32, steps)) <= POINTS


def test_a_state_without_a_curve_or_none_at_all_gives_none(tmp_path: Path) -> None:
    state = tmp_path / "training.safetensors"
    assert curve_in(state, 10, 5) == {"epochs": [], "loss": []}
    write_state(state, {"x": torch.zeros(1)}, {"step": "1"})
    assert curve_in(state, 10, 5) == {"epochs": [], "loss": []}

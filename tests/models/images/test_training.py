"""A training can be stopped anywhere and ends with the weights it would have had."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from support.models_films import TINY, draw_films, one_hot
from torch import nn

from models.curve import curve_in
from models.descent import STATE, loss_of, schedule, steps_of
from models.errors import Stopped, TrainingError
from models.examples import Examples, class_weights, examples
from models.images.reading import load_films
from models.images.training import train
from models.recipe import Recipe

SHORT = dataclasses.replace(TINY, presentations=56, checkpoint_steps=3, mixup=0.2, erasing=0.5)


@pytest.fixture
def known(tmp_path: Path) -> Examples:
    films, labels = draw_films(tmp_path / "films", 12)
    return examples(load_films(films, 32), one_hot(labels))


def weights_of(network: nn.Module) -> dict[str, torch.Tensor]:
    return network.state_dict()


def assert_equal(one: nn.Module, other: nn.Module) -> None:
    for name, value in weights_of(one).items():
        assert torch.equal(value, weights_of(other)[name]), name


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_a_resumed_training_ends_with_the_same_weights(
    known: Examples, tmp_path: Path, killed_at: int
) -> None:
    unbroken = train(known, SHORT, tmp_path / "unbroken")
    asked = iter(range(100))
    with pytest.raises(Stopped):
        train(known, SHORT, tmp_path / "killed", should_stop=lambda: next(asked) == killed_at)
    steps: list[int] = []
    resumed = train(
        known, SHORT, tmp_path / "killed", on_progress=lambda done, *_: steps.append(done)
    )
    assert steps[0] == killed_at // 3 * 3 + 1
    assert steps[-1] == steps_of(12, SHORT) == 7
    assert_equal(resumed, unbroken)
    curves = [
        curve_in(tmp_path / each / STATE, 12, SHORT.batch_size) for each in ("killed", "unbroken")
    ]
    assert curves[0] == curves[1]
    assert len(curves[0]["loss"]) > 1


def test_the_seed_decides_everything(known: Examples, tmp_path: Path) -> None:
    first = train(known, SHORT, tmp_path / "1")
    torch.manual_seed(99)
    assert_equal(first, train(known, SHORT, tmp_path / "2"))
    other = train(known, dataclasses.replace(SHORT, seed=1), tmp_path / "3")
    assert any(not torch.equal(v, weights_of(other)[k]) for k, v in weights_of(first).items())


def test_a_checkpoint_of_another_training_is_not_taken_up(known: Examples, tmp_path: Path) -> None:
    train(known, dataclasses.replace(SHORT, learning_rate=1e-2), tmp_path / "same")
    assert_equal(train(known, SHORT, tmp_path / "same"), train(known, SHORT, tmp_path / "fresh"))


def test_training_leaves_the_callers_random_numbers_alone(known: Examples, tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    train(known, SHORT, tmp_path)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("bad", [np.nan, -0.5, 2.0])
def test_a_bad_target_is_named_by_position(known: Examples, bad: float) -> None:
    targets = known.targets.numpy().copy()
    targets[7, 1] = bad
    with pytest.raises(TrainingError) as refused:
        examples(known.films.numpy(), targets)
    assert refused.value.where == "film 8 of the list"


def test_a_diverging_training_says_so(known: Examples, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="diverged"):
        train(known, dataclasses.replace(SHORT, learning_rate=1e30), tmp_path)


def test_full_balance_gives_each_class_the_same_weight(known: Examples) -> None:
    lopsided = Examples(known.films[:9], known.targets[:9])
    counts = lopsided.targets.sum(dim=0)
    balanced = class_weights(lopsided, 1.0) * counts
    torch.testing.assert_close(balanced, torch.full((3,), 3.0))
    torch.testing.assert_close(class_weights(lopsided, 0.0), torch.ones(3))


def test_class_weights_do_not_bend_the_probabilities() -> None:
    """The best constant prediction is the classes' shares, whatever the weights."""
    targets = one_hot(np.repeat([0, 1, 2], [6, 3, 1]))
    known = Examples(torch.zeros(10, 1, 1), torch.from_numpy(targets))
    logits = torch.zeros(3, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=200)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        rows = logits.expand(10, 3)
        loss = loss_of(rows, known.targets, class_weights(known, 0.7))
        loss.backward()
        return loss

    optimizer.step(closure)
    shares = torch.tensor([0.6, 0.3, 0.1])
    torch.testing.assert_close(logits.softmax(dim=0).detach(), shares, atol=1e-3, rtol=0)


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [schedule(step, 100, 0.1) for step in range(100)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert (max(rates), rates[-1] < 0.01) == (1.0, True)


def test_films_are_shown_within_the_least_and_the_most_number_of_times() -> None:
    recipe = Recipe(presentations=1000, least_epochs=4, most_epochs=20, batch_size=10)
    assert steps_of(20, recipe) == 40
    assert steps_of(100, recipe) == 100
    assert steps_of(500, recipe) == 200

"""A network learns from films without labels; stopped anywhere, it ends with the same weights."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from support.models_films import TINY, draw_films
from torch.nn import functional

from models.errors import Stopped, TrainingError
from models.film import Film
from models.images import pretraining
from models.images.embedding import without_head
from models.images.networks import build_network, network_of_file, weights_origin
from models.images.pretraining import for_pretraining, pretrain, vicreg
from models.images.reading import load_films
from models.images.transforms import for_training
from models.recipe import CPU, GPU, Recipe

FILMS = 48


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Film]:
    """A few films, and a pretraining that takes a few for enough and sees them a few times."""
    monkeypatch.setattr(pretraining, "FEWEST_FILMS", 24)
    monkeypatch.setattr(pretraining, "for_pretraining", short)
    return draw_films(tmp_path / "films", FILMS)[0]


def short(recipe: Recipe, presentations: int = 7 * 16) -> Recipe:
    whole = for_pretraining(recipe)
    return dataclasses.replace(whole, presentations=presentations, batch_size=16, bf16=False)


def test_a_pretraining_killed_anywhere_ends_with_the_same_weights(
    archive: list[Film], tmp_path: Path
) -> None:
    saving = dataclasses.replace(TINY, checkpoint_steps=2)
    pretrain(archive, saving, tmp_path / "unbroken.safetensors", tmp_path / "unbroken")
    asked = iter(range(100))
    with pytest.raises(Stopped):
        pretrain(
            archive,
            saving,
            tmp_path / "killed.safetensors",
            tmp_path / "killed",
            should_stop=lambda: next(asked) == 5,
        )
    assert not (tmp_path / "killed.safetensors").exists()
    steps: list[str] = []
    pretrain(
        archive,
        saving,
        tmp_path / "killed.safetensors",
        tmp_path / "killed",
        on_progress=lambda done, total, what: steps.append(f"{done} of {total}, {what}"),
    )
    assert steps[1] == "5 of 7, Learning from films without labels"
    unbroken = load_file(tmp_path / "unbroken.safetensors")
    resumed = load_file(tmp_path / "killed.safetensors")
    assert unbroken.keys() == resumed.keys()
    assert all(torch.equal(unbroken[name], resumed[name]) for name in unbroken)


def test_trainings_start_from_the_weights_and_say_where_they_come_from(
    archive: list[Film], tmp_path: Path
) -> None:
    weights = tmp_path / "learned.safetensors"
    assert pretrain(archive, TINY, weights, tmp_path / "folder") == FILMS
    assert network_of_file(weights) == TINY.network
    assert weights_origin(str(weights)) == "48 films without labels"
    network = build_network(TINY.network, 3, str(weights)).state_dict()
    learned = load_file(weights)
    torch.testing.assert_close(network["layer4.1.bn2.weight"], learned["layer4.1.bn2.weight"])
    torch.testing.assert_close(network["conv1.weight"], learned["conv1.weight"].sum(1, True))


def test_networks_that_learned_without_labels_know_films_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer strangers lie nearer to a film than its own second view does.

    Three seeds learn, and what each film gains is judged by its standard error: one network on a
    few films gains more on one processor's rounding than on another's.
    """
    monkeypatch.setattr(pretraining, "FEWEST_FILMS", 24)
    monkeypatch.setattr(pretraining, "for_pretraining", lambda recipe: short(recipe, 60 * 16))
    gains = torch.cat([gained(tmp_path / str(seed), seed) for seed in range(3)])
    assert gains.mean() > 3 * gains.std() / len(gains) ** 0.5


def gained(folder: Path, seed: int) -> torch.Tensor:
    """Return by how much nearer each of 96 films is to itself once a network has learned."""
    films, _ = draw_films(folder / "films", 96)
    weights = folder / "learned.safetensors"
    pretrain(films, dataclasses.replace(TINY, seed=seed), weights, folder / "checkpoints")
    torch.manual_seed(seed)
    return nearer_strangers(films, "") - nearer_strangers(films, str(weights))


def nearer_strangers(films: list[Film], weights: str) -> torch.Tensor:
    """Return the share of films that lie nearer to a film's first view than its second does."""
    network = without_head(build_network(TINY.network, 3, weights).eval())
    pixels = torch.from_numpy(load_films(films, 32))
    changes = torch.Generator().manual_seed(0)
    shares = []
    for _ in range(4):
        with torch.inference_mode():
            seen = [network(for_training(pixels, short(TINY), changes)) for _ in range(2)]
        first, second = (functional.normalize(views - views.mean(dim=0)) for views in seen)
        alike = first @ second.T
        shares.append((alike > alike.diagonal()[:, None]).float().mean(dim=1))
    return torch.stack(shares).mean(dim=0)


def test_blank_films_are_passed_over(archive: list[Film], tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((40, 36), 7, np.uint8))
    films = [*archive, dataclasses.replace(archive[0], path=blank)]
    assert pretrain(films, TINY, tmp_path / "w.safetensors", tmp_path / "folder") == FILMS


def test_too_few_films_are_refused_with_how_many_are_missing(
    archive: list[Film], tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="too few films") as refused:
        pretrain(archive[:20], TINY, tmp_path / "w.safetensors", tmp_path / "folder")
    assert (refused.value.where, "4 more" in refused.value.do) == ("20 films", True)
    assert not (tmp_path / "w.safetensors").exists()


def test_a_pretraining_that_diverges_says_so(archive: list[Film], tmp_path: Path) -> None:
    wild = dataclasses.replace(TINY, learning_rate=1e30)
    with pytest.raises(TrainingError, match="diverged"):
        pretrain(archive, wild, tmp_path / "w.safetensors", tmp_path / "folder")


def test_films_are_smaller_than_in_the_trainings_to_come() -> None:
    assert [for_pretraining(recipe).size for recipe in (CPU, GPU, TINY)] == [96, 168, 32]


def test_the_loss_is_the_papers() -> None:
    """Written out number by number, as equations 1 to 6 of arXiv 2105.04906 have it."""
    draw = np.random.default_rng(0)
    views = draw.normal(size=(2, 7, 4)).astype(np.float32)
    n, d = views.shape[1:]
    invariance = sum(((views[0, i] - views[1, i]) ** 2).sum() for i in range(n)) / (n * d)
    variance = covariance = 0.0
    for view in views:
        table = np.cov(view, rowvar=False)
        variance += sum(max(0.0, 1 - np.sqrt(table[j, j] + 1e-4)) for j in range(d)) / d
        covariance += sum(table[i, j] ** 2 for i in range(d) for j in range(d) if i != j) / d
    expected = 25 * invariance + 25 * variance / 2 + covariance
    found = vicreg(*torch.from_numpy(views))
    assert float(found) == pytest.approx(expected, rel=1e-5)

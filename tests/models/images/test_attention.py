"""Grad-CAM: the map peaks where the class is decided, and lies on the film as the film lies."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from models.film import Film
from models.images.attention import SIDE, attention_maps, grad_cam, square_maps
from models.images.networks import NETWORKS, build_network
from models.machine import placed
from models.recipe import Recipe


class BrightSpots(nn.Module):
    """A network with known weights: class 1 is how much is bright, class 0 how much is dark."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.Conv2d(1, 2, 8, stride=8)
        with torch.no_grad():
            layer.weight.fill_(1 / 64)
            layer.weight[0] *= -1
            layer.bias.fill_(-1.0)
        self.features = nn.Sequential(layer, nn.ReLU())
        self.head = nn.Linear(2, 2, bias=False)
        with torch.no_grad():
            self.head.weight.copy_(torch.eye(2))

    def forward(self, films: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(films).mean(dim=(2, 3)))


def bright_spots() -> nn.Module:
    return placed(BrightSpots()).eval()


def film_with_a_blob(folder: Path, across: float, down: float, shape=(160, 80)) -> Path:
    """A dark film with one bright blob, at these shares of its width and height."""
    pixels = np.full(shape, 60, np.uint8)
    centre = round(across * shape[1]), round(down * shape[0])
    cv2.circle(pixels, centre, 9, 255, -1)
    path = folder / f"{across}-{down}.png"
    cv2.imwrite(str(path), pixels)
    return path


def peak(drawn: np.ndarray) -> tuple[float, float]:
    """Where the map's bright part has its middle, as shares of width and height."""
    down, across = np.nonzero(drawn > 200)
    return across.mean() / drawn.shape[1], down.mean() / drawn.shape[0]


@pytest.mark.parametrize("laterality", ["L", "R", ""])
@pytest.mark.parametrize("shape", [(160, 80), (80, 160), (128, 128)])
@pytest.mark.parametrize("flip", [False, True])
def test_the_map_peaks_where_the_blob_is(tmp_path: Path, laterality, shape, flip) -> None:
    recipe = Recipe(size=128, test_time_flip=flip)
    spots = [(0.25, 0.3), (0.75, 0.6)]
    films = [
        Film(film_with_a_blob(tmp_path, *spot, shape), None, str(n), laterality)
        for n, spot in enumerate(spots)
    ]
    networks = [bright_spots(), bright_spots()]
    maps = attention_maps(networks, films, [1, 1], recipe)
    for drawn, spot in zip(maps, spots, strict=True):
        assert drawn.shape == (SIDE * shape[0] // max(shape), SIDE * shape[1] // max(shape))
        assert drawn.max() == 255
        np.testing.assert_allclose(peak(drawn), spot, atol=0.08)


def test_each_class_is_looked_for_where_it_is(tmp_path: Path) -> None:
    film = Film(film_with_a_blob(tmp_path, 0.5, 0.5, (128, 128)), None, "p", "")
    recipe = Recipe(size=128, test_time_flip=False)
    dark, bright = attention_maps([bright_spots()], [film, film], [0, 1], recipe)
    assert bright[SIDE // 2, SIDE // 2] > 230
    assert dark is None or dark[SIDE // 2, SIDE // 2] < 50


def test_a_blank_film_has_no_map(tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    cv2.imwrite(str(path), np.full((64, 64), 90, np.uint8))
    assert attention_maps([bright_spots()], [Film(path, None, "p", "")], [1], Recipe()) == [None]


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_offered_has_a_map(name: str) -> None:
    torch.manual_seed(0)
    network = placed(build_network(name, 3)).eval()
    squares = np.random.default_rng(0).integers(0, 256, (2, 64, 64), dtype=np.uint8)
    maps = square_maps([network], squares, [0, 2], flip=True)
    assert maps.shape == (2, 64, 64)
    assert np.isfinite(maps).all()
    assert maps.min() >= 0
    assert maps.max() <= 1


def test_the_gradient_is_that_of_the_whole_network() -> None:
    """Weights of Grad-CAM by plain differentiation of the whole network, for comparison."""
    torch.manual_seed(1)
    network = build_network("resnet18_quarter", 3).eval()
    films = torch.randn(2, 1, 64, 64)
    classes = torch.tensor([0, 2])
    kept: list[torch.Tensor] = []
    hook = network.layer4.register_forward_hook(lambda *a: kept.append(a[2]) or a[2])
    logits = network(films)
    hook.remove()
    gradient = torch.autograd.grad(logits[0, 0] + logits[1, 2], kept[0])[0]
    seen = torch.relu((gradient.mean((2, 3), keepdim=True) * kept[0]).sum(1, keepdim=True))
    expected = nn.functional.interpolate(seen, size=[64, 64], mode="bilinear")[:, 0]
    torch.testing.assert_close(grad_cam(network, films, classes), expected.detach())
    assert all(parameter.grad is None for parameter in network.parameters())

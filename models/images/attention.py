"""Where in a film the networks saw a class: Grad-CAM.

Source: Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based
localization", ICCV 2017, arXiv 1610.02391. The last feature maps are weighed by the mean gradient
of the class's logit over each of them and added up; what speaks against the class is left out.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.film import Film
from models.images.data import as_seen, blank, place_in_square, read_pixels
from models.images.transforms import for_prediction
from models.machine import device
from models.recipe import Recipe

SIDE = 96
"""Pixels of a map's longer side: the networks see no finer than a 32nd of the square."""


def attention_maps(
    networks: Sequence[nn.Module],
    films: Sequence[Film],
    class_indices: Sequence[int],
    recipe: Recipe,
) -> list[NDArray[np.uint8] | None]:
    """Draw where the networks saw a class in each film.

    Args:
        networks: in evaluation mode; their maps are averaged.
        films: any number that fits into memory at the recipe's size.
        class_indices: the class to look for in each film.
        recipe: the size, and whether the mirror image is looked at too.

    Returns:
        For each film uint8 (height, width) in the film's own proportions, the film as it lies in
        the file, 255 where the class was seen most; None where it was seen nowhere.

    Raises:
        TrainingError: naming the position of a film that cannot be read.
    """
    if not films:
        return []
    pixels = [read_pixels(film, position) for position, film in enumerate(films)]
    squares = np.stack(
        [as_seen(each, film, recipe.size) for each, film in zip(pixels, films, strict=True)]
    )
    seen = square_maps(networks, squares, class_indices, recipe.test_time_flip)
    seen[blank(squares)] = 0
    return [
        _in_film(square, each.shape, film.laterality == "L") if square.max() > 0 else None
        for square, each, film in zip(seen, pixels, films, strict=True)
    ]


def square_maps(
    networks: Sequence[nn.Module],
    squares: NDArray[np.uint8],
    class_indices: Sequence[int],
    flip: bool,
) -> NDArray[np.float32]:
    """Average the maps of networks, each scaled to its own maximum: their logits are not alike.

    Args:
        networks: in evaluation mode.
        squares: uint8 (n, size, size), as the networks see them.
        class_indices: (n,).
        flip: look at the mirror image too.

    Returns:
        float32 (n, size, size), 0 to 1.
    """
    where = device()
    films = for_prediction(torch.from_numpy(squares).to(where))
    classes = torch.tensor(class_indices, device=where)
    maps = [grad_cam(network, films, classes) for network in networks]
    if flip:
        maps += [grad_cam(network, films.flip(-1), classes).flip(-1) for network in networks]
    return _scaled(torch.stack([_scaled(each) for each in maps]).mean(dim=0)).cpu().numpy()


def grad_cam(network: nn.Module, films: Tensor, classes: Tensor) -> Tensor:
    """Compute one network's maps.

    Args:
        network: a network of `models.images.networks`, in evaluation mode.
        films: float32 (n, 1, size, size), network input.
        classes: int64 (n,).

    Returns:
        float32 (n, size, size), at least 0.
    """
    kept: list[Tensor] = []

    def begin_here(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        # Only what follows the features is differentiated, so a map costs little more than a look.
        kept.append(output.detach().requires_grad_())
        torch.set_grad_enabled(True)
        return kept[0]

    hook = last_features(network).register_forward_hook(begin_here)
    try:
        with torch.no_grad():
            logits = network(films)
            score = logits.gather(1, classes[:, None]).sum()
            (gradient,) = torch.autograd.grad(score, kept)
    finally:
        hook.remove()
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    seen = functional.relu((weights * kept[0].detach()).sum(dim=1, keepdim=True))
    whole = functional.interpolate(seen, size=list(films.shape[2:]), mode="bilinear")
    return whole[:, 0]


def last_features(network: nn.Module) -> nn.Module:
    """Return the layer whose output still has places: ResNets call it otherwise than the rest."""
    layer = getattr(network, "features", None) or network.layer4
    assert isinstance(layer, nn.Module)
    return layer


def _scaled(maps: Tensor) -> Tensor:
    return maps / maps.amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)


def _in_film(
    square: NDArray[np.float32], shape: tuple[int, ...], mirrored: bool
) -> NDArray[np.uint8]:
    """Take the padding and the mirror image back."""
    whole = square[:, ::-1] if mirrored else square
    top, left, height, width = place_in_square(shape, len(square))
    inner = np.ascontiguousarray(whole[top : top + height, left : left + width])
    scale = SIDE / max(shape)
    size = max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale))
    resized = cv2.resize(inner, size, interpolation=cv2.INTER_LINEAR)
    return np.rint(255 * resized / max(float(resized.max()), 1e-12)).astype(np.uint8)

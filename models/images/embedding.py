"""Embeddings of films: vectors in which films that look alike lie close to each other.

They are the pooled features of a network with ImageNet weights that is not trained any further.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.errors import TrainingError
from models.film import Film
from models.images.forward import Forwards
from models.images.networks import NETWORKS, build_network, network_of_file
from models.images.prediction import network_input
from models.images.reading import read_and_report
from models.machine import at_once, device, placed, predicts_in_bf16
from models.progress import OnProgress, ShouldStop, never, silent

Vectors = NDArray[np.float32]

FROZEN_SIZE = 224
"""The side, in pixels, that ImageNet networks are trained at."""
DOWNLOADED = "mobilenet_v3_small"
"""The network whose weights are downloaded where that is asked for: the fastest one offered."""


@dataclass(frozen=True)
class Embedder:
    """The pooled features of a network, before its head; the film's and its mirror image's mean.

    Attributes:
        network: as `without_head` returns it.
        size: side of the square, in pixels.
        bf16: compute in bfloat16 where the device supports it.
    """

    network: nn.Module
    size: int
    bf16: bool = True

    @cached_property
    def forwards(self) -> Forwards:
        """How the network is run."""
        return Forwards([self.network], self.size)

    def vectors(self, pixels: NDArray[np.uint8]) -> Vectors:
        """Embed films that are loaded: uint8 (n, size, size) to float32 (n, d)."""
        (network,) = self.forwards.to_predict(len(pixels))
        where = device()
        with (
            torch.inference_mode(),
            torch.autocast(where.type, torch.bfloat16, enabled=predicts_in_bf16(self.bf16)),
        ):
            parts = []
            for some in torch.from_numpy(pixels).split(at_once()):
                films = network_input(some.to(where))
                parts.append((network(films).float() + network(films.flip(-1)).float()) / 2)
            return torch.cat(parts).cpu().numpy()


def embed(
    embedder: Embedder,
    films: Sequence[Film],
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Vectors:
    """Embed films from their files.

    Args:
        embedder: how.
        films: the films, at least one.
        on_progress: told (done, total, message) at every batch.
        should_stop: asked at every batch.

    Returns:
        float32 (n, d).

    Raises:
        TrainingError: naming the position of a film that cannot be read.
        Stopped: if should_stop says so.
    """
    parts: list[Vectors] = []
    batches = read_and_report(films, embedder.size, "Comparing films", on_progress, should_stop)
    for _, pixels in batches:
        parts.append(embedder.vectors(pixels))
    return np.concatenate(parts)


def frozen_network(weights: str) -> Embedder:
    """Return the embedder of a network with ImageNet weights, none of them changed.

    Args:
        weights: "download", or the path of a .safetensors file, which decides the network.

    Raises:
        TrainingError: if the weights cannot be had, or belong to no network known here.
    """
    name: str | None = DOWNLOADED
    if weights != "download":
        name = network_of_file(Path(weights))
    if name is None:
        raise TrainingError(
            "The weights file fits none of the networks known here.",
            Path(weights).name,
            f"Use weights of: {', '.join(NETWORKS)}.",
        )
    network = build_network(name, 1, weights)
    return Embedder(without_head(placed(network).eval()), FROZEN_SIZE)


def without_head(network: nn.Module) -> nn.Module:
    """Return a network that ends with its pooled features, sharing the weights of the one given.

    Args:
        network: any of `models.images.networks`.

    Returns:
        float32 (n, 1, height, width) to float32 (n, d).
    """
    headless = copy.copy(network)
    headless._modules = dict(network._modules)
    if "fc" in headless._modules:
        headless.fc = nn.Identity()
    elif any(
        isinstance(layer, nn.Conv2d) for layer in network.get_submodule("classifier").children()
    ):
        headless.classifier = nn.AdaptiveAvgPool2d(1)  # SqueezeNet pools after its last layer
    else:
        headless.classifier = nn.Identity()
    return headless

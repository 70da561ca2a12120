"""CPU time of a film and its probabilities, by torch and by other runtimes, on our networks.

Each row is one network at its size, on one thread. It has been trained for some steps, so that what
a runtime rounds otherwise is seen in the probabilities. Times are the best of the turns, which the
runtimes take one after the other. OpenVINO takes part where it is installed.

    python -m bench runtimes [--turns 5] [NETWORK:SIZE ...]
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.examples import examples
from models.images.forward import Forward, converted
from models.images.prediction import network_input
from models.images.training import train
from models.machine import use_threads
from models.recipe import Recipe

NETWORKS = ("resnet18_quarter:128", "mobilenet_v3_small:192", "efficientnet_lite0:192")
FILMS, CLASSES = 64, 3
SHOWN = 480
"""Films shown to a network before it is measured."""


def drawn(size: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw noisy films with a bright band whose height tells the class: films and classes."""
    random = np.random.default_rng(0)
    classes = np.arange(FILMS) % CLASSES
    films = random.normal(90, 40, (FILMS, size, size))
    for film, own in zip(films, classes, strict=True):
        film[(2 + 3 * own) * size // 11 : (4 + 3 * own) * size // 11] += 60
    return films.clip(0, 255).astype(np.uint8), classes


def trained(name: str, size: int) -> nn.Module:
    """Train a network for some steps, so that it has something to say of a film."""
    films, classes = drawn(size)
    recipe = Recipe(network=name, size=size, presentations=SHOWN, least_epochs=1, batch_size=16)
    with tempfile.TemporaryDirectory() as folder:
        known = examples(films, np.eye(CLASSES, dtype=np.float32)[classes])
        return train(known, recipe, Path(folder))


def by_torch(network: nn.Module, films: Tensor, batch: int, *, bf16: bool = False) -> Tensor:
    """Predict films in batches."""
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        return torch.cat([network(some).float() for some in films.split(batch)])


def by(forward: Forward, films: Tensor, batch: int) -> Tensor:
    """Predict films in batches by another runtime."""
    return torch.cat([forward(some) for some in films.split(batch)])


def openvino(network: nn.Module, size: int) -> Forward:
    """Return the network under OpenVINO, told to compute in float32 as ours is."""
    import openvino  # not among our libraries

    with tempfile.TemporaryDirectory() as folder:
        graph = Path(folder) / "network.onnx"
        example = (torch.zeros(1, 1, size, size),)
        axes = {"films": {0: "n"}}
        torch.onnx.export(
            network, example, graph, dynamo=False, input_names=["films"], dynamic_axes=axes
        )
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
        compiled = openvino.Core().compile_model(graph, "CPU", options)
    return lambda films: torch.from_numpy(compiled(films.contiguous().numpy())[0].copy())


def ways(network: nn.Module, size: int, films: Tensor) -> dict[str, Callable[[], Tensor]]:
    """Return each way to predict the films; the first is the one others are compared with."""
    onnx = converted(network, size)
    found: dict[str, Callable[[], Tensor]] = {
        "torch float32, 64 at once": lambda: by_torch(network, films, 64),
        "torch float32, 32 at once": lambda: by_torch(network, films, 32),
        "torch bfloat16, 32 at once": lambda: by_torch(network, films, 32, bf16=True),
        "ONNX Runtime float32": lambda: by(onnx, films, 32),
    }
    if find_spec("openvino"):
        other = openvino(network, size)
        found["OpenVINO float32"] = lambda: by(other, films, 32)
    return found


def measure(name: str, size: int, turns: int) -> None:
    """Print a table of one network."""
    network = trained(name, size)
    films = network_input(torch.from_numpy(drawn(size)[0]))
    began = time.process_time()
    converted(network, size)
    print(f"\n{name} at {size}; converting takes {time.process_time() - began:.2f} CPU seconds")
    found = ways(network, size, films)
    best = dict.fromkeys(found, float("inf"))
    probabilities = {way: predict().softmax(dim=1) for way, predict in found.items()}
    for _ in range(turns):
        for way, predict in found.items():
            began = time.process_time()
            predict()
            best[way] = min(best[way], (time.process_time() - began) / FILMS)
    first = next(iter(found))
    for way, seconds in best.items():
        away = (probabilities[way] - probabilities[first]).abs().max().item()
        print(
            f"{way:28} {1000 * seconds:8.3f} ms  {best[first] / seconds:5.2f} x"
            f"  probabilities differ by {away:.0e} at most",
            flush=True,
        )


def main() -> None:
    """Print one table a network."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("networks", nargs="*", default=NETWORKS)
    parser.add_argument("--turns", type=int, default=5)
    given = parser.parse_args(sys.argv[1:])
    use_threads(1)
    print(f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, one thread")
    for named in given.networks:
        name, _, size = named.partition(":")
        measure(name, int(size), given.turns)


if __name__ == "__main__":
    main()

"""Films a second that a training takes, beside those its network alone could take.

The limit is the same network, forward and backward, on a batch that is already where it computes:
no films are changed, no weights, no average. Each row is one recipe; `--` begins one more, as in
`bench/recipes.py`. The films are noise: what they show makes no difference to the time.

    python -m bench throughput [--compiled] -- batch_size=64 -- network=resnet18 size=224
"""

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from bench._recipes import changed, split
from models.descent import Training, loss_of
from models.examples import class_weights, examples
from models.images.recipes import default_recipe
from models.images.training import begin, take_step
from models.machine import computes_in_bf16, device, repeatable, use_threads
from models.recipe import Recipe

FILMS, CLASSES = 512, 3


def seconds_of(step: Callable[[], None], steps: int) -> float:
    """Return the mean seconds of a step, after some that are not counted."""
    for _ in range(5):
        step()
    wait()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    wait()
    return (time.perf_counter() - began) / steps


def wait() -> None:
    """Wait for the GPU, where there is one, to have done what it was told."""
    if device().type == "cuda":
        torch.cuda.synchronize()


def network_alone(training: Training, recipe: Recipe) -> Callable[[], None]:
    """Return a step of the network and nothing else."""
    where = device()
    films = torch.randn(recipe.batch_size, 1, recipe.size, recipe.size, device=where)
    films = films.to(memory_format=torch.channels_last)
    targets = torch.full((recipe.batch_size, CLASSES), 1 / CLASSES, device=where)
    balance = torch.ones(CLASSES, device=where)

    def step() -> None:
        with torch.autocast(where.type, torch.bfloat16, enabled=computes_in_bf16(recipe.bf16)):
            logits = training.network(films)
        loss_of(logits.float(), targets, balance).backward()
        training.optimizer.zero_grad()

    return step


def whole_step(training: Training, recipe: Recipe) -> Callable[[], None]:
    """Return a step of a training, as the product takes it."""
    random = np.random.default_rng(0)
    films = random.integers(0, 256, (FILMS, recipe.size, recipe.size), np.uint8)
    targets = np.eye(CLASSES, dtype=np.float32)[random.integers(0, CLASSES, FILMS)]
    known = examples(films, targets)
    balance = class_weights(known, recipe.class_balance)
    return lambda: take_step(training, known, balance, recipe, 10**6)


def row(recipe: Recipe, steps: int, *, compiled: bool) -> str:
    """Measure a recipe: network alone, a whole step, and what compiling the network changes."""
    training = begin(examples(*_two(recipe.size)), recipe)
    alone = seconds_of(network_alone(training, recipe), steps)
    whole = seconds_of(whole_step(training, recipe), steps)
    n = recipe.batch_size
    told = f"alone {n / alone:7.0f}  whole {n / whole:7.0f}  share {alone / whole:4.2f}"
    if compiled:
        training.network.compile()
        began = time.perf_counter()
        step = whole_step(training, recipe)
        step()
        wait()
        told += f"  compiled in {time.perf_counter() - began:3.0f} s"
        told += f"  {n / seconds_of(step, steps):7.0f}"
    if device().type == "cuda":
        told += f"  {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB"
        torch.cuda.reset_peak_memory_stats()
    return told


def _two(size: int) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((2, size, size), np.uint8), np.eye(CLASSES, dtype=np.float32)[:2]


def main() -> None:
    """Print one row a recipe, in films a second."""
    own, *others = split(sys.argv[1:])
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--compiled", action="store_true")
    given = parser.parse_args(own)
    threads = use_threads(given.threads)
    base = default_recipe(device().type)
    where = torch.cuda.get_device_name() if device().type == "cuda" else f"{threads} threads"
    print(f"films a second, {where}, torch {torch.__version__}")
    with repeatable():
        for changes in [[], *others]:
            found = row(changed(base, changes), given.steps, compiled=given.compiled)
            print(f"{' '.join(changes) or 'default':45} {found}", flush=True)


if __name__ == "__main__":
    main()

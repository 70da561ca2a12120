"""How every network learns: AdamW, cosine schedule with warm-up, moving average, resumption.

A training that begins again at its last checkpoint ends with the weights it would have had
unbroken.
"""

import copy
import math
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import get_ema_multi_avg_fn

from models.checkpoint import read_state, write_state
from models.curve import FACT, Curve
from models.machine import channels_last, placed
from models.recipe import Recipe

STATE = "training.safetensors"


@dataclass
class Training:
    """A training under way.

    Attributes:
        network: what learns.
        average: its moving average.
        optimizer: of the network.
        step: steps done.
        shared: what computes for the network, where several processes train it.
        curve: how its loss fell so far.
    """

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.AdamW
    step: int = 0
    shared: nn.Module | None = None
    curve: Curve = field(default_factory=Curve)

    @cached_property
    def averaged(self) -> list[Tensor]:
        """What the moving average computes with."""
        return floats_of(self.average)

    @cached_property
    def learned(self) -> list[Tensor]:
        """What the network computes with, in the same order."""
        return floats_of(self.network)


def steps_of(n: int, recipe: Recipe) -> int:
    """Return the number of steps a training on n films takes.

    Args:
        n: films.
        recipe: its presentations, within its least and most epochs.

    Returns:
        At least 1.
    """
    shown = max(min(recipe.presentations, recipe.most_epochs * n), recipe.least_epochs * n)
    return max(1, shown // min(recipe.batch_size, n))


def loss_of(logits: Tensor, targets: Tensor, balance: Tensor) -> Tensor:
    """Cross-entropy with soft targets and class weights.

    The logarithm of the class weights is added to the logits inside the loss, so that the logits
    themselves stay those of the true class shares (logit adjustment, Menon et al., ICLR 2021,
    arXiv 2007.07314) and calibration is not undone.

    Args:
        logits: float32 (n, k).
        targets: float32 (n, k).
        balance: float32 (k,).

    Returns:
        The mean loss, a scalar.
    """
    surprise = -functional.log_softmax(logits + balance.log(), dim=1)
    return (targets * balance * surprise).sum(dim=1).mean()


def prepared(network: nn.Module, recipe: Recipe) -> Training:
    """Put a network on the device, and give it its average and its optimiser."""
    network = placed(network).train()
    average = copy.deepcopy(network).requires_grad_(False)
    groups = parameter_groups(network, recipe)
    optimizer = torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)
    return Training(network, average, optimizer)


def parameter_groups(network: nn.Module, recipe: Recipe) -> list[dict[str, object]]:
    """Let weight decay act on weights, not on biases and normalisation."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def descend(
    training: Training, loss: Tensor, learning_rate: float, recipe: Recipe, total: int
) -> None:
    """Follow a loss one step down, and let the average follow.

    Args:
        training: changed in place.
        loss: a finite scalar.
        learning_rate: the largest of the training.
        recipe: how long it rises, and how fast the average follows.
        total: steps of the whole training.
    """
    for group in training.optimizer.param_groups:
        group["lr"] = learning_rate * schedule(training.step, total, recipe.warm_up)
    training.optimizer.zero_grad()
    loss.backward()
    training.optimizer.step()
    training.step += 1
    move_average(training, recipe)


def schedule(step: int, total: int, warm_up: float) -> float:
    """Rise linearly, then fall as half a cosine (Loshchilov & Hutter, arXiv 1608.03983).

    Args:
        step: steps done.
        total: steps of the whole training.
        warm_up: part of them that rises.

    Returns:
        The share of the largest learning rate, above 0 up to 1.
    """
    rising = max(1, round(total * warm_up))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, total - rising)))


def move_average(training: Training, recipe: Recipe) -> None:
    """Move the average towards the network; early on faster, so that the start is forgotten."""
    decay = min(recipe.ema_decay, (1 + training.step) / (10 + training.step))
    get_ema_multi_avg_fn(decay)(training.averaged, training.learned, None)


def floats_of(network: nn.Module) -> list[Tensor]:
    """Return what a network computes with: all but batch normalisation's counts of batches."""
    return [t for t in (*network.parameters(), *network.buffers()) if t.is_floating_point()]


def save(training: Training, path: Path, fingerprint: str) -> None:
    """Write everything the next step depends on."""
    tensors = {f"network.{k}": v for k, v in training.network.state_dict().items()}
    tensors |= {f"average.{k}": v for k, v in training.average.state_dict().items()}
    for number, values in training.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{k}": v for k, v in values.items()}
    facts = {"step": str(training.step), "fingerprint": fingerprint, FACT: training.curve.written()}
    write_state(path, tensors, facts)


def resume(training: Training, path: Path, fingerprint: str) -> None:
    """Go back to the last checkpoint, if it is of this very training."""
    found = read_state(path)
    if found is None or found[1].get("fingerprint") != fingerprint:
        return
    tensors, facts = found
    training.network.load_state_dict(_under("network.", tensors))
    training.average.load_state_dict(_under("average.", tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in _under("optimizer.", tensors).items():
        number, name = key.split(".", 1)
        moments.setdefault(int(number), {})[name] = channels_last(value)
    groups = training.optimizer.state_dict()["param_groups"]
    training.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    training.step = int(facts["step"])
    training.curve = Curve.read(facts.get(FACT, ""))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): v for key, v in tensors.items() if key.startswith(prefix)}

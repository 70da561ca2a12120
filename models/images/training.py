"""The training of a network that looks at films.

What happens at a step follows from the recipe's seed and the step's number alone. So a training
that begins again at its last checkpoint ends with the weights it would have had unbroken.
"""

import math
from pathlib import Path

import torch
from torch import Tensor, nn

from models import seeds
from models.curve import stretch_of
from models.descent import STATE, Training, descend, loss_of, prepared, resume, save, steps_of
from models.errors import TrainingError
from models.examples import Examples, class_weights
from models.images.batches import batch_at
from models.images.networks import build_network
from models.images.share import WHOLE, Share, shared, with_shared_statistics
from models.machine import computes_in_bf16, device, repeatable
from models.progress import OnProgress, ShouldStop, check, never, silent
from models.recipe import Recipe


def train(
    known: Examples,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
    share: Share = WHOLE,
) -> nn.Module:
    """Train one network, or finish a training begun in the same folder on the same examples.

    Args:
        known: what to learn from.
        recipe: how.
        folder: for checkpoints; made if absent.
        on_progress: told (step, steps, message) at every step.
        should_stop: asked at every step.
        share: of every batch, where other processes that have met this one train the same.

    Returns:
        The moving average of the network's weights, in evaluation mode.

    Raises:
        TrainingError: if the weights to start from cannot be had, or the loss is not finite.
        Stopped: if should_stop says so; checkpoints stay.
    """
    total = steps_of(len(known.films), recipe)
    fingerprint = known.digest(recipe)
    state = folder / STATE
    with torch.random.fork_rng(devices=[]), repeatable():
        training = begin(known, recipe, share)
        resume(training, state, fingerprint)
        if share.of > 1:
            training.shared = shared(training.network)
        balance = class_weights(known, recipe.class_balance)
        while training.step < total:
            check(should_stop)
            take_step(training, known, balance, recipe, total, share)
            due = training.step % recipe.checkpoint_steps == 0 or training.step == total
            if due and share.number == 0:
                save(training, state, fingerprint)
            on_progress(training.step, total, "Training")
    return training.average.eval()


def begin(known: Examples, recipe: Recipe, share: Share = WHOLE) -> Training:
    """Build the network and its optimiser as they are before the first step."""
    torch.manual_seed(seeds.number(recipe.seed, "network"))
    network = build_network(recipe.network, known.targets.shape[1], recipe.weights)
    return prepared(with_shared_statistics(network) if share.of > 1 else network, recipe)


def take_step(
    training: Training,
    known: Examples,
    balance: Tensor,
    recipe: Recipe,
    total: int,
    share: Share = WHOLE,
) -> None:
    """Learn from one batch.

    Args:
        training: changed in place.
        known: the examples.
        balance: the class weights.
        recipe: how.
        total: steps of the whole training.
        share: of the batch.

    Raises:
        TrainingError: if the loss is not finite.
    """
    films, targets = batch_at(training.step, known, recipe, share)
    where = device()
    torch.manual_seed(seeds.number(recipe.seed, "dropout", training.step) + share.number)
    films = films.to(memory_format=torch.channels_last)
    with torch.autocast(where.type, torch.bfloat16, enabled=computes_in_bf16(recipe.bf16)):
        logits = (training.shared or training.network)(films)
    loss = loss_of(logits.float(), targets.to(where), balance.to(where))
    mean = loss.item()
    if share.of > 1:
        loss = loss * share.weight(min(recipe.batch_size, len(known.films)))
    if not math.isfinite(mean):
        raise TrainingError(
            "The training diverged: its loss is no number.",
            f"step {training.step}",
            "Lower the recipe's learning rate.",
        )
    stretch = stretch_of(len(known.films), recipe.batch_size, total)
    training.curve.add(training.step, stretch, mean)
    descend(training, loss, recipe.learning_rate, recipe, total)

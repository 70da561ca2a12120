"""Training the report labeler on a pretrained encoder: out-of-fold first, then on all reports."""

import copy
import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models import seeds
from models.checkpoint import read_state, write_state
from models.descent import STATE, Training, descend, loss_of, parameter_groups, resume, save
from models.errors import TrainingError
from models.examples import Examples, chosen_at, class_weights
from models.film import Film
from models.linear import fit_logistic
from models.machine import computes_in_bf16, device
from models.progress import OnProgress, ShouldStop, check, part_of
from models.recipe import Recipe
from models.reports.encoder import EncoderModel, ReportNetwork, Tokens, padded, run
from models.reports.pretrained import read_encoder
from models.reports.regularisation import Fold, choose

LOGITS = "out-of-fold.safetensors"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """Reports to learn from, as an encoder sees them.

    Attributes:
        encoder: pretrained.
        tokens: its way of seeing text.
        config: the encoder's.
        rows: token numbers of each report.
        labels: int64 (n,).
        n_classes: k.
        recipe: its text choices are used.
    """

    encoder: nn.Module
    tokens: Tokens
    config: dict[str, Any]
    rows: list[list[int]]
    labels: NDArray[np.int64]
    n_classes: int
    recipe: Recipe

    def of(self, chosen: NDArray[np.bool_], seed: int) -> "Task":
        """Return the part of the reports that is chosen, to be learned with another seed."""
        rows = [row for row, kept in zip(self.rows, chosen, strict=True) if kept]
        recipe = dataclasses.replace(self.recipe, seed=seed)
        return dataclasses.replace(self, rows=rows, labels=self.labels[chosen], recipe=recipe)

    def network(self) -> ReportNetwork:
        """Return the encoder, untouched, with a new head."""
        torch.manual_seed(seeds.number(self.recipe.seed, "head"))
        width = int(self.encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        return ReportNetwork(copy.deepcopy(self.encoder), width, self.n_classes).to(device())

    def model(self, network: ReportNetwork) -> EncoderModel:
        """Return a network as a model that reads reports."""
        return EncoderModel(network.eval(), self.tokens, self.config, self.recipe.bf16)


def train_encoder(
    films: Sequence[Film],
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    n_classes: int,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[EncoderModel, Array]:
    """Learn from reports with the recipe's encoder.

    With `text_epochs` the whole encoder is fine-tuned; without, it stays as it is and logistic
    regression reads its mean state.

    Args:
        films: each with a report.
        labels: (n,), positions of the classes.
        folds: (n,), the fold each film is held out in, or below 0 for none.
        n_classes: k.
        recipe: its text choices are used.
        folder: for checkpoints; a training killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The model, and float64 (n, k) logits of films by models that have not seen the patient,
        NaN for films never held out.

    Raises:
        TrainingError: if the encoder cannot be had, or the training diverges.
        Stopped: if should_stop says so.
    """
    encoder, tokenizer, config = read_encoder(recipe.text_encoder)
    tokens = Tokens(tokenizer, min(recipe.text_tokens, longest_row(encoder)))
    rows = tokens.rows(films)
    task = Task(encoder, tokens, config, rows, labels, n_classes, recipe)
    with torch.random.fork_rng(devices=[]):
        if not recipe.text_epochs:
            return frozen(task, folds, on_progress, should_stop)
        return fine_tuned(task, folds, folder, on_progress, should_stop)


def longest_row(encoder: Any) -> int:
    """Return how many tokens an encoder takes; some count their positions from 2 on."""
    positions = getattr(encoder.config, "max_position_embeddings", 0) or sys.maxsize
    return int(positions) - 2


def frozen(
    task: Task, folds: NDArray[np.int64], on_progress: OnProgress, should_stop: ShouldStop
) -> tuple[EncoderModel, Array]:
    """Fit the head alone: logistic regression on the encoder's mean states.

    States are centred and scaled to a mean length of 1, so that scikit-learn's C means what it
    means for TF-IDF; the head then undoes both.
    """
    network = task.network()
    found = run(network, network.pooled, task.rows, task.recipe.bf16, on_progress, should_stop)
    centre = found.mean(axis=0)
    length = float(np.sqrt(((found - centre) ** 2).sum(axis=1).mean())) or 1.0
    features = (found - centre) / length
    parts = [
        Fold(features[folds != fold], features[folds == fold], folds == fold)
        for fold in range(int(folds.max()) + 1)
        if (folds == fold).any()
    ]
    choice, logits = choose(parts, task.labels, task.n_classes, task.recipe.text_regularisation)
    slopes, offsets = fit_logistic(
        features, task.labels, task.n_classes, choice.regularisation, choice.balanced
    )
    with torch.no_grad():
        network.head.weight.copy_(torch.from_numpy(slopes / length))
        network.head.bias.copy_(torch.from_numpy(offsets - slopes @ centre / length))
    return task.model(network), logits


def fine_tuned(
    task: Task,
    folds: NDArray[np.int64],
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> tuple[EncoderModel, Array]:
    """Fine-tune one network without each fold, and then the one to keep on all reports."""
    parts = [task.of(folds != fold, task.recipe.seed + fold) for fold in range(folds.max() + 1)]
    total = sum(steps_of(part) for part in [*parts, task])
    logits, before = np.full((len(folds), task.n_classes), np.nan), 0
    for fold, part in enumerate(parts):
        own = folds == fold
        held = [row for row, kept in zip(task.rows, own, strict=True) if kept]
        progress = part_of(on_progress, before, total)
        if held:
            where = folder / f"text-fold-{fold}"
            logits[own] = held_out(part, held, where, progress, should_stop)
        before += steps_of(part)
    progress = part_of(on_progress, before, total)
    return task.model(fine_tune(task, folder / "text", progress, should_stop)), logits


def held_out(
    task: Task,
    held: list[list[int]],
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Array:
    """Return the logits of reports held out; once known, only they are kept of a fold."""
    fingerprint = learned_from(task).digest(task.recipe)
    known = read_state(folder / LOGITS)
    if known is None or known[1].get("fingerprint") != fingerprint:
        network = fine_tune(task, folder, on_progress, should_stop)
        found = torch.from_numpy(run(network, network.forward, held, task.recipe.bf16))
        write_state(folder / LOGITS, {"logits": found}, {"fingerprint": fingerprint})
        (folder / STATE).unlink(missing_ok=True)
        return found.numpy()
    return known[0]["logits"].numpy()


def learned_from(task: Task) -> Examples:
    """Return reports and targets the way the rest of the training knows them."""
    targets = torch.eye(task.n_classes)[torch.from_numpy(task.labels)]
    return Examples(padded(task.rows)[0], targets)


def steps_of(task: Task) -> int:
    """Return the number of steps of a fine-tuning."""
    return task.recipe.text_epochs * (len(task.rows) // batch_size(task))


def batch_size(task: Task) -> int:
    """Return the number of reports in a step."""
    return min(task.recipe.text_batch_size, len(task.rows))


def fine_tune(
    task: Task, folder: Path, on_progress: OnProgress, should_stop: ShouldStop
) -> ReportNetwork:
    """Train encoder and head, or finish a training begun in the same folder on the same reports.

    Args:
        task: what to learn from, and how.
        folder: for a checkpoint after each epoch; made if absent.
        on_progress: told (step, steps, message) at every step.
        should_stop: asked at every step.

    Returns:
        The moving average of the network's weights, in evaluation mode.

    Raises:
        TrainingError: if the loss is not finite.
        Stopped: if should_stop says so; the checkpoint stays.
    """
    known = learned_from(task)
    fingerprint = known.digest(task.recipe)
    network = task.network()
    average = copy.deepcopy(network).requires_grad_(False)
    groups = parameter_groups(network, task.recipe)
    optimizer = torch.optim.AdamW(groups, lr=task.recipe.text_learning_rate)
    training = Training(network, average, optimizer)
    resume(training, folder / STATE, fingerprint)
    balance = class_weights(known, task.recipe.class_balance).to(device())
    total, epoch = steps_of(task), len(task.rows) // batch_size(task)
    network.train()
    while training.step < total:
        check(should_stop)
        take_step(training, task, known.targets, balance, total)
        if training.step % epoch == 0:
            save(training, folder / STATE, fingerprint)
        on_progress(training.step, total, "Learning to read reports")
    return average.eval()


def take_step(training: Training, task: Task, targets: Tensor, balance: Tensor, total: int) -> None:
    """Learn from one batch: the seed's shuffle of its epoch.

    Args:
        training: changed in place.
        task: the reports.
        targets: float32 (n, k).
        balance: the class weights.
        total: steps of the whole training.

    Raises:
        TrainingError: if the loss is not finite.
    """
    recipe, where = task.recipe, device()
    chosen = chosen_at(training.step, len(task.rows), batch_size(task), recipe.seed)
    torch.manual_seed(seeds.number(recipe.seed, "dropout", training.step))
    ids, mask = (part.to(where) for part in padded([task.rows[n] for n in chosen.tolist()]))
    with torch.autocast(where.type, torch.bfloat16, enabled=computes_in_bf16(recipe.bf16)):
        logits = training.network(ids, mask)
    loss = loss_of(logits.float(), targets[chosen].to(where), balance)
    if not torch.isfinite(loss):
        raise TrainingError(
            "The training of the text encoder diverged: its loss is no number.",
            f"step {training.step}",
            "Lower the recipe's text learning rate.",
        )
    descend(training, loss, recipe.text_learning_rate, recipe, total)

"""Adapting a text encoder to the archive's own reports: it learns to guess words hidden from it.

The masked-language training an encoder was made by (Devlin et al., NAACL 2019, arXiv 1810.04805),
carried on with texts of the archive (Gururangan et al., ACL 2020, arXiv 2004.10964). No label has
a part in it. It sees a report as the labeler will: of one knee, what was seen and nothing else.

As in `models.images.training`, what happens at a step follows from the seed and the step's number
alone.
"""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models import seeds
from models.checkpoint import write_checkpoint
from models.descent import STATE, Training, descend, prepared, resume, save, steps_of
from models.errors import TrainingError
from models.examples import chosen_at
from models.film import Film
from models.machine import computes_in_bf16, device, repeatable
from models.progress import OnProgress, ShouldStop, check, never, silent
from models.recipe import Recipe
from models.reports.encoder import AT_ONCE, Tokens, padded
from models.reports.encoder_training import longest_row
from models.reports.pretrained import ADAPTED, Guesser, encoder_within, name_of, read_guesser
from models.reports.text import cleaned

FEWEST_REPORTS = 256
MOST_REPORTS = 50_000
"""Drawn from a larger archive: each is then shown twice."""
MOST_TRIED = 500
"""Reports kept apart, a tenth at most, to say how well hidden words are guessed."""
HIDDEN, MASKED, REPLACED = 0.15, 0.8, 0.1
"""Of the tokens, those to guess; of these, shown as the mask and as any other: the authors'."""
Rows = list[list[int]]


@dataclass(frozen=True)
class Adapted:
    """An encoder that has learned from an archive's reports.

    Attributes:
        tensors: the encoder's, without the layer that guesses.
        facts: what it takes to build it again, and what it learned from.
        figures: `reports` learned from, and the shares of hidden words `guessed_before` and
            `guessed_after`, in reports kept apart.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, Any]
    figures: dict[str, float]

    def save(self, folder: Path) -> str:
        """Write a folder that can be named as a text encoder.

        Args:
            folder: one already there is replaced when the new one is complete.

        Returns:
            The checkpoint's digest.

        Raises:
            TrainingError: if the disk does not take it.
        """
        return write_checkpoint(folder, {ADAPTED: self.tensors}, self.facts | self.figures)


def adapt(
    films: Sequence[Film],
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress = silent,
    should_stop: ShouldStop = never,
) -> Adapted:
    """Carry on the recipe's encoder with reports, none of them labelled.

    Args:
        films: each with a report, `MOST_REPORTS` at most; their pixels are not looked at.
        recipe: of the trainings to come, which names the encoder, and has the seed.
        folder: for checkpoints; an adaptation killed here goes on where it was.
        on_progress: told (done, total, message).
        should_stop: asked at every step.

    Returns:
        The encoder.

    Raises:
        TrainingError: if the encoder cannot be had, there are too few reports that differ, the
            loss is not finite, or the disk does not take a checkpoint.
        Stopped: if should_stop says so; checkpoints stay.
    """
    with torch.random.fork_rng(devices=[]), repeatable():
        torch.manual_seed(seeds.number(recipe.seed, "head"))
        guesser = read_guesser(recipe.text_encoder)
        rows = read(films, guesser, recipe, on_progress, should_stop)
        tried, known = kept_apart(rows, recipe.seed)
        recipe = for_adapting(recipe)
        training = prepared(guesser.network, recipe)
        before = guessed_right(training.average, tried, guesser, recipe)
        learn(training, known, guesser, recipe, folder, on_progress, should_stop)
        after = guessed_right(training.average, tried, guesser, recipe)
    figures = {"reports": len(known), "guessed_before": before, "guessed_after": after}
    facts = {
        "encoder": guesser.config,
        "tokenizer": json.loads(guesser.tokenizer.to_str()),
        "name": f"{name_of(recipe.text_encoder)}, adapted to {len(known):,} reports",
        "recipe": recipe.to_json(),
    }
    return Adapted(encoder_within(training.average, guesser.config), facts, figures)


def for_adapting(recipe: Recipe) -> Recipe:
    """Return how an encoder is adapted: for how long, in batches and at the rate of fine-tuning.

    Args:
        recipe: of the trainings to come.

    Returns:
        The recipe of the adaptation; only what belongs to texts and steps counts in it.
    """
    return dataclasses.replace(
        recipe,
        presentations=recipe.text_presentations,
        least_epochs=1,
        most_epochs=20,
        batch_size=recipe.text_batch_size,
        learning_rate=recipe.text_learning_rate,
    )


def read(
    films: Sequence[Film],
    guesser: Guesser,
    recipe: Recipe,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> Rows:
    """Turn reports into rows of token numbers, sorted; what several of them say counts once.

    Templates would otherwise be most of what is learned (Lee et al., ACL 2022, arXiv 2107.06499).

    Raises:
        TrainingError: if too few of them differ.
        Stopped: if should_stop says so.
    """
    tokens = Tokens(guesser.tokenizer, min(recipe.text_tokens, longest_row(guesser.network)))
    found = set()
    for place, film in enumerate(films):
        if place % AT_ONCE == 0:
            check(should_stop)
            on_progress(place, len(films), "Reading reports")
        row = tuple(tokens.row(cleaned(film)))
        if not guesser.marks.issuperset(row):
            found.add(row)
    if len(found) < FEWEST_REPORTS:
        raise TrainingError(
            "There are too few reports that differ to adapt the text encoder to.",
            f"{len(found):,} reports",
            f"Import {FEWEST_REPORTS - len(found):,} more, or train with the encoder as it is.",
        )
    return [list(row) for row in sorted(found)]


def kept_apart(rows: Rows, seed: int) -> tuple[Rows, Rows]:
    """Draw the rows that tell how well words are guessed; return them, and those to learn from."""
    order = torch.randperm(len(rows), generator=seeds.generator(seed, "tried")).tolist()
    tried = min(MOST_TRIED, -(-len(rows) // 10))
    return [rows[n] for n in order[:tried]], [rows[n] for n in order[tried:]]


def learn(
    training: Training,
    known: Rows,
    guesser: Guesser,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    should_stop: ShouldStop,
) -> None:
    """Carry a training to its end, from its last checkpoint where there is one.

    Args:
        training: changed in place.
        known: what to learn from.
        guesser: how it sees text.
        recipe: how.
        folder: for checkpoints.
        on_progress: told (step, steps, message) at every step.
        should_stop: asked at every step.
    """
    total, state = steps_of(len(known), recipe), folder / STATE
    made_of = json.dumps([recipe.to_json(), known], sort_keys=True)
    fingerprint = hashlib.sha256(made_of.encode()).hexdigest()
    resume(training, state, fingerprint)
    training.network.train()
    while training.step < total:
        check(should_stop)
        take_step(training, known, guesser, recipe, total)
        if training.step % recipe.checkpoint_steps == 0 or training.step == total:
            save(training, state, fingerprint)
        on_progress(training.step, total, "Learning from reports without labels")


def take_step(
    training: Training, known: Rows, guesser: Guesser, recipe: Recipe, total: int
) -> None:
    """Learn from one batch: guess what is hidden in it.

    Raises:
        TrainingError: if the loss is not finite.
    """
    chosen = chosen_at(training.step, len(known), recipe.batch_size, recipe.seed)
    ids, mask = padded([known[n] for n in chosen.tolist()])
    changes = seeds.generator(recipe.seed, "hidden", training.step)
    hidden = hide(ids, mask, guesser.marks, changes)
    shown = disguise(ids, hidden, guesser, changes)
    torch.manual_seed(seeds.number(recipe.seed, "dropout", training.step))
    guesses = guess(training.network, shown, mask, hidden, recipe.bf16)
    loss = functional.cross_entropy(guesses, ids[hidden].to(guesses.device))
    if not torch.isfinite(loss):
        raise TrainingError(
            "The adaptation of the text encoder diverged: its loss is no number.",
            f"step {training.step}",
            "Train with the encoder as it is, or name another.",
        )
    descend(training, loss, recipe.learning_rate, recipe, total)


def hide(ids: Tensor, mask: Tensor, marks: frozenset[int], changes: torch.Generator) -> Tensor:
    """Choose the tokens to be guessed: `HIDDEN` of each row on average, and one at least.

    Args:
        ids: int64 (n, m) token numbers.
        mask: (n, m), 0 where a row has ended.
        marks: numbers of tokens that are no words; each row has others too.
        changes: gives the random numbers.

    Returns:
        bool (n, m).
    """
    chance = torch.rand(ids.shape, generator=changes)
    chance[(mask == 0) | torch.isin(ids, torch.tensor(sorted(marks)))] = torch.inf
    return (chance < HIDDEN) | (chance == chance.min(dim=1, keepdim=True).values)


def disguise(ids: Tensor, hidden: Tensor, guesser: Guesser, changes: torch.Generator) -> Tensor:
    """Show hidden tokens as the mask, a few as any other token, and a few as they are."""
    how = torch.rand(ids.shape, generator=changes)
    others = torch.randint(guesser.words, ids.shape, generator=changes)
    shown = ids.masked_fill(hidden & (how < MASKED), guesser.mask)
    return torch.where(hidden & (how >= 1 - REPLACED), others, shown)


def guess(network: nn.Module, shown: Tensor, mask: Tensor, hidden: Tensor, bf16: bool) -> Tensor:
    """Return logits over all words, float32 (hidden tokens, words).

    Only states of hidden tokens reach the last layer, which is most of the work and memory.

    Args:
        network: of `read_guesser`.
        shown: int64 (n, m) token numbers.
        mask: (n, m), 0 where a row has ended.
        hidden: bool (n, m).
        bf16: compute in bfloat16 where the device supports it.
    """
    where = device()
    hidden = hidden.to(where)
    last = network.get_output_embeddings()  # type: ignore[operator]
    with (
        last.register_forward_pre_hook(lambda _, given: (given[0][hidden],)),
        torch.autocast(where.type, torch.bfloat16, enabled=computes_in_bf16(bf16)),
    ):
        seen = network(input_ids=shown.to(where), attention_mask=mask.to(where))
    logits: Tensor = seen.logits.float()
    return logits


def guessed_right(network: nn.Module, rows: Rows, guesser: Guesser, recipe: Recipe) -> float:
    """Return the share of hidden tokens that are guessed; the same are hidden every time."""
    network.eval()
    right, total = 0, 0
    with torch.inference_mode():
        for start in range(0, len(rows), AT_ONCE):
            ids, mask = padded(rows[start : start + AT_ONCE])
            hidden = hide(ids, mask, guesser.marks, seeds.generator(0, "tried", start))
            shown = ids.masked_fill(hidden, guesser.mask)
            guesses = guess(network, shown, mask, hidden, recipe.bf16).argmax(dim=1).cpu()
            right += int((guesses == ids[hidden]).sum())
            total += len(guesses)
    return right / total

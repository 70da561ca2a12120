"""An encoder learns from unlabelled reports; stopped anywhere, it ends with the same weights."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.models_films import CLASSES, TINY, draw_films
from support.text_encoders import write_encoder

from models.errors import Stopped, TrainingError
from models.film import Film
from models.labeler import load_labeler
from models.labeler_training import train_labeler
from models.recipe import CPU, GPU, Recipe
from models.reports import adapting
from models.reports.adapting import Adapted, adapt, for_adapting, guess, hide, kept_apart
from models.reports.encoder import padded
from models.reports.pretrained import name_of, read_encoder, read_guesser

WORDS = ["fracture", "joint", "space", "osteophytes", "severe", "narrowing", "hardware", "intact"]
MARKS = frozenset(range(5))


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> list[Film]:
    """Reports in which each word tells the next, and an adaptation that takes a few for enough."""
    monkeypatch.setattr(adapting, "FEWEST_REPORTS", 12)
    circle = WORDS * 3
    said = [circle[first : first + n] for first in range(len(WORDS)) for n in (5, 7, 9)]
    return [Film(None, f"FINDINGS: {' '.join(words)}.", "", "L") for words in said]


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    return dataclasses.replace(
        TINY,
        text_encoder=str(write_encoder(tmp_path / "tiny")),
        text_learning_rate=1e-2,
        text_batch_size=8,
        text_presentations=7 * 8,
        checkpoint_steps=2,
        bf16=False,
    )


def test_an_adaptation_killed_anywhere_ends_with_the_same_weights(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    unbroken = adapt(archive, recipe, tmp_path / "unbroken")
    steps: list[str] = []

    def stop() -> bool:
        return steps[-1:] == ["5 of 7, Learning from reports without labels"]

    def note(done: int, total: int, what: str) -> None:
        steps.append(f"{done} of {total}, {what}")

    with pytest.raises(Stopped):
        adapt(archive, recipe, tmp_path / "killed", note, stop)
    steps.clear()
    resumed = adapt(archive, recipe, tmp_path / "killed", note)
    assert steps[1] == "5 of 7, Learning from reports without labels"
    assert resumed.figures == unbroken.figures
    assert resumed.save(tmp_path / "one") == unbroken.save(tmp_path / "other")


def test_words_are_guessed_better_than_before_in_reports_kept_apart(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    longer = dataclasses.replace(recipe, text_presentations=400 * 8, checkpoint_steps=1000)
    whole = for_adapting(longer)
    assert whole.most_epochs == 20
    films = [dataclasses.replace(film, laterality=side) for film in archive for side in "LR"]
    figures = adapt(films, longer, tmp_path / "run").figures
    assert figures["reports"] == 21
    assert figures["guessed_after"] > figures["guessed_before"]


def test_labelers_read_by_what_was_adapted_and_need_it_no_more(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    adapted = adapt(archive, recipe, tmp_path / "run")
    adapted.save(tmp_path / "7-encoder")
    encoder, _, _ = read_encoder(str(tmp_path / "7-encoder"))
    before, _, _ = read_encoder(recipe.text_encoder)
    name = "encoder.layer.0.output.dense.weight"
    assert torch.equal(encoder.state_dict()[name], adapted.tensors[name])
    assert not torch.equal(encoder.state_dict()[name], before.state_dict()[name])
    assert name_of(str(tmp_path / "7-encoder")) == "tiny, adapted to 21 reports"
    films, labels = draw_films(tmp_path / "films", 24)
    reads = dataclasses.replace(recipe, text_encoder=str(tmp_path / "7-encoder"))
    labeler = train_labeler("text", films, labels, CLASSES, reads, tmp_path / "training")
    labeler.save(tmp_path / "kept")
    (tmp_path / "7-encoder").rename(tmp_path / "gone")
    again = load_labeler(tmp_path / "kept").predict(films).probabilities
    np.testing.assert_array_equal(labeler.predict(films).probabilities, again)


def test_an_adapted_encoder_that_was_altered_is_refused(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    adapted = adapt(archive, recipe, tmp_path / "run")
    adapted.save(tmp_path / "kept")
    weights = tmp_path / "kept" / "encoder.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(TrainingError, match=r"encoder\.safetensors"):
        read_encoder(str(tmp_path / "kept"))


def test_another_checkpoint_is_no_encoder(recipe: Recipe, tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 12)
    words = dataclasses.replace(recipe, text_encoder="")
    train_labeler("text", films, labels, CLASSES, words, tmp_path / "run").save(tmp_path / "words")
    with pytest.raises(TrainingError, match="another kind of checkpoint"):
        read_encoder(str(tmp_path / "words"))


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta"])
def test_only_hidden_tokens_are_guessed_and_as_the_whole_network_does(
    tmp_path: Path, kind: str
) -> None:
    folder = write_encoder(tmp_path / kind, kind, "AutoModelForMaskedLM")
    guesser = read_guesser(str(folder))
    again = read_guesser(str(folder))
    ids, mask = padded([[2, 7, 8, 9, 3], [2, 7, 3]])
    hidden = hide(ids, mask, guesser.marks, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        whole = again.network(input_ids=ids, attention_mask=mask).logits
        found = guess(guesser.network, ids, mask, hidden, bf16=False)
    torch.testing.assert_close(found, whole[hidden])
    assert found.shape == (int(hidden.sum()), guesser.words)


def test_weights_without_a_layer_that_guesses_get_one_of_the_seed(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    one = adapt(archive, recipe, tmp_path / "one")
    torch.manual_seed(2)
    expected = torch.rand(1)
    torch.manual_seed(2)
    other = adapt(archive, recipe, tmp_path / "other")
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


@given(
    st.lists(st.lists(st.integers(5, 30), min_size=1, max_size=12), min_size=1, max_size=6),
    st.integers(0, 2**32),
)
def test_of_each_report_a_word_is_hidden_and_never_a_mark(rows: list[list[int]], seed: int) -> None:
    ids, mask = padded([[2, *row, 3] for row in rows])
    hidden = hide(ids, mask, MARKS, torch.Generator().manual_seed(seed))
    assert hidden.any(dim=1).all()
    assert not (hidden & (ids < 5)).any()


def test_fifteen_percent_of_words_are_hidden_as_the_authors_did(
    recipe: Recipe,
) -> None:
    guesser = read_guesser(recipe.text_encoder)
    ids = torch.full((200, 200), 7)
    changes = torch.Generator().manual_seed(0)
    hidden = hide(ids, torch.ones_like(ids), guesser.marks, changes)
    shown = adapting.disguise(ids, hidden, guesser, changes)
    assert hidden.float().mean().item() == pytest.approx(0.15, abs=0.01)
    assert torch.equal(shown[~hidden], ids[~hidden])
    assert (shown[hidden] == guesser.mask).float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (shown[hidden] == 7).float().mean().item() == pytest.approx(0.1, abs=0.05)


def test_what_is_left_out_of_a_report_is_not_learned_and_what_is_said_twice_counts_once(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    guesser = read_guesser(recipe.text_encoder)
    history = [
        Film(None, f"HISTORY: severe narrowing {word}.\n{film.report}", "", "L")
        for film, word in zip(archive, itertools.cycle(WORDS), strict=False)
    ]
    empty = [Film(None, "", "", "L"), Film(None, "zzz", "", "")]
    films = [*archive, *history, *empty]
    rows = adapting.read(films, guesser, recipe, lambda *_: None, lambda: False)
    assert len(rows) == len(archive)
    tried, known = kept_apart(rows, 0)
    assert sorted([*tried, *known]) == rows
    assert len(tried) == 3


def test_too_few_reports_are_refused_with_how_many_are_missing(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="too few reports") as refused:
        adapt([*archive[:8], *archive[:8]], recipe, tmp_path)
    assert (refused.value.where, "4 more" in refused.value.do) == ("8 reports", True)


def test_an_adaptation_that_diverges_says_so(
    archive: list[Film], recipe: Recipe, tmp_path: Path
) -> None:
    wild = dataclasses.replace(recipe, text_learning_rate=1e30)
    with pytest.raises(TrainingError, match="adaptation of the text encoder diverged"):
        adapt(archive, wild, tmp_path)


def test_an_adaptation_is_longer_on_a_gpu() -> None:
    shown = [for_adapting(recipe).presentations for recipe in (CPU, GPU)]
    assert shown == [20_000, 100_000]
    assert for_adapting(CPU).learning_rate == CPU.text_learning_rate


def test_an_adapted_encoder_that_the_disk_does_not_take_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="could not be written"):
        Adapted({"a": torch.zeros(1)}, {}, {}).save(tmp_path / "file" / "encoder")

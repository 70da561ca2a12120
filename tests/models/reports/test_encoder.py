"""The encoder labeler learns, resumes, comes back from disk, and reads what matters of a report."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from support.models_films import CLASSES, TINY, draw_films
from support.text_encoders import write_encoder

from models.errors import Stopped, TrainingError
from models.film import Film
from models.labeler import load_labeler
from models.labeler_training import train_labeler
from models.progress import never, silent
from models.recipe import Recipe
from models.reports.encoder import EncoderModel, Tokens, padded
from models.reports.encoder_training import longest_row, train_encoder
from models.reports.pretrained import read_encoder


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_encoder(tmp_path_factory.mktemp("encoders") / "tiny"))


def recipe(encoder: str, epochs: int) -> Recipe:
    return dataclasses.replace(
        TINY,
        text_encoder=encoder,
        text_epochs=epochs,
        text_learning_rate=5e-3,
        text_batch_size=TINY.batch_size,
    )


@pytest.mark.parametrize("epochs", [0, 12])
def test_it_labels_new_reports_and_comes_back_from_disk_without_its_folder(
    tmp_path: Path, epochs: int
) -> None:
    folder = write_encoder(tmp_path / "encoder")
    films, labels = draw_films(tmp_path / "films", 24)
    labeler = train_labeler(
        "text", films, labels, CLASSES, recipe(str(folder), epochs), tmp_path / "run"
    )
    folder.rename(tmp_path / "gone")
    new, truth = draw_films(tmp_path / "new", 12, seed=1)
    digest = labeler.save(tmp_path / "kept")
    loaded = load_labeler(tmp_path / "kept", digest)
    found = labeler.predict(new).probabilities
    assert (found.argmax(axis=1) == truth).all()
    np.testing.assert_array_equal(loaded.predict(new).probabilities, found)
    assert {path.suffix for path in (tmp_path / "kept").iterdir()} == {".safetensors", ".json"}
    assert labeler.metrics["text"]["n"] == 24


def test_the_frozen_encoder_stays_as_it_was(encoder: str, tmp_path: Path) -> None:
    model, _ = trained(encoder, 0, tmp_path)
    state = model.network.encoder.state_dict()
    assert all(
        torch.equal(value, state[name].cpu())
        for name, value in read_encoder(encoder)[0].state_dict().items()
    )


def test_out_of_fold_predictions_have_not_seen_the_patient(encoder: str, tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 24)
    folds = np.arange(24) // 2 % 2
    alone = Film(None, "FINDINGS: osteophytes hardware hardware.", "odd", "")
    films, labels, folds = [*films, alone], np.append(labels, 0), np.append(folds, 0)
    held_back = dataclasses.replace(recipe(encoder, 0), text_regularisation=1.0)
    seen = []
    for label in (0, 2):
        labels[-1] = label
        _, logits = train_encoder(
            films, labels, folds, 3, held_back, tmp_path / "run", silent, never
        )
        seen.append(logits[-1])
    np.testing.assert_array_equal(seen[0], seen[1])


def test_a_fine_tuning_cut_off_ends_with_the_same_weights(encoder: str, tmp_path: Path) -> None:
    whole, logits = trained(encoder, 3, tmp_path / "whole")
    asked = 0

    def soon() -> bool:
        nonlocal asked
        asked += 1
        return asked > 13

    with pytest.raises(Stopped):
        trained(encoder, 3, tmp_path / "cut", soon)
    again, logits_again = trained(encoder, 3, tmp_path / "cut")
    np.testing.assert_array_equal(logits, logits_again)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name])


def trained(encoder: str, epochs: int, folder: Path, stop=never) -> tuple[EncoderModel, np.ndarray]:
    films, labels = draw_films(folder / "films", 24)
    folds = np.arange(24) // 2 % 2
    return train_encoder(
        films, labels, folds, 3, recipe(encoder, epochs), folder / "run", silent, stop
    )


def test_a_training_that_diverges_says_so(encoder: str, tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 24)
    wild = dataclasses.replace(recipe(encoder, 3), text_learning_rate=1e30)
    with pytest.raises(TrainingError, match="text encoder diverged"):
        train_encoder(films, labels, np.arange(24) % 2, 3, wild, tmp_path, silent, never)


def test_of_a_long_report_beginning_and_end_are_read(encoder: str) -> None:
    network, tokenizer, _ = read_encoder(encoder)
    tokens = Tokens(tokenizer, 18)
    text = " ".join(["normal"] + ["effusion"] * 100_000 + ["severe", "osteoarthritis"])
    row = tokens.row(text)
    assert len(row) == 18
    words = tokenizer.decode(row, skip_special_tokens=False).split()
    assert (words[0], words[-1]) == ("[CLS]", "[SEP]")
    assert words[-3:-1] == ["severe", "osteoarthritis"]
    assert longest_row(network) == 38


def test_a_report_of_unknown_words_and_an_empty_one_are_read(encoder: str, tmp_path: Path) -> None:
    model, _ = trained(encoder, 0, tmp_path)
    films = [Film(None, text, "p", "") for text in ("膝关节正常 zzz", "", None)]
    assert np.isfinite(model.logits(films)).all()
    assert model.logits([]).shape == (0, 3)


def test_a_row_is_read_alike_alone_and_beside_a_longer_one(encoder: str, tmp_path: Path) -> None:
    model, _ = trained(encoder, 0, tmp_path)
    films = [Film(None, "Severe narrowing.", "p", ""), Film(None, "No fracture. " * 9, "p", "")]
    np.testing.assert_allclose(model.logits(films)[:1], model.logits(films[:1]), atol=1e-5)
    ids, mask = padded([[2, 3], [2, 7, 3]])
    assert ids.tolist() == [[2, 3, 0], [2, 7, 3]]
    assert mask.tolist() == [[1, 1, 0], [1, 1, 1]]

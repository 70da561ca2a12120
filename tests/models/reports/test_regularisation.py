"""How a report labeler is held back is chosen on films held out; no rare class is starved."""

from pathlib import Path

import numpy as np
import pytest
from support.models_films import CLASSES, TINY

from models.film import Film
from models.labeler import load_labeler
from models.labeler_training import train_labeler
from models.reports.regularisation import BALANCES, STRENGTHS, Fold, choose

SAID = (
    ["Joint spaces preserved.", "No degenerative change.", "Bones are intact.", "No arthritis."],
    ["Narrowing is seen.", "Osteophytes are present.", "Severe osteoarthritis.", "Sclerosis."],
    [
        "Knee arthroplasty.",
        "Prosthesis is well aligned.",
        "Knee replacement.",
        "Cemented components.",
    ],
)
BESIDE = ["No fracture.", "No effusion.", "Small effusion.", "Vascular calcification."]


def written(counts: tuple[int, ...], seed: int) -> tuple[list[Film], np.ndarray]:
    draw = np.random.default_rng(seed)
    films, labels = [], []
    for label, count in enumerate(counts):
        for number in range(count):
            said = [*draw.choice(SAID[label], 2, replace=False), *draw.choice(BESIDE, 2)]
            films.append(Film(None, f"FINDINGS: {' '.join(said)}", f"{seed}-{label}-{number}", ""))
            labels.append(label)
    return films, np.array(labels)


@pytest.mark.parametrize("few", [2, 4])
def test_a_class_of_few_films_is_found_where_its_words_are_its_own(
    few: int, tmp_path: Path
) -> None:
    films, labels = written((30, 30, few), 1)
    labeler = train_labeler("text", films, labels, CLASSES, TINY, tmp_path)
    found = labeler.predict(written((0, 0, 40), 2)[0]).probabilities.argmax(axis=1)
    assert (found == 2).sum() >= 30


def test_the_choice_has_the_least_loss_and_is_kept(tmp_path: Path) -> None:
    films, labels = written((12, 12, 4), 1)
    labeler = train_labeler("text", films, labels, CLASSES, TINY, tmp_path / "work")
    assert labeler.reports is not None
    choice = labeler.reports.choice
    assert choice is not None
    assert labeler.metrics["text"]["regularisation"] == choice.regularisation in STRENGTHS
    digest = labeler.save(tmp_path / "kept")
    loaded = load_labeler(tmp_path / "kept", digest).reports
    assert loaded is not None
    assert (loaded.choice, loaded.known) == (choice, labeler.reports.known)


def test_what_is_given_is_not_chosen_and_noise_is_held_back() -> None:
    draw = np.random.default_rng(0)
    labels = draw.integers(2, size=200)
    features = draw.normal(size=(200, 50))
    own = np.arange(200) % 2 == 0
    folds = [Fold(features[~part], features[part], part) for part in (own, ~own)]
    free, logits = choose(folds, labels, 2, 0.0)
    given, _ = choose(folds, labels, 2, 100.0)
    assert given.regularisation == 100.0
    assert free.regularisation < 10.0
    assert free.loss < given.loss
    assert free.balanced in BALANCES
    assert not np.isnan(logits).any()

"""The report labeler predicts what scikit-learn would, and minds negation."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from models.errors import TrainingError
from models.film import Film
from models.reports.text import TextModel, cleaned, has_report, terms, train_text

WORDS = ["narrowing", "osteophyte", "normal", "no", "fracture", "effusion", "mild", "severe", "."]


def reports(n: int, seed: int) -> list[Film]:
    rng = np.random.default_rng(seed)
    return [
        Film(None, "FINDINGS: " + " ".join(rng.choice(WORDS, 12)), str(number), "")
        for number in range(n)
    ]


@pytest.mark.parametrize("k", [2, 3])
def test_it_predicts_what_scikit_learns_pipeline_predicts(k: int) -> None:
    films, new = reports(60, 0), reports(40, 1)
    labels = np.arange(60) % k
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer=terms, sublinear_tf=True), LogisticRegression(C=3, max_iter=1000)
    ).fit([cleaned(film) for film in films], labels)
    logits = train_text(films, labels, k, 3.0).logits(new)
    ours = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = pipeline.predict_proba([cleaned(film) for film in new])
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_it_survives_its_own_parts() -> None:
    films, labels = reports(30, 0), np.arange(30) % 3
    model = train_text(films, labels, 3, 1.0)
    assert np.array_equal(
        TextModel.from_parts(*model.to_parts()).logits(films), model.logits(films)
    )


def test_a_negated_finding_is_another_word() -> None:
    assert "fracture" not in terms("no acute fracture . effusion")
    assert {"not_acute", "not_fracture", "effusion"} <= set(terms("no acute fracture . effusion"))
    assert "effusion" in terms("no fracture but effusion")
    assert "narrowing" in terms("ohne erguss , aber narrowing")


def test_no_pair_crosses_the_end_of_a_sentence() -> None:
    assert "knee severe" not in terms("normal knee . severe")
    assert "normal knee" in terms("normal knee . severe")


def test_a_class_no_report_had_is_hardly_ever_answered() -> None:
    films = reports(20, 0)
    logits = train_text(films, np.arange(20) % 2, 3, 1.0).logits(films)
    assert (logits[:, 2] < logits[:, :2].min(axis=1) - 5).all()


def test_reports_of_one_class_cannot_be_told_apart() -> None:
    with pytest.raises(TrainingError, match="same class"):
        train_text(reports(5, 0), np.zeros(5, int), 3, 1.0)


@pytest.mark.parametrize("report", [None, "", "  \n", "HISTORY: pain", "12 34"])
def test_a_report_without_findings_is_no_report(report: str | None) -> None:
    assert not has_report(Film(None, report, "patient", ""))


def test_words_never_seen_give_the_classes_shares() -> None:
    model = train_text(reports(30, 0), np.arange(30) % 3, 3, 1.0)
    unseen = model.logits([Film(None, "膝关节正常 zzz", "patient", "")])
    np.testing.assert_allclose(unseen[0], model.intercepts)

"""The generated task is honest: shares as stated, classes that overlap, reports that err."""

import re
from collections import Counter

import cv2
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from app.demo.knees import generate_film
from app.demo.patients import CLASSES, SHARES, Study, studies_of
from app.demo.prostheses import MAKES
from app.demo.reports import dictate


@pytest.fixture(scope="module")
def studies() -> list[Study]:
    """Many studies, decided but not drawn."""
    return studies_of(1500, rng=0)


def test_classes_have_about_the_stated_shares(studies: list[Study]) -> None:
    found = Counter(study.label for study in studies)
    for name, share in zip(CLASSES, SHARES, strict=True):
        assert found[name] / len(studies) == pytest.approx(share, abs=0.03)


def test_a_tiny_archive_has_every_class() -> None:
    assert {study.label for study in studies_of(10, rng=5)} == set(CLASSES)


def test_some_patients_have_both_knees_and_the_two_are_alike(studies: list[Study]) -> None:
    knees = Counter(study.patient for study in studies)
    assert Counter(knees.values())[2] / len(knees) == pytest.approx(0.4, abs=0.05)
    first = {study.patient: study for study in studies}
    pairs = [(study, first[study.patient]) for study in studies if study != first[study.patient]]
    assert all(one.laterality != two.laterality for one, two in pairs)
    same = np.mean([one.label == two.label for one, two in pairs])
    assert same > sum(share**2 for share in SHARES) + 0.15


def test_prostheses_are_of_every_make_and_only_where_labelled(studies: list[Study]) -> None:
    made = {study.prosthesis.make for study in studies if study.prosthesis}
    assert made == set(MAKES)
    assert all((study.prosthesis is None) != (study.label == "arthroplasty") for study in studies)


def test_joint_space_tells_normal_from_abnormal_but_not_cleanly(studies: list[Study]) -> None:
    natural = [study for study in studies if study.prosthesis is None]
    spaces = [min(study.anatomy.medial_space, study.anatomy.lateral_space) for study in natural]
    worn = [study.label == "abnormal" for study in natural]
    assert 0.80 < roc_auc_score(worn, -np.asarray(spaces)) < 0.95


def test_no_weighing_of_all_findings_tells_the_classes_apart(studies: list[Study]) -> None:
    natural = [study.anatomy for study in studies if study.prosthesis is None]
    worn = np.array([study.label == "abnormal" for study in studies if study.prosthesis is None])
    findings = np.array(
        [[k.medial_space, k.lateral_space, *k.spurs, k.sclerosis, k.effusion] for k in natural]
    )
    half = len(worn) // 2
    weighed = LogisticRegression(max_iter=1000).fit(findings[:half], worn[:half])
    assert roc_auc_score(worn[half:], weighed.decision_function(findings[half:])) < 0.995


def test_a_prosthesis_shows_in_the_pixels_alone() -> None:
    films, labels = [], []
    for study in studies_of(60, rng=1):
        finished = generate_film(study, study.shots[0])
        tone = (finished.pixels - finished.window_centre) / finished.window_width
        upright = -tone if study.shots[0].development.inverted else tone
        films.append(cv2.resize(upright[200:500, 120:400], (14, 15), interpolation=cv2.INTER_AREA))
        labels.append(study.prosthesis is not None)
    pixels = np.array(films).reshape(len(films), -1)
    half = len(films) // 2
    seen = LogisticRegression(max_iter=1000).fit(pixels[:half], labels[:half])
    assert roc_auc_score(labels[half:], seen.decision_function(pixels[half:])) > 0.9


def test_a_few_reports_speak_of_another_class(studies: list[Study]) -> None:
    wrong = np.mean([study.reported != study.label for study in studies])
    assert 0.01 < wrong < 0.03


def test_reports_vary(studies: list[Study]) -> None:
    reports = [dictate(study) for study in studies]
    assert len(set(reports)) > 0.99 * len(reports)
    headed = np.mean([bool(re.search("(?i)impression|conclusion|opinion", r)) for r in reports])
    assert 0.4 < headed < 0.9
    assert not any("{" in report for report in reports)


def test_a_history_may_name_a_diagnosis_that_the_findings_do_not(studies: list[Study]) -> None:
    normal = [dictate(study) for study in studies if study.reported == "normal"]
    named = np.mean([bool(re.search("arthroplasty|replacement|[?]osteo", r)) for r in normal])
    assert named > 0.1


def test_reports_can_be_learned_up_to_their_errors(studies: list[Study]) -> None:
    reports = [dictate(study) for study in studies]
    half = len(studies) // 2
    reported = np.array([study.reported for study in studies])
    labels = np.array([study.label for study in studies])
    reading = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(C=10))
    predicted = reading.fit(reports[:half], reported[:half]).predict(reports[half:])
    assert np.mean(predicted == reported[half:]) > 0.95
    assert np.mean(predicted == labels[half:]) < 0.99

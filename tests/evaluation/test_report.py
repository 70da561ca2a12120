import io
import json

import numpy as np
import pytest
from evaluation.samples import CLASSES, predictions, report_of
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import confusion_matrix, roc_auc_score

from app.errors import Refused
from app.evaluation.page import render_html
from app.evaluation.predictions import predictions_csv
from app.evaluation.report import EvaluationReport


def read_csv(data):
    """Return the rows of a predictions file as a structured array."""
    return np.genfromtxt(io.BytesIO(data), delimiter=",", names=True, dtype=None, encoding="utf-8")


@pytest.fixture(scope="module")
def case():
    return predictions()


@pytest.fixture(scope="module")
def report(case):
    return report_of(*case)


def test_scikit_learn_recomputes_every_auc_from_the_predictions_file(case, report):
    labels, patients, probabilities = case
    data = predictions_csv(
        [f"i{i}" for i in range(len(labels))],
        [f"p{i}" for i in patients],
        [CLASSES[k] for k in labels],
        CLASSES,
        probabilities,
    )
    rows = read_csv(data)
    assert rows.dtype.names == (
        "image_id",
        "patient_id",
        "label",
        "model",
        "p_normal",
        "p_abnormal",
        "p_arthroplasty",
    )
    assert len(rows) == 2 * len(labels)
    for model in ("baseline", "final"):
        own = rows[rows["model"] == model]
        scores = np.stack([own[f"p_{name}"] for name in CLASSES], axis=1)
        truth = np.array([CLASSES.index(name) for name in own["label"]])
        for k, name in enumerate(CLASSES):
            expected = roc_auc_score(truth == k, scores[:, k])
            assert report.models[model].auc[name].value == pytest.approx(expected, abs=1e-9)
        wauc = roc_auc_score(truth, scores, multi_class="ovr", average="weighted")
        assert report.models[model].wauc.value == pytest.approx(wauc, abs=1e-9)
        matrix = confusion_matrix(truth, scores.argmax(axis=1))
        assert report.models[model].confusion == matrix.tolist()


def test_kappas_interval_counts_the_images_of_a_patient_together(case, report):
    labels, patients, probabilities = case
    twice = {model: np.tile(p, (2, 1)) for model, p in probabilities.items()}
    doubled = report_of(np.tile(labels, 2), np.tile(patients, 2), twice)
    once, again = report.final.kappa, doubled.final.kappa
    assert again.value == pytest.approx(once.value)
    assert again.ci == pytest.approx(once.ci)


def test_probabilities_in_single_precision_survive_the_file(case):
    labels, patients, probabilities = case
    single = {model: p.astype(np.float32) for model, p in probabilities.items()}
    names = [str(i) for i in range(len(labels))]
    data = predictions_csv(names, names, [CLASSES[k] for k in labels], CLASSES, single)
    rows = read_csv(data)
    final = rows[rows["model"] == "final"]["p_normal"]
    assert (final.astype(np.float32) == single["final"][:, 0]).all()
    report = report_of(labels, patients, single)
    assert report.final.auc["normal"].value == pytest.approx(
        roc_auc_score(labels == 0, final), abs=1e-9
    )


def test_the_report_has_the_figures_the_interface_names(report):
    written = report.as_json()
    assert written["classes"] == CLASSES
    assert (written["n_validation"], written["n_patients"]) == (400, 200)
    for model in ("baseline", "final"):
        for entry in (*written[model]["auc"].values(), written[model]["wauc"]):
            low, high = entry["ci"]
            assert low < entry["value"] < high
    assert set(written["delong"]["normal"]) == {"z", "p", "p_patients"}
    difference = written["wauc_difference"]
    waucs = [written[model]["wauc"]["value"] for model in ("baseline", "final")]
    assert difference["value"] == pytest.approx(waucs[1] - waucs[0])
    assert difference["ci"][0] < difference["value"] < difference["ci"][1]
    assert {"accepted", "needs_review", "reviewed", "accepted_error"} <= set(
        written["pseudo_labels"]
    )
    assert written["seconds"] == {"sweep": 88.2}


def test_the_stated_sensitivity_is_reached(report):
    for model in ("baseline", "final"):
        for point in report.models[model].operating_points.stated_sensitivity.values():
            assert point.sensitivity.value >= 0.9


def test_a_class_absent_from_validation_has_no_auc_and_the_report_says_so():
    labels, patients, probabilities = predictions()
    labels = np.where(labels == 2, 0, labels)
    report = report_of(labels, patients, probabilities)
    entry = report.final.auc["arthroplasty"]
    assert (entry.value, entry.ci) == (None, None)
    assert entry.reason
    assert report.delong["arthroplasty"].p is None
    assert report.final.wauc.value is not None
    assert any("No validation image is arthroplasty" in note for note in report.notes)
    assert "no AUC" in render_html(report)


def test_models_that_say_the_same_differ_by_nothing(case):
    labels, patients, probabilities = case
    report = report_of(
        labels, patients, dict.fromkeys(("baseline", "final"), probabilities["final"])
    )
    assert all(test.z == 0 and test.p == 1 for test in report.delong.values())
    assert report.as_json()["wauc_difference"] == {"value": 0, "ci": [0, 0], "p": 1}
    assert "No difference is shown" in render_html(report)


def test_one_class_alone_cannot_be_compared():
    labels, patients, probabilities = predictions(20)
    report = report_of(np.zeros_like(labels), patients, probabilities)
    written = report.as_json()
    assert written["final"]["wauc"] == {"value": None, "ci": None}
    assert written["wauc_difference"] == {"value": None, "ci": None, "p": None}
    assert "could not be compared" in render_html(report)


def test_a_perfect_model_gets_an_honest_interval_and_a_question():
    labels, patients, probabilities = predictions(60)
    report = report_of(labels, patients, {**probabilities, "final": np.eye(3)[labels]})
    low, high = report.final.auc["normal"].ci
    assert 0.8 < low < high == 1
    assert any("separated perfectly" in note for note in report.notes)


def test_caveats_name_what_weakens_the_figures():
    labels, patients, probabilities = predictions(100)
    report = report_of(labels, patients, probabilities, notes=["Said first."], generated=True)
    notes = report.notes
    assert notes[0] == "Said first."
    assert "drawn by a program" in notes[1]
    said = " ".join(notes)
    for words in ("100 images come from 50 patients", "images (", "audit", "412", "optimistic"):
        assert words in said
    assert "computer-generated knees" in render_html(report)


def test_nothing_to_judge_on_is_refused():
    with pytest.raises(Refused, match="no labelled validation image"):
        report_of(np.zeros(0, int), np.zeros(0, int), {"baseline": np.zeros((0, 3))})


@settings(max_examples=40)
@given(st.integers(1, 12), st.data())
def test_any_predictions_give_a_report_that_is_json_and_a_page(n, data):
    scores = hnp.arrays(float, (n, 3), elements=st.sampled_from([0.1, 0.2, 0.5, 1.0]))
    labels = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 2)))
    patients = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, 5)))
    drawn = {model: data.draw(scores) for model in ("baseline", "final")}
    probabilities = {model: p / p.sum(axis=1, keepdims=True) for model, p in drawn.items()}
    report = report_of(labels, patients, probabilities)
    written = json.dumps(report.as_json(), allow_nan=False)
    read = EvaluationReport.model_validate(json.loads(written))
    assert read.as_json() == json.loads(written)
    assert " nan" not in render_html(read).lower()

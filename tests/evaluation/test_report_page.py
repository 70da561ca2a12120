import re

import numpy as np
import pytest
from evaluation.samples import CLASSES, predictions, report_of
from support.web import Web
from support.worklist_rows import add_images

from app.db.learning import Evaluation, ModelVersion, Run
from app.evaluation.page import render_html, verdict
from app.evaluation.predictions import predictions_csv
from app.evaluation.report import Difference
from app.formats import p_value
from app.imaging.storage import Store

PREDICTIONS = predictions_csv(
    ["1"], ["2"], ["normal"], CLASSES, dict.fromkeys(("baseline", "final"), np.full((1, 3), 1 / 3))
)


@pytest.fixture(scope="module")
def report():
    return report_of(*predictions())


def keep(web: Web, report) -> int:
    """Store an evaluation and return its id."""
    digest = Store(web.settings.home / "store").put(PREDICTIONS)
    with web.database.begin() as session:
        runs = [Run(kind=kind, status="succeeded") for kind in ("train_classifier", "evaluate")]
        session.add_all(runs)
        session.flush()
        models = [
            ModelVersion(
                role=role,
                method="image",
                run_id=runs[0].id,
                folder=role,
                digest=role,
                recipe={},
                training_digest=role,
            )
            for role in ("baseline", "final")
        ]
        session.add_all(models)
        session.flush()
        row = Evaluation(
            run_id=runs[1].id,
            baseline_id=models[0].id,
            final_id=models[1].id,
            report=report.as_json(),
            predictions_digest=digest,
        )
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def evaluation(web: Web, report):
    """The id of a stored evaluation."""
    return keep(web, report)


def test_an_admin_sees_the_list_the_page_and_the_files(web, evaluation, report):
    admin = web.browser("Admin", "admin")
    assert f"/evaluations/{evaluation}" in admin.get("/evaluations").text
    page = admin.get(f"/evaluations/{evaluation}").text
    assert f"{len(report.notes)} things to know before you quote these figures" in page
    assert report.notes[-1] in page
    assert f"{report.final.wauc.value:.3f}" in page
    assert admin.get(f"/api/v1/evaluations/{evaluation}").json() == report.as_json()
    table = admin.get(f"/api/v1/evaluations/{evaluation}/predictions.csv")
    assert table.content == PREDICTIONS
    assert "predictions.csv" in table.headers["content-disposition"]
    alone = admin.get(f"/evaluations/{evaluation}/evaluation.html")
    assert alone.text == render_html(report)


def test_the_first_page_says_what_wauc_became(web, evaluation, report):
    with web.database.begin() as session:
        add_images(session, 1)
    page = web.browser("Admin", "admin").get("/").text
    before, after = (each.wauc.value for each in report.models.values())
    assert f"WAUC {before:.3f} before, {after:.3f} after." in page


def test_classifiers_that_could_not_be_compared_are_said_so_on_every_page(web):
    labels, patients, probabilities = predictions(20)
    number = keep(web, report_of(np.zeros_like(labels), patients, probabilities))
    with web.database.begin() as session:
        add_images(session, 1)
    admin = web.browser("Admin", "admin")
    for page in ("/", "/evaluations", f"/evaluations/{number}"):
        assert "could not be compared" in admin.get(page).text
    difference = admin.get(f"/api/v1/evaluations/{number}").json()["wauc_difference"]
    assert difference == {"value": None, "ci": None, "p": None}


def test_nobody_sees_an_evaluation_without_a_log_in(web, evaluation):
    guest = web.anonymous()
    for path in ("/evaluations", f"/evaluations/{evaluation}"):
        assert guest.get(path).status_code in (303, 401)
    for path in ("", "/predictions.csv"):
        assert guest.get(f"/api/v1/evaluations/{evaluation}{path}").status_code == 401


def test_an_evaluation_that_does_not_exist_is_not_found(web):
    admin = web.browser("Admin", "admin")
    assert admin.get("/evaluations/77").status_code == 404
    assert admin.get("/api/v1/evaluations/77").status_code == 404
    assert "No evaluation yet" in admin.get("/evaluations").text


def test_the_page_needs_no_script_and_no_inline_style(web, evaluation):
    page = web.browser("Admin", "admin").get(f"/evaluations/{evaluation}").text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


def test_the_file_stands_alone(report):
    page = render_html(report)
    assert "<script" not in page
    assert not re.search(r'(src|href)="', page)
    assert page.count("<svg") == 1 + len(CLASSES) + 2


def test_verdict_figures_and_forest_plot_come_before_everything_that_explains_them(report):
    page = render_html(report)
    places = [page.index(f"<{what}") for what in ("h1>", 'dl class="stats four', "svg", "details")]
    assert places == sorted(places)
    assert page.index("</details>") < page.index("Discrimination (AUC)")
    before, after = (f"{each.wauc.value:.3f}" for each in report.models.values())
    stats = page[places[1] : places[2]]
    for figure in (before, after, f"{report.wauc_difference.value:+.3f}"):
        assert f"<dd>{figure}</dd>" in stats


def test_a_class_name_cannot_write_into_the_page():
    labels, patients, probabilities = predictions(60)
    names = ["<script>alert(1)</script>", "abnormal", '" onload="x']
    page = render_html(report_of(labels, patients, probabilities, classes=names))
    assert "<script>" not in page
    assert '" onload="' not in page


@pytest.mark.parametrize(
    ("ci", "words"),
    [((0.01, 0.1), "better"), ((-0.1, -0.01), "worse"), ((-0.1, 0.1), "No difference is shown")],
)
def test_the_verdict_follows_the_interval(report, ci, words):
    difference = Difference(value=sum(ci) / 2, ci=ci, p=0.05)
    assert words in verdict(report.model_copy(update={"wauc_difference": difference}))


def test_p_is_printed_as_journals_do():
    assert [p_value(p) for p in (None, 0.0001, 0.0123, 0.046, 0.5, 1.0)] == [
        "–",
        "< 0.001",
        "0.012",
        "0.046",
        "0.50",
        "1.00",
    ]

"""A workspace with five classes of its own, from set-up to evaluation, and a sixth added later."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import select
from support.web import Web

from app.db.archive import Image, LabelClass
from app.db.engine import Database
from app.db.learning import Evaluation, PseudoLabel, Run
from app.demo import reader
from app.demo.play import simulated_reader
from app.evaluation.rules import report_of
from app.labels.classes import classes
from app.settings import Settings
from app.worklists.seeds import draw_seed_set, open_validation

GRADES = ["none", "doubtful", "minimal", "moderate", "severe"]
WORDS = ["preserved", "questionable", "slight", "clear", "complete"]


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """SQLite alone: the round that has three classes tries the same statements on PostgreSQL."""
    return sqlite_database


@pytest.fixture
def graded(tmp_path: Path) -> Path:
    """60 patients of one film each, whose reports tell five grades apart."""
    folder = tmp_path / "graded"
    folder.mkdir()
    draw = np.random.default_rng(2)
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id", "image_id", "label", "report"])
        for number in range(60):
            pixels = draw.normal(110, 30, (48, 48)).clip(0, 255).astype(np.uint8)
            Picture.fromarray(pixels).save(folder / f"{number}.png")
            grade, word = GRADES[number % 5], WORDS[number % 5]
            report = f"Joint space: {word} narrowing."
            manifest.writerow([f"{number}.png", f"P{number}", f"I{number}", grade, report])
    return folder


def test_five_classes_of_ones_own_from_set_up_to_evaluation(
    database: Database, settings: Settings, graded: Path, perform: Callable[..., Run]
) -> None:
    admin = Web(database, settings).browser("ada", "admin")
    assert admin.post("/classes/set-up", data={"names": "\n".join(GRADES)}).status_code == 303

    imported = perform("import", paths=[str(graded)], validation_patients=15, rng=0)
    assert (imported.status, imported.result["imported"]) == ("succeeded", 60)
    with database.begin() as session:
        assert [each.name for each in classes(session)] == GRADES
        given = select(LabelClass.name).join(Image, Image.given_class_id == LabelClass.id)
        assert set(session.scalars(given)) == set(GRADES)
        person = simulated_reader(session)
        draw_seed_set(session, 25, rng=0)
        open_validation(session)
    for worklist in ("seed", "validation"):
        assert reader.read_worklist(database, settings, person, worklist)
    perform("train_labeler", method="text")
    assert perform("sweep", tolerated_error=0.3).status == "succeeded"

    # Somebody finds that a class is missing when pseudo-labels are there already.
    assert admin.post("/classes", data={"name": "prosthesis"}).status_code == 303
    assert "was not trained on prosthesis" in admin.get("/classes").text
    assert admin.post("/classes/1", data={"name": "other"}).status_code == 422

    reader.read_worklist(database, settings, person, "audit")
    reader.review(database, settings, person, 10)
    assert perform("train_classifier").status == "succeeded"
    evaluated = perform("evaluate")
    assert evaluated.status == "succeeded", evaluated.failure
    with database.begin() as session:
        lengths = {len(each) for each in session.scalars(select(PseudoLabel.probabilities))}
        evaluation = session.get_one(Evaluation, evaluated.result["evaluation"])
        judged = report_of(evaluation).models["final"].auc
    assert lengths == {5}
    assert list(judged) == [*GRADES, "prosthesis"]
    assert admin.get("/review").status_code == 200
    exported = admin.get("/api/v1/export/pseudo-labels?format=json").json()
    assert all(row["probabilities"]["prosthesis"] == 0 for row in exported)

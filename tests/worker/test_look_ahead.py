"""A round whose seed set would lack a class says so before it imports, as its own draw has it."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image as Picture
from sqlalchemy import func, select
from support.import_runs import run_import

from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import Run
from app.demo import reader
from app.demo.play import simulated_reader
from app.runs import rules
from app.settings import Settings
from app.training import rules as training
from app.training.missing import missing_classes
from app.worklists.seeds import draw_seed_set

CLASSES = ("normal", "abnormal", "arthroplasty")
PATIENTS = 40
ROUND = {"validation_patients": 8, "labeler": "image", "seed_patients": 10}
Archive = Callable[..., Path]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Writes films of 40 patients, of whom two have a class of their own."""

    def write(rare: str = "arthroplasty", report: str = "Osteophytes.", **of_rare: str) -> Path:
        folder = tmp_path / f"{rare}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        with (folder / "manifest.csv").open("w", newline="") as file:
            manifest = csv.DictWriter(
                file, ["file", "patient_id", "study_id", "label", "report", "split"]
            )
            manifest.writeheader()
            for number in range(PATIENTS):
                Picture.new("L", (16, 16), number + 1).save(folder / f"{number}.png")
                own = {"label": rare, "report": report} | of_rare
                usual = {"label": CLASSES[number % 2], "report": report, "split": ""}
                manifest.writerow(
                    {"file": f"{number}.png", "patient_id": f"P{number}", "study_id": f"S{number}"}
                    | usual
                    | (own if number < 2 else {})
                )
        return folder

    return write


def log_of(database: Database, run: Run) -> str:
    with database.begin() as session:
        return " ".join(line.text for line in rules.log_of(session, run.id))


def count_images(database: Database) -> int:
    with database.begin() as session:
        return session.scalar(select(func.count(Image.id))) or 0


def test_it_says_what_the_rounds_own_draw_would_find(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    films = archive()
    said = {}
    for rng in range(8):
        run = run_import(sqlite_database, settings, paths=[films], rng=rng, **ROUND)
        said[rng] = run.failure
        if run.status == "succeeded":
            break
        assert run.failure is not None
        assert "no film of arthroplasty" in run.failure["what"]
        assert count_images(sqlite_database) == 0
    assert said[0], "the first draw was to lack the class"
    assert said[rng] is None, "one of the draws was to have it"
    assert f"--rng {rng}:" in said[0]["do"]
    with sqlite_database.begin() as session:
        person = simulated_reader(session)
        draw_seed_set(session, 10, rng)
    reader.read_worklist(sqlite_database, settings, person, "seed")
    with sqlite_database.begin() as session:
        assert missing_classes(session) == []
        assert {film.class_index for film in training.for_labeler(session)} == {0, 1, 2}


def test_without_the_look_ahead_that_draw_lacks_the_class(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    run = run_import(sqlite_database, settings, paths=[archive()], rng=0, validation_patients=8)
    assert run.status == "succeeded", run.failure
    with sqlite_database.begin() as session:
        person = simulated_reader(session)
        draw_seed_set(session, 10, rng=0)
    reader.read_worklist(sqlite_database, settings, person, "seed")
    with sqlite_database.begin() as session:
        assert missing_classes(session) == ["arthroplasty"]


def test_a_class_no_film_has_is_told_of_and_the_import_goes_on(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    run = run_import(sqlite_database, settings, paths=[archive("normal", split="")], rng=0, **ROUND)
    assert run.status == "succeeded", run.failure
    assert "arthroplasty: it cannot be learned" in log_of(sqlite_database, run)
    assert count_images(sqlite_database) == PATIENTS


def test_a_class_only_locked_patients_have_cannot_be_drawn(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    locked = archive(split="validation")
    run = run_import(sqlite_database, settings, paths=[locked], rng=0, **ROUND)
    assert run.status == "succeeded", run.failure
    assert "arthroplasty: it cannot be learned" in log_of(sqlite_database, run)


def test_a_labeler_of_reports_cannot_learn_a_class_without_reports(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    films = archive()
    text = (films / "manifest.csv").read_text().splitlines()
    bare = [line.replace("Osteophytes.", "") if "arthroplasty" in line else line for line in text]
    (films / "manifest.csv").write_text("\n".join(bare))
    run = run_import(
        sqlite_database, settings, paths=[films], rng=0, **(ROUND | {"labeler": "text"})
    )
    assert run.status == "succeeded", run.failure
    assert "arthroplasty: it cannot be learned" in log_of(sqlite_database, run)


def test_one_class_alone_is_refused_before_anything_is_imported(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    films = archive()
    text = (films / "manifest.csv").read_text()
    for name in CLASSES[1:]:
        text = text.replace(name, "normal")
    (films / "manifest.csv").write_text(text)
    run = run_import(sqlite_database, settings, paths=[films], rng=0, **ROUND)
    assert run.failure is not None
    assert "fewer than two classes" in run.failure["what"]
    assert count_images(sqlite_database) == 0


def test_more_patients_than_there_are_is_said_before_the_import(
    archive: Archive, sqlite_database: Database, settings: Settings
) -> None:
    wanted = ROUND | {"seed_patients": 33}
    run = run_import(sqlite_database, settings, paths=[archive()], rng=0, **wanted)
    assert run.failure is not None
    assert "Enter a number from 1 to 32" in run.failure["do"]
    assert count_images(sqlite_database) == 0

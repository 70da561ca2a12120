"""A sweep of an archive to which other films were added after the seed was drawn."""

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import select

from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run
from worker import unlike

Perform = Callable[..., Run]
Fates = Counter[tuple[bool, str, str]]
LATER = 120
ABROAD = {
    "normal": "Befund: Gelenkspalt erhalten. Keine Osteophyten.",
    "abnormal": "Befund: Deutliche Gelenkspaltverschmälerung mit Osteophyten.",
    "arthroplasty": "Befund: Knietotalendoprothese in regelrechter Lage.",
}


@pytest.fixture
def mixed(films: Path, labelled: int, perform: Perform, tmp_path: Path) -> None:
    """The labelled archive, and brighter films with reports in another language after it."""
    folder = tmp_path / "later"
    folder.mkdir()
    draw = np.random.default_rng(7)
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id", "image_id", "split", "label", "report"])
        for number in range(LATER):
            label = list(ABROAD)[number % 3]
            pixels = draw.normal(200, 12, (48, 60)).clip(0, 255).astype(np.uint8)
            Picture.fromarray(pixels).save(folder / f"{number}.png")
            row = [f"{number}.png", f"L{number}", f"later-{number}", "development", label]
            manifest.writerow([*row, ABROAD[label]])
    run = perform("import", paths=[str(folder)], rng=0)
    assert run.status == "succeeded", run.failure


def fates(database: Database, sweep: int) -> Fates:
    """Count pseudo-labels by whether they are of the later films, their reason, and status."""
    with database.begin() as session:
        rows = session.execute(
            select(Image.key, PseudoLabel.unlike, PseudoLabel.status)
            .join(PseudoLabel, PseudoLabel.image_id == Image.id)
            .where(PseudoLabel.sweep_id == sweep)
        )
        return Counter((key.startswith("later"), unlike, status) for key, unlike, status in rows)


def assert_held_back(database: Database, run: Run, kinds: set[str]) -> Fates:
    """The later films are held back for one of these kinds, and few of the others are."""
    assert run.status == "succeeded", run.failure
    found = fates(database, run.result["sweep"])
    assert {reason for later, reason, _ in found if later} <= kinds
    assert not any(later and status == "accepted" for later, _, status in found)
    own = sum(number for (later, _, _), number in found.items() if not later)
    held = sum(number for (later, reason, _), number in found.items() if not later and reason)
    assert held < own / 4
    assert sum(run.result["unlike"].values()) == LATER + held
    return found


def test_reports_as_no_calibration_read_has_are_held_back(
    database: Database, mixed: None, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    run = perform("sweep", tolerated_error=0.3)
    found = assert_held_back(database, run, {"words", "layout"})
    assert any(not later and status == "accepted" for later, _, status in found)


def test_films_as_no_calibration_read_is_are_held_back_where_films_are_read(
    database: Database, mixed: None, perform: Perform
) -> None:
    perform("train_labeler", method="image")
    assert_held_back(database, perform("sweep", tolerated_error=0.3), {"film"})


def test_a_sweep_killed_while_it_compares_holds_the_same_back_when_it_goes_on(
    database: Database,
    mixed: None,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    perform("train_labeler", method="text")
    monkeypatch.setattr(unlike, "AT_ONCE", 7)
    whole = perform("sweep", tolerated_error=0.3)
    with monkeypatch.context() as patched:

        def die(*_: object, **__: object) -> None:
            raise SystemExit

        patched.setattr(unlike, "compare", die)
        with pytest.raises(SystemExit):
            perform("sweep", tolerated_error=0.3)
    resumed = take_over()
    assert resumed.result["unlike"] == whole.result["unlike"]
    sweeps = (run.result["sweep"] for run in (whole, resumed))
    first, second = (sum(fates(database, sweep).values()) for sweep in sweeps)
    assert first == second


def test_an_archive_like_its_seed_is_held_back_nowhere(
    database: Database, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    run = perform("sweep", tolerated_error=0.3)
    assert run.result["unlike"] == {}
    assert {reason for _, reason, _ in fates(database, run.result["sweep"])} == {""}

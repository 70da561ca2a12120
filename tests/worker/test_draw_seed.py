"""A `draw_seed` run: every kind of film is chosen, and a kill anywhere changes nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from support.databases import ON_BOTH

from app.db.archive import Image, LabelClass, Patient
from app.db.engine import Database
from app.db.learning import Run
from app.db.reading import WorklistItem
from app.demo import reader
from app.demo.play import simulated_reader
from app.settings import Settings
from app.worklists.items import add_items
from models.images.networks import NETWORKS
from worker import draw_seed, progress

Perform = Callable[..., Run]


@pytest.fixture(autouse=True)
def known_weights(imported: None, settings: Settings, tmp_path: Path) -> None:
    """A file of weights: random ones see the stripes well enough."""
    torch.manual_seed(0)
    save_file(NETWORKS["resnet18_quarter"](3).state_dict(), tmp_path / "known.safetensors")
    settings.weights = str(tmp_path / "known.safetensors")


def listed(session: Session) -> list[tuple[str, str, bool]]:
    """The seed worklist in order: patient, image, whether it calibrates."""
    rows = session.execute(
        select(Patient.key, Image.key, WorklistItem.calibration)
        .join(Image, Image.patient_id == Patient.id)
        .join(WorklistItem, WorklistItem.image_id == Image.id)
        .where(WorklistItem.worklist == "seed")
        .order_by(WorklistItem.position)
    )
    return [(patient, image, calibration) for patient, image, calibration in rows]


@ON_BOTH
def test_every_kind_of_film_is_among_the_patients_to_learn_from(
    database: Database, perform: Perform
) -> None:
    run = perform("draw_seed", patients=15, rng=0)
    assert run.status == "succeeded", run.failure
    assert run.result == {
        "training_patients": 9,
        "calibration_patients": 6,
        "images": 30,
        "weights": "ImageNet (file known.safetensors)",
    }
    with database.begin() as session:
        found = listed(session)
        development = set(
            session.scalars(select(Patient.key).where(Patient.split == "development"))
        )
    kept_out = {patient for patient, _, calibration in found if calibration}
    chosen = {patient for patient, _, _ in found} - kept_out
    assert (len(chosen), len(kept_out)) == (9, 6)
    assert {patient for patient, _, _ in found} <= development


@ON_BOTH
def test_what_cannot_be_drawn_is_refused_with_what_to_do(
    database: Database, settings: Settings, perform: Perform
) -> None:
    too_many = perform("draw_seed", patients=43)
    settings.weights = ""
    without = perform("draw_seed", patients=5)
    assert (too_many.status, without.status) == ("failed", "failed")
    assert "Enter a number from 1 to 42" in str(too_many.failure)
    assert "draw at random" in str(without.failure)
    with database.begin() as session:
        assert listed(session) == []


def test_a_draw_killed_at_any_line_gives_the_same_list_once(
    database: Database,
    imported: None,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(draw_seed, "SHARD", 30)
    perform("draw_seed", patients=15, rng=3)
    with database.begin() as session:
        expected = listed(session)
    assert len(expected) == 30
    for line in ("embed", "typical_of_clusters", "_write", "list_diverse_seed", "finish"):
        with database.begin() as session:
            session.execute(delete(WorklistItem))
        with monkeypatch.context() as patched:
            kill_at(patched, line)
            with pytest.raises(SystemExit):
                perform("draw_seed", patients=15, rng=3)
        with database.begin() as session:
            assert listed(session) == (expected if line == "finish" else []), line
        assert take_over().result["images"] == len(expected)
        with database.begin() as session:
            assert listed(session) == expected, line


def label_all_of(database: Database, settings: Settings, others: tuple[str, ...]) -> None:
    """Draw a few seed patients who have the classes named, and read their films."""
    with database.begin() as session:
        person = simulated_reader(session)
        of_class = select(Image.id).join(LabelClass, LabelClass.id == Image.given_class_id)
        development = of_class.join(Patient).where(Patient.split == "development")
        read = session.scalars(development.where(LabelClass.name.in_(others)).limit(12)).all()
        add_items(session, "seed", list(read))
    reader.read_worklist(database, settings, person, "seed")


def classes_listed_by(database: Database, before: int) -> list[str]:
    with database.begin() as session:
        rows = session.execute(
            select(LabelClass.name, WorklistItem.calibration)
            .join(Image, Image.given_class_id == LabelClass.id)
            .join(WorklistItem, WorklistItem.image_id == Image.id)
            .where(WorklistItem.worklist == "seed", WorklistItem.position > before)
        ).all()
    assert not any(calibration for _, calibration in rows), "what was chosen never calibrates"
    return [name for name, _ in rows]


@ON_BOTH
def test_films_unlike_all_that_were_read_and_films_like_one_come_to_the_readers(
    database: Database, settings: Settings, perform: Perform
) -> None:
    label_all_of(database, settings, ("normal", "abnormal"))
    unlike = perform("draw_seed", patients=3, choice="farthest")
    assert unlike.status == "succeeded", unlike.failure
    found = classes_listed_by(database, 12)
    assert found.count("arthroplasty") >= 2, found
    assert unlike.result["calibration_patients"] == 0
    with database.begin() as session:
        rare = session.scalars(
            select(Image.id)
            .join(LabelClass, LabelClass.id == Image.given_class_id)
            .join(Patient, Patient.id == Image.patient_id)
            .where(LabelClass.name == "arthroplasty", Patient.split == "development")
        ).first()
    like = perform("draw_seed", patients=3, choice="nearest", image_id=rare)
    assert like.status == "succeeded", like.failure
    found = classes_listed_by(database, 12 + unlike.result["images"])
    assert found.count("arthroplasty") > len(found) / 2, found


@ON_BOTH
def test_there_must_be_something_to_compare_with(
    database: Database, settings: Settings, perform: Perform
) -> None:
    with database.begin() as session:
        locked = session.scalars(
            select(Image.id).join(Patient).where(Patient.split == "validation")
        ).first()
    for asked, said in (
        ({"choice": "farthest"}, "No film has been read yet"),
        ({"choice": "nearest", "image_id": locked}, "locked for validation"),
        ({"choice": "nearest"}, "no such image"),
    ):
        run = perform("draw_seed", patients=2, **asked)
        assert said in str(run.failure), asked


def kill_at(patched: pytest.MonkeyPatch, line: str) -> None:
    """Let the worker die where a function is called: the second time, where it is `embed`."""
    owner: Any = draw_seed
    if line == "finish":
        owner = progress.Running
    elif line == "list_diverse_seed":
        owner = draw_seed.diverse_seeds
    whole, calls = getattr(owner, line), iter(range(1 if line == "embed" else 0))

    def die(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is None:
            raise SystemExit
        return whole(*args, **kwargs)

    patched.setattr(owner, line, die)

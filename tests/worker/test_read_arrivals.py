"""Films that arrive are read by the promoted models, and come to people where that is needed."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import Row, func, select
from support.prepared import Prepared
from support.whole_runs import carry_out

from app.acceptance import whole_set
from app.db.archive import Image
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Run
from app.db.reading import WorklistItem
from app.demo import reader
from app.receiving import on_arrival
from app.receiving.on_arrival import Chosen
from app.registry import rules as registry
from app.settings import Settings
from app.sweeps import latest_sweep
from models.labeler import Labeler
from models.pooling import Prediction
from worker import read_arrivals

Perform = Callable[..., Run]
Arrive = Callable[..., Run]
SENTENCES = {
    "normal": "Joint spaces preserved. No osteophytes.",
    "abnormal": "Marked joint space narrowing with osteophytes.",
    "arthroplasty": "Total knee replacement in good position.",
}


@pytest.fixture
def ready(
    database: Database, settings: Settings, labelled: int, perform: Perform, prepared: Prepared
) -> int:
    """A swept archive whose labeler and classifier are promoted; films are to be read on arrival.

    The labeler reads reports and the classifier films, so that they can be brought to differ.
    """

    def learn() -> int:
        perform("train_labeler", method="text")
        perform("sweep", tolerated_error=0.3)
        perform("train_classifier")
        with database.begin() as session:
            for role in ("labeler", "final"):
                mine = select(ModelVersion.id).where(ModelVersion.role == role)
                registry.promote(session, session.scalars(mine).one(), None)
            on_arrival.choose(session, Chosen(True, 0.0), labelled)
        return labelled

    return prepared.begin("ready", database, settings, learn)


@pytest.fixture
def arrive(database: Database, perform: Perform, tmp_path: Path) -> Arrive:
    """Lets films arrive: each by the class that shows and the one its report tells, or None."""
    draw = np.random.default_rng(3)

    def import_them(*films: tuple[str, str | None], split: str = "development") -> Run:
        with database() as session:
            before = session.scalar(select(func.max(Image.id))) or 0
        folder = tmp_path / f"arrived {before}"
        folder.mkdir()
        with (folder / "manifest.csv").open("w", newline="") as file:
            manifest = csv.writer(file)
            manifest.writerow(["file", "patient_id", "image_id", "split", "label", "report"])
            for number, (shown, told) in enumerate(films):
                pixels = draw.normal(110, 30, (48, 48))
                pixels[:, 8 + 14 * list(SENTENCES).index(shown) :][:, :6] += 60
                name = f"{before}-{number}"
                Picture.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{name}.png")
                report = SENTENCES[told] if told else ""
                manifest.writerow([f"{name}.png", f"A{name}", f"A{name}", split, shown, report])
        run = perform("import", paths=[str(folder)], rng=0)
        assert run.result["imported"] == len(films), run.failure
        with database.begin() as session:
            for digest in session.scalars(select(Image.source_digest).where(Image.id > before)):
                row = {"uid": digest, "digest": digest, "size": 1, "calling": "PACS1"}
                session.add(ArrivedFilm(**row, address="10.0.0.5", kept=False, run_id=run.id))
        return run

    return import_them


def read(database: Database, settings: Settings) -> Run | None:
    """Do what a worker does from time to time, and carry out what that starts."""
    run = on_arrival.go_on(database, settings)
    return run and carry_out(database, settings, run.id)


def rows(database: Database, arrived: bool) -> list[Row[Any]]:
    """Return what the latest sweep holds, of films that arrived or of the others."""
    with database() as session:
        sweep = latest_sweep(session)
        assert sweep is not None
        mine = PseudoLabel.sweep_id == sweep.id, PseudoLabel.arrived.is_(arrived)
        what = (
            PseudoLabel.image_id,
            PseudoLabel.status,
            PseudoLabel.review_order,
            PseudoLabel.in_audit,
            ArrivalRead.differs,
            ArrivalRead.unsure,
        )
        query = select(*what).outerjoin(ArrivalRead, ArrivalRead.pseudo_label_id == PseudoLabel.id)
        return list(session.execute(query.where(*mine).order_by(PseudoLabel.image_id)))


def promised(database: Database) -> Any:
    with database() as session:
        sweep = latest_sweep(session)
        assert sweep is not None
        return whole_set.standing(session, sweep)


AGREEING = [(name, name) for name in SENTENCES] * 2
DIFFERING = [("normal", "arthroplasty"), ("arthroplasty", "normal")]


def test_what_arrives_is_read_and_what_is_doubtful_comes_to_review(
    database: Database, settings: Settings, ready: int, arrive: Arrive
) -> None:
    before, promise = rows(database, arrived=False), promised(database)
    assert read(database, settings) is None  # nothing has arrived
    arrive(*AGREEING, *DIFFERING, ("normal", None))
    arrive(("normal", "normal"), split="validation")
    run = read(database, settings)
    assert run is not None
    assert run.status == "succeeded", run.failure
    assert (run.result["read"], run.result["without_report"]) == (8, 1)
    assert read(database, settings) is None
    found = rows(database, arrived=True)
    assert len(found) == 8
    for row in found:
        doubtful = row.differs or row.unsure
        assert row.status == ("needs_review" if doubtful else "predicted")
    assert all(row.differs for row in found[-2:])
    assert {row.status for row in found} == {"needs_review", "predicted"}
    assert rows(database, arrived=False) == before
    assert promised(database) == promise
    last = max(row.review_order or 0 for row in before)
    reviewed = [row.review_order for row in found if row.status == "needs_review"]
    assert sorted(reviewed) == list(range(last + 1, last + 1 + len(reviewed)))


def test_a_run_that_fails_leaves_its_films_to_the_next_arrival_and_no_film_is_read_twice(
    database: Database,
    settings: Settings,
    ready: int,
    arrive: Arrive,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrive(*AGREEING)
    with database() as session:
        folder = session.scalars(select(ModelVersion.folder).where(ModelVersion.role == "final"))
        checkpoint = settings.home / folder.one()
    checkpoint.rename(checkpoint.with_name("away"))
    failed = read(database, settings)
    assert failed is not None
    assert failed.status == "failed"
    assert (rows(database, arrived=True), on_arrival.go_on(database, settings)) == ([], None)
    checkpoint.with_name("away").rename(checkpoint)
    arrive(*DIFFERING)
    monkeypatch.setattr(read_arrivals, "SHARD", 3)
    predict, shards = Labeler.predict, iter(range(2))

    def die_at_the_third_shard(self: Labeler, *args: Any, **kwargs: Any) -> Prediction:
        if next(shards, None) is None:
            raise SystemExit
        return predict(self, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(Labeler, "predict", die_at_the_third_shard)
        with pytest.raises(SystemExit):
            read(database, settings)
    assert len(rows(database, arrived=True)) == 6
    resumed = take_over()
    assert (resumed.result["read"], len(rows(database, arrived=True))) == (8, 8)


def test_what_was_drawn_is_read_blind_and_the_read_says_whether_the_labeler_was_right(
    database: Database, settings: Settings, ready: int, arrive: Arrive
) -> None:
    with database.begin() as session:
        on_arrival.choose(session, Chosen(True, 1.0), ready)
    arrive(("abnormal", "abnormal"), ("normal", "arthroplasty"))
    run = read(database, settings)
    assert run is not None
    assert (run.result["drawn"], run.result["needs_review"]) == (2, 0)
    drawn = rows(database, arrived=True)
    assert [row.status for row in drawn] == ["predicted"] * 2
    with database() as session:
        listed = WorklistItem.worklist == "audit", WorklistItem.done.is_(False)
        assert {row.image_id for row in drawn} <= set(
            session.scalars(select(WorklistItem.image_id).where(*listed))
        )
    assert reader.read_worklist(database, settings, ready, "audit")
    assert [row.status for row in rows(database, arrived=True)] == ["approved", "corrected"]
    with database() as session:
        found = on_arrival.found(session)
    assert (found.read, found.drawn, found.audited, found.wrong) == (2, 2, 2, 1)

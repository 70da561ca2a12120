"""A sweep of an archive with near copies: review asks for each film once before any copy."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from support.databases import ON_BOTH

from app.db.archive import Image
from app.db.engine import Database
from app.db.learning import PseudoLabel, Run
from app.db.reading import WorklistItem
from app.worklists.review_order import order_review
from worker import copies

Perform = Callable[..., Run]
COPIES = 6


@pytest.fixture
def with_copies(films: Path, labelled: int, perform: Perform, tmp_path: Path) -> None:
    """The labelled archive, and six of its films again: other patients, a little brighter."""
    folder = tmp_path / "copies"
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file", "patient_id", "image_id", "split", "label", "report"])
        for number in range(COPIES):
            pixels = np.asarray(Picture.open(films / f"{number}.png"))
            changed = (pixels * 0.9 + 12).astype(np.uint8)
            for again in range(2):
                name = f"copy-{number}-{again}"
                Picture.fromarray(changed + np.uint8(again)).save(folder / f"{name}.png")
                manifest.writerow([f"{name}.png", name, name, "development", "normal", "Kept."])
    run = perform("import", paths=[str(folder)], rng=0)
    assert run.status == "succeeded", run.failure
    perform("train_labeler", method="text")


def order(session: Session, sweep: int) -> list[tuple[str, bool]]:
    """The review worklist: image name and whether it is a near copy."""
    rows = session.execute(
        select(Image.key, PseudoLabel.near_copy)
        .join(Image, Image.id == PseudoLabel.image_id)
        .where(PseudoLabel.sweep_id == sweep, PseudoLabel.status == "needs_review")
        .order_by(PseudoLabel.review_order)
    )
    return [(key, copy) for key, copy in rows]


def film_of(key: str) -> str:
    """The film an image shows: I3, copy-3-0 and copy-3-1 show the same."""
    return key.split("-")[1] if key.startswith("copy") else key[1:]


def test_every_film_is_asked_for_once_before_any_copy_is(
    database: Database, with_copies: None, perform: Perform
) -> None:
    swept = perform("sweep", tolerated_error=0.01)
    assert swept.status == "succeeded", swept.failure
    with database.begin() as session:
        found = order(session, swept.result["sweep"])
    assert swept.result["near_copies"] == sum(copy for _, copy in found) >= COPIES
    firsts = [film_of(key) for key, copy in found if not copy]
    assert len(firsts) == len(set(firsts))
    assert {film_of(key) for key, _ in found} == set(firsts)
    assert [copy for _, copy in found] == sorted(copy for _, copy in found)


@ON_BOTH
def test_a_sweep_killed_while_it_looks_for_copies_finds_them_when_it_goes_on(
    database: Database,
    with_copies: None,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = perform("sweep", tolerated_error=0.01)
    with monkeypatch.context() as patched:

        def die(*_: Any, **__: Any) -> None:
            raise SystemExit

        patched.setattr(copies, "near_copies", die)
        with pytest.raises(SystemExit):
            perform("sweep", tolerated_error=0.01)
    resumed = take_over()
    with database.begin() as session:
        first, second = (order(session, run.result["sweep"]) for run in (whole, resumed))
    assert first == second


@ON_BOTH
def test_labels_of_a_failed_lot_join_the_order_before_the_copies(
    database: Database, with_copies: None, perform: Perform
) -> None:
    swept = perform("sweep", tolerated_error=0.3)
    sweep = swept.result["sweep"]
    with database.begin() as session:
        # A lot fails when its sample is read to the end: nothing of it waits for an audit.
        session.execute(delete(WorklistItem).where(WorklistItem.worklist == "audit"))
        session.execute(
            update(PseudoLabel)
            .where(PseudoLabel.sweep_id == sweep, PseudoLabel.status == "accepted")
            .values(status="needs_review")
        )
        session.execute(
            update(PseudoLabel)
            .where(
                PseudoLabel.id.in_(
                    select(func.min(PseudoLabel.id)).where(PseudoLabel.sweep_id == sweep)
                )
            )
            .values(near_copy=True)
        )
        order_review(session, sweep)
        found = order(session, sweep)
    assert [copy for _, copy in found] == sorted(copy for _, copy in found)
    assert found[-1][1]

"""What nothing can be learned from fails its run in clear words and leaves earlier models alone."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.db.archive import Image, Study
from app.db.engine import Database
from app.db.learning import ModelVersion, Run
from app.db.reading import ReferenceLabel, WorklistItem
from app.imaging.storage import Store
from app.settings import Settings
from app.training import rules as training
from app.training import versions

# What is refused here is refused before a row is written, alike on every database.
Perform = Callable[..., Run]
Spoil = Callable[[Session, Settings], None]


def without_reports(session: Session, _: Settings) -> None:
    session.execute(update(Study).values(report=None))


def with_reports_of_blanks_and_history(session: Session, _: Settings) -> None:
    session.execute(update(Study).values(report=" \n\nHISTORY: total knee replacement?"))


def with_one_class_alone(session: Session, _: Settings) -> None:
    relabel(session, {0: 1, 2: 1})


def with_a_seed_of_one_site(session: Session, _: Settings) -> None:
    session.execute(update(Image).values(site="Oslo"))
    session.execute(update(Image).where(~on_seed()).values(site="Rome"))


def on_seed() -> Any:
    return exists().where(WorklistItem.image_id == Image.id, WorklistItem.worklist == "seed")


def with_a_damaged_rendition(session: Session, settings: Settings) -> None:
    one_rendition(session, settings).write_bytes(b"no picture")


def with_pixels_that_are_no_numbers(session: Session, settings: Settings) -> None:
    pixels = np.full((48, 48), np.nan, np.float32)
    one_rendition(session, settings).write_bytes(cv2.imencode(".tiff", pixels)[1].tobytes())


def with_a_blank_film(session: Session, settings: Settings) -> None:
    pixels = np.full((48, 48), 7, np.uint8)
    one_rendition(session, settings).write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def relabel(session: Session, changes: dict[int, int]) -> None:
    known = training.classes(session)
    for film in training.by_hand(session):
        if film.class_index in changes:
            session.execute(
                update(ReferenceLabel)
                .where(ReferenceLabel.image_id == film.image_id)
                .values(class_id=known[changes[film.class_index]].id)
            )


def one_rendition(session: Session, settings: Settings) -> Path:
    return Store(settings.home / "store").path(training.for_labeler(session)[0].digest)


@pytest.mark.parametrize(
    ("spoil", "method", "words"),
    [
        (without_reports, "text", "that have a report"),
        (without_reports, "fused", "that have a report"),
        (with_reports_of_blanks_and_history, "text", "that have a report"),
        (with_one_class_alone, "fused", "`normal`"),
        (with_a_seed_of_one_site, "text", "site Oslo"),
        (with_a_damaged_rendition, "image", "8-bit picture"),
        (with_pixels_that_are_no_numbers, "fused", "8-bit picture"),
        (with_a_blank_film, "image", "every pixel has the same value"),
    ],
)
def test_a_labeler_that_cannot_be_trained_fails_and_leaves_the_one_in_use(
    database: Database,
    settings: Settings,
    labelled: int,
    perform: Perform,
    spoil: Spoil,
    method: str,
    words: str,
) -> None:
    before = a_labeler_in_use(database, settings, perform)
    with database.begin() as session:
        spoil(session, settings)
    refused(perform("train_labeler", method=method), words)
    assert models_of(database, settings) == before


@pytest.mark.parametrize(
    ("seed", "first_of_seed", "elsewhere"),
    [("Oslo", "Rome", "Rome"), ("Oslo", "", "Rome"), ("Oslo", "Oslo", ""), ("", "", "Rome")],
    ids=["a seed of two sites", "a patient of unknown site", "one known site", "a seed of unknown"],
)
def test_a_seed_is_refused_only_where_it_is_known_to_leave_a_site_out(
    database: Database,
    settings: Settings,
    labelled: int,
    perform: Perform,
    seed: str,
    first_of_seed: str,
    elsewhere: str,
) -> None:
    with database.begin() as session:
        first = training.for_calibration(session)[0].image_id
        session.execute(update(Image).values(site=elsewhere))
        session.execute(update(Image).where(on_seed()).values(site=seed))
        session.execute(update(Image).where(Image.id == first).values(site=first_of_seed))
    trained = perform("train_labeler", method="text")
    assert trained.status == "succeeded", trained.failure


def test_a_weights_file_of_another_architecture_fails_both_trainings(
    database: Database,
    settings: Settings,
    labelled: int,
    perform: Perform,
    tmp_path: Path,
) -> None:
    before = a_labeler_in_use(database, settings, perform)
    assert perform("sweep").status == "succeeded"
    save_file({"blocks.0.attention.weight": torch.zeros(8, 8)}, tmp_path / "vit.safetensors")
    settings.weights = str(tmp_path / "vit.safetensors")
    refused(perform("train_labeler", method="image"), "vit.safetensors")
    refused(perform("train_classifier"), "vit.safetensors")
    assert models_of(database, settings) == before


def test_a_text_encoder_that_is_none_fails_the_training(
    database: Database,
    settings: Settings,
    labelled: int,
    perform: Perform,
    tmp_path: Path,
) -> None:
    before = a_labeler_in_use(database, settings, perform)
    settings.text_encoder = str(tmp_path)
    refused(perform("train_labeler", method="text"), "no text encoder")
    assert models_of(database, settings) == before


def a_labeler_in_use(database: Database, settings: Settings, perform: Perform) -> Any:
    trained = perform("train_labeler", method="text")
    assert trained.status == "succeeded", trained.failure
    return models_of(database, settings)


def refused(run: Run, words: str) -> None:
    assert run.status == "failed"
    assert run.failure is not None
    assert run.failure["do"]
    assert words in f"{run.failure['what']} {run.failure['where']} {run.failure['do']}"


def models_of(database: Database, settings: Settings) -> Any:
    """Return every version, the labeler in use, and a digest of every checkpoint file."""
    with database.begin() as session:
        found = session.scalars(select(ModelVersion).order_by(ModelVersion.id)).all()
        in_use = versions.in_use(session, "labeler").id
        rows = [(row.id, row.digest, row.folder) for row in found]
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for _, _, folder in rows
        for path in sorted((settings.home / folder).iterdir())
    }
    return rows, in_use, files

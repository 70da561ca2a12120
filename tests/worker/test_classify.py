"""A film that a program sends is classified by a worker, and nothing of it is kept."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import func, select
from support.both_knees import dicom as film_of_both
from support.databases import ON_BOTH
from support.models_films import CLASSES, TINY, draw_films, one_hot
from support.web import Web
from support.worklist_rows import add_classes, add_images

from app import errors
from app.classification import rules
from app.classification.answers import Classified
from app.db.archive import Image
from app.db.classification import Classification
from app.db.engine import Database
from app.db.learning import ModelVersion, Run
from app.db.people import AuditEvent
from app.db.reading import Sight
from app.registry.rules import promote
from app.runs import workers
from app.runs.workers import Post
from app.settings import Settings
from models.images.classifier import train_classifier
from worker import classify

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A classifier that tells bands of different heights apart."""
    folder = tmp_path_factory.mktemp("classifier")
    films, labels = draw_films(folder / "films", 60)
    trained = train_classifier(films, one_hot(labels), CLASSES, TINY, folder / "training")
    return folder / "model", trained.save(folder / "model")


@pytest.fixture
def site(database: Database, settings: Settings, checkpoint: tuple[Path, str]) -> Web:
    """The application with a promoted classifier and a worker that takes gpu runs."""
    folder, digest = checkpoint
    (settings.home / "checkpoints").mkdir(parents=True)
    (settings.home / "checkpoints" / "1").symlink_to(folder)
    with database.begin() as session:
        add_classes(session)
        run = Run(kind="train_classifier", status="succeeded")
        session.add(run)
        session.flush()
        model = ModelVersion(
            role="final",
            method="image",
            run_id=run.id,
            folder="checkpoints/1",
            digest=digest,
            training_digest="",
            recipe={},
            metrics={},
        )
        session.add(model)
        session.flush()
        promote(session, model.id, None)
        workers.report(session, [Post("w", "host", 1, "1", ["gpu"], 1)])
    return Web(database, settings)


@pytest.fixture
def ask(site: Web) -> Iterator[Ask]:
    """Sends a film as a program does, while a worker's thread answers."""
    client, stop = site.program("Ada", "classify", role="admin"), threading.Event()
    answering = threading.Thread(target=classify.serve, args=(site.settings, stop))
    answering.start()
    yield lambda film, **said: client.post("/api/v1/classify", content=film, params=said)
    stop.set()
    answering.join()


def band(height: int) -> bytes:
    pixels = np.random.default_rng(9).normal(90, 15, (400, 360))
    pixels[80 + 90 * height : 150 + 90 * height, 60:300] += 90
    return cv2.imencode(".png", pixels.clip(0, 255).astype(np.uint8))[1].tobytes()


def left_behind(site: Web) -> list[Path]:
    with site.database() as session:
        assert session.scalar(select(func.count(Classification.id))) == 0
    return [*(site.settings.home / "classified").iterdir()]


def test_a_film_is_answered_with_probabilities_and_a_heat_map_and_is_not_kept(
    site: Web, ask: Ask
) -> None:
    for place, name in enumerate(CLASSES):
        answer = ask(band(place), laterality="R")
        assert answer.status_code == 200, answer.text
        said = Classified.model_validate(answer.json())
        (knee,) = said.knees
        assert (knee.laterality, knee.predicted, knee.region) == ("R", name, None)
        assert max(knee.probabilities, key=lambda each: knee.probabilities[each]) == name
        assert sum(knee.probabilities.values()) == pytest.approx(1)
        assert not knee.blank
        # Nobody has read a film that was kept apart: what is unlike cannot be told.
        assert (knee.unlike, knee.p_value) == (None, None)
        assert knee.heat_map is not None
        drawn = np.frombuffer(base64.b64decode(knee.heat_map), np.uint8)
        assert cv2.imdecode(drawn, cv2.IMREAD_UNCHANGED).shape == (96, 86)
    assert left_behind(site) == []
    with site.database() as session:
        assert session.scalar(select(func.count(Image.id))) == 0
        noted = select(AuditEvent.subject).where(AuditEvent.action == "classify film")
        assert session.scalars(noted).all() == ["model 1"] * 3


def test_both_knees_of_a_film_are_answered_each_with_its_place(
    site: Web, ask: Ask, tmp_path: Path
) -> None:
    film = film_of_both(tmp_path / "both.dcm").read_bytes()
    said = Classified.model_validate(ask(film, laterality="B").json())
    assert sorted(knee.laterality for knee in said.knees) == ["L", "R"]
    places = [knee.region for knee in said.knees if knee.region]
    assert places[0].right <= places[1].left
    assert left_behind(site) == []


def test_what_is_no_film_is_refused_with_its_reason(site: Web, ask: Ask) -> None:
    for film, words in ((b"no film", "is no image"), (b"", "no film in the request")):
        answer = ask(film)
        assert answer.status_code == 422
        assert words in answer.json()["what"] + answer.json()["do"]
    blank = Classified.model_validate(
        ask(cv2.imencode(".png", np.zeros((64, 64)))[1].tobytes()).json()
    )
    assert blank.knees[0].blank
    assert blank.knees[0].heat_map is None
    assert left_behind(site) == []


def test_whoever_asks_about_a_film_of_the_archive_reads_none_of_its_images_blind(
    site: Web, ask: Ask
) -> None:
    film = band(1)
    with site.database.begin() as session:
        number = add_images(session, 2)[1]
        session.get_one(Image, number).source_digest = hashlib.sha256(film).hexdigest()
    assert ask(film).status_code == 200
    with site.database() as session:
        assert session.scalars(select(Sight.image_id)).all() == [number]


def test_who_cannot_be_answered_hears_so_at_once(
    site: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = site.program("Rosa", "films")
    assert reader.post("/api/v1/classify", content=band(0)).status_code == 403
    client = site.program("Ada", "classify", role="admin")
    monkeypatch.setattr(rules, "PATIENCE", timedelta(seconds=0.5))
    late = client.post("/api/v1/classify", content=band(0))
    assert (late.status_code, late.json()["what"]) == (503, "No worker has answered in time.")
    assert left_behind(site) == []
    site.settings.decode_file_mb = 1
    assert client.post("/api/v1/classify", content=bytes(2**20 + 1)).status_code == 422
    with site.database.begin() as session:
        workers.leave(session, ["w"])
    nobody = client.post("/api/v1/classify", content=band(0))
    assert nobody.status_code == 503
    assert "gpu" in nobody.json()["what"]
    with site.database.begin() as session:
        session.get_one(ModelVersion, 1).promoted_at = None
    assert client.post("/api/v1/classify", content=band(0)).status_code == 409


@ON_BOTH
def test_a_film_is_taken_on_once_and_too_many_are_sent_away(site: Web) -> None:
    asker = site.person("Ada", "admin")
    with site.database.begin() as session:
        for number in range(rules.MOST_WAITING):
            rules.ask(session, asker.id, f"film {number}", "")
    with site.database() as session, pytest.raises(errors.TooMany):
        rules.require_possible(session)
    with site.database() as session:
        first = rules.waiting(session)[0]
    assert first.file == "film 0"
    with site.database.begin() as session:
        assert rules.claim(session, first)
        assert not rules.claim(session, first)
        assert not rules.is_done(session, first.id)
        rules.turn_down(session, first, errors.Refused("No film."), "refused")
    with site.database.begin() as session:
        assert rules.is_done(session, first.id)
        assert isinstance(rules.take(session, first.id, ""), errors.Refused)
        assert first not in rules.waiting(session)
        assert isinstance(rules.give_up(session, first.id + 1), errors.Unavailable)

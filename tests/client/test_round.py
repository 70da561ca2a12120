"""A whole round by a program: the example, a real server, a real worker, and no browser."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas
import pytest
from sqlalchemy import func, select
from support.reading_room import Server
from support.striped_films import draw_striped

from app.accounts import tokens
from app.db.engine import Database
from app.db.learning import ModelVersion
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.settings import Settings
from condyle_client import Condyle, Refused

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "condyle_client/examples/one_round.py"
WORKER = Path(__file__).with_name("tiny_worker.py")
SCOPES = ("archive", "classify", "export", "import", "models", "reading", "runs")


@dataclass
class Installation:
    """A server, and a worker process that takes all work."""

    address: str
    worker: "subprocess.Popen[bytes]"


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    """A server that answers, and its worker."""
    settings = Settings(home=tmp_path / "home", database_url=sqlite_url)
    environment = os.environ | settings.as_environment() | {"PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen([sys.executable, str(WORKER), "tiny"], env=environment, cwd=ROOT)
    server = Server(settings)
    yield Installation(server.url, worker)
    server.stop()
    worker.kill()
    worker.wait()


@pytest.fixture
def token(sqlite_database: Database) -> str:
    """A token of an admin."""
    with sqlite_database.begin() as session:
        admin = User(name="Ada", role="admin")
        session.add(admin)
        session.flush()
        return tokens.make(session, admin, tokens.Wanted("a round", SCOPES, 1))[0]


def play(installation: Installation, token: str, films: Path, output: Path) -> str:
    """Run the example to its end; return what it printed."""
    told = {"ADDRESS": installation.address, "TOKEN": token, "FILMS": str(films)}
    told["SEED_PATIENTS"] = "24"
    given = {f"CONDYLE_{name}": value for name, value in told.items()}
    environment = os.environ | given | {"PYTHONPATH": str(ROOT)}
    with output.open("w+") as file:
        asked = [sys.executable, str(EXAMPLE)]
        playing = subprocess.Popen(
            asked, env=environment, cwd=output.parent, stdout=file, stderr=file
        )
        try:
            while playing.poll() is None:
                assert installation.worker.poll() is None, output.read_text()
                time.sleep(0.05)
        finally:
            playing.kill()
            playing.wait()
    printed = output.read_text()
    assert playing.returncode == 0, printed
    return printed


def test_the_example_plays_a_round(
    sqlite_database: Database, installation: Installation, token: str, tmp_path: Path
) -> None:
    films = draw_striped(tmp_path / "films")
    printed = play(installation, token, films, tmp_path / "printed")
    assert "final: WAUC" in printed
    assert token not in printed

    with Condyle(installation.address, token) as condyle:
        labels = list(condyle.archive.labels())
        frame = condyle.archive.labels_frame()
        images = list(condyle.archive.images(split=["validation"]))
        promoted = [each for each in condyle.models.versions() if each.promoted_at]
        # What one page holds is the server's business; all images come, each once.
        known = [each.image_id for each in condyle.archive.images()]
        answered = condyle.models.classify(films / "0.png", laterality="L")
        with pytest.raises(Refused, match="patients"):
            condyle.worklists.draw_seed(0)
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == [each.image_id for each in labels]
    assert frame.loc[labels[0].image_id, "label"] == labels[0].label
    assert {each.split for each in images} == {"validation"}
    assert len(known) == len(set(known)) == 108
    with sqlite_database() as session:
        assert len(labels) == session.scalar(select(func.count(ReferenceLabel.image_id)))
        (in_use,) = session.scalars(
            select(ModelVersion.id).where(ModelVersion.promoted_at.is_not(None))
        )
    assert [(each.id, each.role) for each in promoted] == [(in_use, "final")]
    assert answered.model == in_use
    assert [knee.laterality for knee in answered.knees] == ["L"]
    assert sum(answered.knees[0].probabilities.values()) == pytest.approx(1)

"""What the monitor counts: films, agreement, shifts and calibration, on the page and for cron."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.command_line import run_command
from support.read_arrivals import add_classifier, read_on_arrival
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.db.archive import Image
from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.db.tables import now
from app.imaging.storage import Store
from app.monitor import months
from app.monitor.figures import MonitorFigures, figures
from app.monitor.shifts import FALSE_ALARMS
from app.settings import Settings

PRESENT, BEFORE = months.latest(now())[-1], months.latest(now())[-2]
CALIBRATION = 60


@pytest.fixture
def workspace(database: Database) -> Database:
    """A sweep with calibration reads, and a promoted classifier that was not evaluated."""
    draw = np.random.default_rng(1)
    with database.begin() as session:
        add_classes(session)
        add_readers(session, 1, "admin")
        add_sweep(session, add_images(session, 2, name="swept"))
        sweep = session.scalars(select(Sweep)).one()
        sweep.selection = {"accepted": 3, "needs_review": 1, "unlike": {"film": 1}}
        said = draw.dirichlet([0.5, 2.0, 0.5], CALIBRATION).round(4)
        sweep.calibration = [[each.tolist(), int(each.argmax())] for each in said]
        session.get_one(ModelVersion, add_classifier(session)).promoted_at = now()
    return database


def arrive(session: Session, count: int, name: str, said: list[float] | None = None) -> None:
    """Let films be read the month before; what the labeler says is drawn where it is not given."""
    draw = np.random.default_rng(2)
    images = add_images(session, count, name=name)
    read_on_arrival(session, images, BEFORE.begin + timedelta(days=1), audited=False)
    for image in images:
        p = said or draw.dirichlet([0.5, 2.0, 0.5]).round(4).tolist()
        mine = update(PseudoLabel).where(PseudoLabel.image_id == image)
        session.execute(mine.values(probabilities=p, confidence=max(p)))


def counted(database: Database, settings: Settings) -> MonitorFigures:
    with database() as session:
        return figures(session, Store(settings.home / "store"))


def test_films_are_counted_by_day_and_month_and_audits_say_what_they_show(
    workspace: Database, settings: Settings
) -> None:
    at = now()
    with workspace.begin() as session:
        session.add_all(
            ArrivedFilm(uid=each, digest=each, size=1, calling="PACS1", address="10.0.0.5")
            for each in "abc"
        )
        images = add_images(session, 60, name="a")
        read_on_arrival(session, images, at)
        read_on_arrival(session, add_images(session, 4, name="b"), at, audited=False, unsure=True)
        read_on_arrival(session, add_images(session, 2, name="c"), BEFORE.begin, wrong=1)
        some = update(ArrivalRead).where(ArrivalRead.image_id.in_(images[:6]))
        session.execute(some.values(differs=True))
        held = update(PseudoLabel).where(PseudoLabel.image_id == images[0])
        session.execute(held.values(unlike="film"))
    found = counted(workspace, settings)
    assert (found.days[-1].arrived, found.days[-1].read, len(found.days)) == (3, 64, 30)
    assert (found.watched.accepted, found.watched.unlike) == (0.75, 0.25)
    before, present = found.months
    assert (before.month, before.whole, before.read) == (BEFORE.name, True, 2)
    assert (before.audit.wrong, before.audit.missing) == (1, 93 - 2)
    assert (present.month, present.whole) == (PRESENT.name, False)
    assert (present.read, present.accepted, present.unlike) == (64, 59, 1)
    assert (present.compared, present.agreeing) == (64, 58)
    assert (present.audit.drawn, present.audit.read, present.audit.missing) == (59, 59, 0)
    assert present.audit.at_most is not None
    assert present.audit.at_most < 0.05
    labeler, classifier = found.calibrations
    assert (labeler.films, labeler.reference, classifier.reference) == (62, CALIBRATION, 0)
    assert labeler.brier_ci[0] < labeler.brier < labeler.brier_ci[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scores_that_have_shifted_are_told_from_those_that_have_not(
    workspace: Database, settings: Settings
) -> None:
    with workspace.begin() as session:
        arrive(session, 29, "few")
    assert counted(workspace, settings).months[0].shift is None
    with workspace.begin() as session:
        arrive(session, 100, "alike")
    alike = counted(workspace, settings)
    assert [each.model for each in alike.shifts] == ["labeler"] * 3
    assert alike.shifted is None
    assert alike.months[0].shift is not None
    with workspace.begin() as session:
        arrive(session, 60, "other", [0.4, 0.5, 0.1])
    shifted = counted(workspace, settings)
    assert shifted.shifted is not None
    assert min(each.p for each in shifted.shifts) <= FALSE_ALARMS
    settings.home.mkdir(exist_ok=True)
    page = Web(workspace, settings).browser("Admin", "admin").get("/monitor").text
    assert "labeler, normal: by" in page or "labeler, abnormal: by" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cron_is_told_by_the_exit_status_when_somebody_must_look(
    workspace: Database, settings: Settings, database_url: str
) -> None:
    asked = run_command(settings, "monitor")
    assert asked.exit_code == 0, asked.output
    assert "Acceptance goes on." in asked.output
    with workspace.begin() as session:
        read_on_arrival(session, add_images(session, 12, name="bad"), now(), wrong=12)
        assert session.query(Image).count() == 14
    asked = run_command(settings, "monitor")
    assert (asked.exit_code, asked.output.count("\n")) == (1, 2)
    assert asked.output.startswith("Acceptance is stopped. Of 12 audited patients")

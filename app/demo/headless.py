"""`condyle round` and `condyle demo`: a workspace of its own, a worker, one round, its files."""

import json
import secrets
import shutil
from pathlib import Path

from sqlalchemy import select

from app import errors
from app.accounts.passwords import hash_password
from app.db.archive import Image
from app.db.engine import Database, migrate, open_database, read_only
from app.db.learning import Evaluation
from app.db.people import User
from app.demo.guideline import publish_guideline
from app.demo.knees import write_archive
from app.demo.leftovers import leave_work
from app.demo.play import DRAWING, Plan, Say, play_round
from app.demo.progress import Report, silent
from app.evaluation.page import render_html
from app.evaluation.rules import report_of
from app.imaging.storage import Store
from app.imaging.stores import open_store
from app.settings import Settings
from app.worker_process import WorkerProcess
from app.workspace import locked_workspace

DEMO_PATIENTS = 360
DEMO_TOLERATED_ERROR = 0.08
"""At 5 % nothing is accepted with the demo's 32 calibration reads, and it would show no lots."""
MARK = ".condyle-demo"


def run_round(settings: Settings, plan: Plan, out: Path, say: Say) -> None:
    """Play one round in a workspace inside `out` and write its three files there.

    Args:
        settings: the process's; the home folder is replaced.
        plan: what to do.
        out: where `evaluation.json`, `predictions.csv` and `evaluation.html` go.
        say: told each step in words.

    Raises:
        errors.Refused: `out` holds a round already, or a step failed; where nothing was imported
            yet, `out` is left empty.
    """
    if out.exists() and any(out.iterdir()):
        raise errors.Refused(
            "The output folder is not empty.", str(out), "Name a new folder, or empty this one."
        )
    settings = settings.model_copy(update={"home": out / "workspace", "database_url": ""})
    database = open_workspace(settings)
    try:
        with WorkerProcess(settings):
            evaluation = play_round(database, settings, plan, say)
    except errors.Refused:
        _leave_no_empty_workspace(database, settings.home)
        raise
    write_files(database, open_store(settings), evaluation, out)
    say(f"Written: {out}/evaluation.json, predictions.csv and evaluation.html.")


def make_demo(settings: Settings, data: Path | None, say: Say, report: Report = silent) -> None:
    """Make a fresh workspace in the home folder and play one round in it.

    It leaves something to read: seed films, an audit, and films on which two readers differ.

    Args:
        settings: whose home is made anew; only a demo's home is ever deleted.
        data: films with a manifest, None for generated knees.
        say: told each step and, at the end, the log-ins.
        report: told how much is done.

    Raises:
        errors.Refused: the home folder is no demo's, or a step failed.
    """
    _clear(settings.home)
    database = open_workspace(settings)
    passwords = _people(database)
    generated = data is None
    if data is None:
        data = settings.home / "generated"
        write_archive(
            data, DEMO_PATIENTS, 0, lambda share: report(DRAWING * share, "Drawing the knees")
        )
        with database.begin() as session:
            locked_workspace(session).generated = True
        say(f"Drew the knees of {DEMO_PATIENTS} patients. They are generated, not people's.")
    with WorkerProcess(settings):
        plan = demo_plan(data)
        play_round(database, settings, plan, say, report)
    if generated:
        with database.begin() as session:
            publish_guideline(
                session, session.scalars(select(User).where(User.name == "admin")).one()
            )
    say(leave_work(database, settings, plan.rng))
    for name, password in passwords.items():
        say(f"Log in as {name} with the password {password}")


def demo_plan(data: Path) -> Plan:
    """Return the demo's round over a folder of films."""
    return Plan(
        data=data,
        method="fused",
        seed_patients=80,
        validation_patients=100,
        reviews=60,
        rng=0,
        tolerated_error=DEMO_TOLERATED_ERROR,
        leave_audits=True,
    )


def open_workspace(settings: Settings) -> Database:
    """Return the database of a new home folder, migrated."""
    settings.home.mkdir(parents=True, exist_ok=True)
    migrate(settings.resolved_database_url)
    return open_database(settings.resolved_database_url)


def write_files(database: Database, store: Store, evaluation_id: int, out: Path) -> None:
    """Write an evaluation's three files into a folder."""
    with read_only(database) as session:
        evaluation = session.scalars(select(Evaluation).where(Evaluation.id == evaluation_id)).one()
    report = report_of(evaluation)
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.json").write_text(json.dumps(report.as_json(), indent=1), "utf-8")
    (out / "evaluation.html").write_text(render_html(report), "utf-8")
    shutil.copyfile(store.local(evaluation.predictions_digest), out / "predictions.csv")


def _leave_no_empty_workspace(database: Database, home: Path) -> None:
    """Remove the workspace of a round that was refused before it imported: the next can begin."""
    with read_only(database) as session:
        imported = session.scalar(select(Image.id).limit(1)) is not None
    if not imported:
        database.kw["bind"].dispose()
        shutil.rmtree(home)


def _people(database: Database) -> dict[str, str]:
    """Make a reader and an admin with passwords nobody else has."""
    passwords = {name: secrets.token_urlsafe(12) for name in ("reader", "admin")}
    with database.begin() as session:
        session.add_all(
            User(name=name, role=name, password_hash=hash_password(password))
            for name, password in passwords.items()
        )
    return passwords


def _clear(home: Path) -> None:
    if home.exists() and any(home.iterdir()):
        if not (home / MARK).exists():
            raise errors.Refused(
                "This folder is not a demo's workspace, so the demo does not delete it.",
                str(home),
                "Set CONDYLE_HOME to another folder, or empty this one yourself.",
            )
        shutil.rmtree(home)
    home.mkdir(parents=True)
    (home / MARK).touch()

"""One whole round, played through the same rules and runs as the pages: for `demo` and `round`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.engine import Database, read_only
from app.db.learning import Run
from app.db.people import User
from app.demo import reader
from app.demo.leftovers import audits_to_leave
from app.demo.progress import Report, silent
from app.runs.declaring import Kind, P, R
from app.runs.kinds import (
    DRAW_SEED,
    EVALUATE,
    IMPORT,
    PRETRAIN,
    SWEEP,
    TRAIN_CLASSIFIER,
    TRAIN_LABELER,
)
from app.runs.parameters import LabelerMethod, SweepParameters
from app.runs.starting import start
from app.runs.waiting import wait_for
from app.settings import Settings
from app.worklists.seeds import draw_seed_set, open_validation

Say = Callable[[str], None]

READER = "simulated-reader"
DRAWING = 0.12
"""Of the demo's time: drawing the knees, before the round."""
SHARES = {
    IMPORT.name: (DRAWING, 0.22),
    TRAIN_LABELER.name: (0.34, 0.2),
    SWEEP.name: (0.54, 0.04),
    TRAIN_CLASSIFIER.name: (0.58, 0.37),
    EVALUATE.name: (0.95, 0.05),
}
"""Of a round's time, by kind of run: what is before it, and its own; as the demo was timed."""


@dataclass(frozen=True)
class Plan:
    """What one round is to do.

    Attributes:
        data: a folder of films with a `manifest.csv` that has labels.
        method: what the labeler reads.
        seed_patients: development patients whose films are labelled by hand.
        validation_patients: patients of the locked split; None where the manifest says.
        reviews: pseudo-labels the reader looks at, most informative first.
        rng: the seed of every draw and training.
        tolerated_error: share of wrong labels tolerated among the accepted.
        seed_selection: how seed patients are chosen: `random` or `diverse`.
        pretrain: whether a network first learns from the archive's films without labels.
        leave_audits: whether the last films of one audit stay unread.
    """

    data: Path
    method: LabelerMethod
    seed_patients: int
    validation_patients: int | None
    reviews: int
    rng: int
    tolerated_error: float = SweepParameters().tolerated_error
    seed_selection: str = "random"
    pretrain: bool = False
    leave_audits: bool = False


def play_round(
    database: Database, settings: Settings, plan: Plan, say: Say, report: Report = silent
) -> int:
    """Play one round, a worker being there to do the runs.

    Args:
        database: a migrated workspace.
        settings: the workspace's.
        plan: what to do.
        say: told each step in words.
        report: told how much of the round is done.

    Returns:
        The id of the evaluation.

    Raises:
        errors.CondyleError: a step failed; its own words.
    """
    perform = _Performer(database, settings, say, report)
    found = perform(
        IMPORT,
        paths=[str(plan.data.resolve())],
        validation_patients=plan.validation_patients,
        rng=plan.rng,
        labeler=plan.method,
        seed_patients=plan.seed_patients if plan.seed_selection == "random" else None,
    )
    if found.quarantined:
        say(f"{found.quarantined} files could not be imported; their reasons are kept.")
    if plan.pretrain:
        perform(PRETRAIN, rng=plan.rng)
    if plan.seed_selection == "diverse":
        perform(DRAW_SEED, patients=plan.seed_patients, rng=plan.rng)
    with database.begin() as session:
        person = simulated_reader(session)
        if plan.seed_selection == "random":
            draw_seed_set(session, plan.seed_patients, plan.rng)
            open_validation(session)
    for worklist in ("seed", "validation"):
        read = reader.read_worklist(database, settings, person, worklist)
        say(f"The simulated reader labelled {read:,} films of the {worklist} worklist.")
    perform(TRAIN_LABELER, method=plan.method, rng=plan.rng)
    swept = perform(SWEEP, tolerated_error=plan.tolerated_error)
    say(swept.in_words)
    with read_only(database) as session:
        left = audits_to_leave(session) if plan.leave_audits else ()
    audited = reader.read_worklist(database, settings, person, "audit", leave=left)
    reviewed = reader.review(database, settings, person, plan.reviews)
    say(f"The simulated reader audited {audited:,} films and reviewed {reviewed:,}.")
    perform(TRAIN_CLASSIFIER, rng=plan.rng)
    return perform(EVALUATE).evaluation


class _Performer:
    """Requests one run at a time and waits for its end."""

    def __init__(self, database: Database, settings: Settings, say: Say, report: Report) -> None:
        self._database = database
        self._settings = settings
        self._say = say
        self._report = report

    def __call__(self, kind: Kind[P, R], **parameters: Any) -> R:
        begun = start(self._database, self._settings, kind, parameters)
        before, share = SHARES.get(kind.name, (1.0, 0.0))

        def looked(run: Run) -> None:
            part = run.done / run.total if run.total else 0.0
            self._report(before + share * part, kind.title)

        run = wait_for(self._database, begun.id, self._say, looked)
        self._report(before + share, kind.title)
        seconds = (run.finished_at - run.created_at).total_seconds() if run.finished_at else 0
        self._say(f"{kind.title}: done in {seconds:.0f} s.")
        return kind.result_of(run)


def simulated_reader(session: Session) -> int:
    """Return the simulated reader's account, made where there is none; it cannot log in."""
    person = session.scalar(select(User).where(User.name == READER))
    if person is None:
        person = User(name=READER, role="reader")
        session.add(person)
        session.flush()
    return person.id

"""Language models that read the reports of the workers' tests, or do something else."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from support.language_models import Behaviour, Reply, reads_words, report_in

from app.db.engine import Database
from app.db.learning import PseudoLabel, Run, RunLogLine

Perform = Callable[..., Run]
WORDS = {"preserved": "normal", "Marked": "abnormal", "replacement": "arthroplasty"}
READS = reads_words(WORDS)


def after(requests: int, behaviour: Behaviour) -> Behaviour:
    """Return a model that reads some reports and then does something else."""
    left = iter(range(requests))

    def read(asked: dict[str, Any]) -> Reply | None:
        return READS(asked) if next(left, None) is not None else behaviour(asked)

    return read


def past_trial(reply: Reply) -> Behaviour:
    """Return a model that passes the trial and says the same of every report."""
    return lambda asked: READS(asked) if report_in(asked) is None else reply


def broken(asked: dict[str, Any]) -> Reply:
    return Reply(503)


def refusing(asked: dict[str, Any]) -> Reply:
    return Reply(401)


def succeeded(run: Run) -> dict[str, Any]:
    assert run.status == "succeeded", run.failure
    return run.result


def failure_of(run: Run) -> dict[str, str]:
    assert run.status == "failed"
    assert run.failure is not None
    assert run.failure["do"]
    return run.failure


def log_of(session: Session, run: Run) -> str:
    return " ".join(session.scalars(select(RunLogLine.text).where(RunLogLine.run_id == run.id)))


def swept(database: Database, sweep_id: int) -> dict[int, tuple[list[float], str | None, str]]:
    """Return the probabilities, what became of the question, and the state of each film."""
    with database.begin() as session:
        rows = session.scalars(select(PseudoLabel).where(PseudoLabel.sweep_id == sweep_id)).all()
    return {row.image_id: (row.probabilities, row.asked, row.status) for row in rows}

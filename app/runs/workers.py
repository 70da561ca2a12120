"""Who takes work: workers as rows that say every few seconds that they are there."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.db import clock
from app.db.changes import changed_one
from app.db.learning import Run
from app.db.work import Part, Worker
from app.runs.resources import resource_of
from app.texts import _

STALE_SECONDS = 30
"""Since a worker was last seen, after which it is not counted: it may have been killed."""
FORGOTTEN_SECONDS = 3600


@dataclass(frozen=True)
class Post:
    """What a worker says of itself; the fields are those of `app.db.work.Worker`."""

    name: str
    host: str
    pid: int
    version: str
    queues: list[str]
    threads: int


@dataclass(frozen=True)
class Standing:
    """A worker that is there, and what it is doing.

    Attributes:
        worker: its row.
        run_id: the run it has in its hands, None where it has none.
        part: the number of the part of that run, None where it has the run itself.
    """

    worker: Worker
    run_id: int | None = None
    part: int | None = None


def report(session: Session, posts: Sequence[Post]) -> None:
    """Record that workers are there, new ones and those known before."""
    for post in posts:
        seen = update(Worker).where(Worker.name == post.name).values(seen_at=clock.NOW)
        if not changed_one(session, seen):
            session.execute(insert(Worker).values(**asdict(post)))


def leave(session: Session, names: Collection[str]) -> None:
    """Record that workers have ended, and forget those that nobody has heard of for long."""
    gone = Worker.name.in_(names) | (Worker.seen_at < clock.after(-FORGOTTEN_SECONDS))
    session.execute(delete(Worker).where(gone))


def live(session: Session) -> Sequence[Worker]:
    """Return the workers that were seen lately, by host and process."""
    seen = select(Worker).where(Worker.seen_at > clock.after(-STALE_SECONDS))
    return session.scalars(seen.order_by(Worker.host, Worker.pid)).all()


def is_there(session: Session, host: str) -> bool:
    """Whether a worker of a machine was seen lately."""
    return any(worker.host == host for worker in live(session))


def standing(session: Session) -> list[Standing]:
    """Return the live workers and what each is doing; owners begin with a worker's name."""
    runs = select(Run.owner, Run.id).where(Run.status == "running", Run.owner.is_not(None))
    parts = select(Part.owner, Part.run_id, Part.number).where(Part.status == "running")
    doing: dict[str, tuple[int, int | None]] = {
        _name(owner): (run_id, None) for owner, run_id in session.execute(runs)
    }
    doing |= {_name(owner): (run, part) for owner, run, part in session.execute(parts)}
    return [Standing(each, *doing.get(each.name, (None, None))) for each in live(session)]


def unserved(session: Session) -> list[str]:
    """Return the resources, in order, of work that waits and that no live worker takes."""
    queued = select(Run.kind).where(Run.status == "queued")
    waiting = {resource_of(kind) for kind in session.scalars(queued)}
    parts = select(Part.resource).where(Part.status == "queued").distinct()
    waiting |= set(session.scalars(parts))
    return sorted(waiting.difference(*(each.queues for each in live(session))))


def nobody_takes(session: Session, run: Run) -> str:
    """Say that no live worker takes what a run waits for; empty where one does or none waits."""
    waiting = set[str]()
    if run.status == "queued":
        waiting.add(resource_of(run.kind))
    elif run.status == "running":
        parts = Part.run_id == run.id, Part.status == "queued"
        waiting |= set(session.scalars(select(Part.resource).where(*parts).distinct()))
    missing = sorted(waiting.difference(*(each.queues for each in live(session))))
    return in_words(missing[0]) if missing else ""


def in_words(resource: str) -> str:
    """Say that no worker takes work of a resource, and what to do about it."""
    return _(
        "No worker takes {resource} runs. Start one: condyle worker --queues {resource}",
        resource=resource,
    )


def _name(owner: str | None) -> str:
    return (owner or "").partition("-")[0]

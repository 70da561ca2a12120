"""The Celery application: two tasks, and the table that says what each kind of run does."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from app.db.engine import Database, open_database
from app.runs import kinds
from app.runs.declaring import Kind
from app.runs.doorbell import make_celery
from app.runs.parameters import Parameters
from app.runs.results import Result
from app.settings import settings
from worker import (
    adapt,
    crop,
    draw_seed,
    evaluate,
    export_model,
    import_files,
    parts,
    pretrain,
    progress,
    sweep,
    train_classifier,
    train_labeler,
)
from worker.crop import after_crops
from worker.parts import DoPart, InParts
from worker.progress import Execute, Running

P = TypeVar("P", bound=Parameters)
R = TypeVar("R", bound=Result)


def does(kind: Kind[P, R], execute: Callable[[Running[P]], R]) -> tuple[str, Execute]:
    """Pair a kind of run with what carries it out."""
    return kind.name, execute


KINDS: dict[str, Execute] = dict(
    (
        does(kinds.IMPORT, import_files.execute),
        does(kinds.CROP, crop.execute),
        does(kinds.PRETRAIN, after_crops(pretrain.execute)),
        does(kinds.ADAPT, after_crops(adapt.execute)),
        does(kinds.DRAW_SEED, after_crops(draw_seed.execute)),
        does(kinds.TRAIN_LABELER, after_crops(train_labeler.execute)),
        does(kinds.SWEEP, sweep.IN_PARTS),
        does(kinds.TRAIN_CLASSIFIER, after_crops(train_classifier.execute)),
        does(kinds.EVALUATE, after_crops(evaluate.execute)),
        does(kinds.EXPORT, export_model.execute),
    )
)

TASKS: dict[str, DoPart] = {
    kind.task: kind.carry_out for kind in KINDS.values() if isinstance(kind, InParts)
}
"""What is done with the parts that this release knows."""

celery = make_celery(settings())


@cache
def database() -> Database:
    """Return the process's sessionmaker."""
    return open_database(settings().resolved_database_url)


@celery.task(name="run")
def run(run_id: int) -> None:
    """Carry out a run, unless someone else has it: a doubled message does nothing."""
    progress.execute(database(), settings(), run_id, KINDS)


@celery.task(name="part")
def part(part_id: int) -> None:
    """Carry out a part of a run, unless someone else has it; likewise."""
    parts.execute(database(), settings(), part_id, TASKS)

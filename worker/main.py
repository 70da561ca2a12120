"""The Celery application: one task, and the table that says what each kind of run does."""

from collections.abc import Callable
from functools import cache
from typing import Any

from app.db.engine import Database, open_database
from app.runs.doorbell import make_celery
from app.settings import settings
from worker import (
    adapt,
    crop,
    draw_seed,
    evaluate,
    export_model,
    import_files,
    pretrain,
    progress,
    sweep,
    train_classifier,
    train_labeler,
)
from worker.crop import after_crops
from worker.progress import Running

KINDS: dict[str, Callable[[Running], dict[str, Any]]] = {
    "import": import_files.execute,
    "crop": crop.execute,
    "pretrain": after_crops(pretrain.execute),
    "adapt": after_crops(adapt.execute),
    "draw_seed": after_crops(draw_seed.execute),
    "train_labeler": after_crops(train_labeler.execute),
    "sweep": after_crops(sweep.execute),
    "train_classifier": after_crops(train_classifier.execute),
    "evaluate": after_crops(evaluate.execute),
    "export": export_model.execute,
}

celery = make_celery(settings())


@cache
def database() -> Database:
    """Return the process's sessionmaker."""
    return open_database(settings().resolved_database_url)


@celery.task(name="run")
def run(run_id: int) -> None:
    """Carry out a run, unless someone else has it: a doubled message does nothing."""
    progress.execute(database(), settings(), run_id, KINDS)

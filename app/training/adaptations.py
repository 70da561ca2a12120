"""Text encoders that learned from the archive's reports without labels, for labelers to read by."""

import random
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, Study
from app.db.conditions import excluded
from app.db.learning import ModelVersion, Run
from app.runs import rules as runs
from app.runs.kinds import ADAPT
from app.runs.results import AdaptResult


def reports(session: Session, most: int, rng: int) -> list[tuple[str, str]]:
    """Return the development patients' reports, those of locked validation patients not among them.

    Args:
        session: an open unit of work.
        most: how many at most; of more, some are drawn.
        rng: the seed of the draw.

    Returns:
        Each report as it is stored, with the side of a film it is about, which is `L`, `R` or "".
    """
    told = select(Study.report, Image.laterality).distinct()
    told = told.join(Image, Image.study_id == Study.id)
    told = told.join(Patient, Patient.id == Image.patient_id)
    counts = Patient.split == "development", ~excluded(Image.id)
    told = told.where(Study.report.is_not(None), *counts)
    rows = sorted((report or "", side) for report, side in session.execute(told))
    return sorted(random.Random(rng).sample(rows, most)) if len(rows) > most else rows


def before(session: Session, run_id: int, encoder: str) -> AdaptResult | None:
    """Return the newest adaptation of an encoder that had ended when a run was begun.

    Args:
        session: an open unit of work.
        run_id: a run that has been begun.
        encoder: the setting.

    Returns:
        What it has made; None where there was none.
    """
    made = map(ADAPT.result_of, runs.succeeded_before(session, ADAPT, run_id))
    return next((result for result in made if result.encoder == encoder), None)


def used_by(session: Session, version: ModelVersion) -> list[Run]:
    """Return the adaptation a model version's encoder comes from, if any, as a list."""
    folder = PurePath(version.recipe.get("text_encoder", ""))
    ended = session.scalars(runs.succeeded(ADAPT))
    made = ((run, PurePath(ADAPT.result_of(run).folder)) for run in ended)
    return [run for run, own in made if own.parts == folder.parts[-2:]]

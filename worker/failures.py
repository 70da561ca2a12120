"""Why a run failed that no rule has refused: what, where, and what to do."""

import traceback
from pathlib import Path

from app.db.learning import Run


def gave_up(run: Run, attempts: int) -> dict[str, str]:
    """Say that a run took its worker down too often."""
    return {
        "what": f"The worker died {attempts} times while doing this.",
        "where": f"run {run.id}, after: {run.message or 'the start'}",
        "do": "It probably ran out of memory. Give the worker more, then start the run again.",
    }


def full(run_id: int, home: Path) -> dict[str, str]:
    """Say that there is no room for what a run writes."""
    return {
        "what": "The disk is full.",
        "where": f"run {run_id}, in {home}",
        "do": "Free some space and start the run again; what was finished is kept.",
    }


def unexpected(run_id: int, error: Exception) -> dict[str, str]:
    """Say where the bug is without its message, which may quote a patient's data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}, line {frame.lineno}"
    return {
        "what": f"Condyle made a mistake ({type(error).__name__}).",
        "where": f"run {run_id}, {place}",
        "do": "Nothing was lost. Start the run again; if it fails again, report this line.",
    }

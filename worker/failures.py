"""Why a run failed that no rule has refused: what, where, and what to do."""

import traceback
from pathlib import Path


def gave_up(place: str, attempts: int) -> dict[str, str]:
    """Say that a run, or a part of one, took its worker down too often."""
    return {
        "what": f"The worker died {attempts} times while doing this.",
        "where": place,
        "do": "It probably ran out of memory. Give the worker more, then start the run again.",
    }


def full(place: str, home: Path) -> dict[str, str]:
    """Say that there is no room for what a run, or a part of one, writes."""
    return {
        "what": "The disk is full.",
        "where": f"{place}, in {home}",
        "do": "Free some space and start the run again; what was finished is kept.",
    }


def unexpected(place: str, error: Exception) -> dict[str, str]:
    """Say where the bug is without its message, which may quote a patient's data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    line = f"{Path(frame.filename).name}, line {frame.lineno}"
    return {
        "what": f"Condyle made a mistake ({type(error).__name__}).",
        "where": f"{place}, {line}",
        "do": "Nothing was lost. Start the run again; if it fails again, report this line.",
    }

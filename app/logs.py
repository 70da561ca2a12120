"""What processes log: text for a person, or one JSON object a line, without patient data.

What our own code logs holds none by rule. What libraries log may hold a value of a film or a row:
of it, JSON keeps where it was logged, how grave it is and the kind of error, and not a word.
"""

import json
import logging
import logging.config
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.settings import Settings

ROOT = Path(__file__).parents[1]
OWN = ("app", "worker", "models", "migrations", "uvicorn")
"""Loggers whose words name no patient: ours, and the web server's, which quote no request."""
LEFT_OUT = "a library's words are not repeated here; they may hold a patient's data"
MOST_FRAMES = 12


class AsJson(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: `at`, `level`, `logger`, `process`, `message`, `where`, `error`."""
        own = record.name.partition(".")[0] in OWN
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage() if own else LEFT_OUT,
        }
        if not own:
            said["where"] = f"{Path(record.pathname).name}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            said["error"] = error_of(record.exc_info[1])
        return json.dumps(said, ensure_ascii=False)


def error_of(error: BaseException) -> Mapping[str, Any]:
    """Return an error's kind and the lines it went through, without its words.

    Args:
        error: as it was caught; its words may hold a value of a row or of a film.
    """
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    return {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "at": [f"{_short(each.filename)}:{each.lineno} {each.name}" for each in frames],
    }


def described(error: BaseException) -> str:
    """Return in one line what `error_of` does: `ValueError at app/x.py:3 f, app/y.py:7 g`.

    Args:
        error: as it was caught.
    """
    said = error_of(error)
    return f"{said['kind']} at {', '.join(said['at'])}"


def configuration(settings: Settings) -> dict[str, Any] | None:
    """Return what `logging.config.dictConfig` takes; None for text, which needs none.

    Args:
        settings: of this process.
    """
    if settings.log_format == "text":
        return None
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "app.logs.AsJson"}},
        "handlers": {"standard error": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "WARNING", "handlers": ["standard error"]},
    }


def begin(settings: Settings) -> None:
    """Have this process log as is set, warnings of Python's among it.

    Args:
        settings: of this process.
    """
    chosen = configuration(settings)
    if chosen is not None:
        logging.config.dictConfig(chosen)
        logging.captureWarnings(True)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name

"""How work that was claimed ends: with figures, or with a reason that a person can act on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError

from app import errors
from app.db.engine import is_full, is_passing
from models.errors import Stopped, TrainingError
from worker import failures


class Cancelled(Exception):
    """A person asked the run to stop."""


class Closing(Exception):
    """This process was told to stop."""


class HandedOver(Exception):
    """The run has been planned: from here on it belongs to the owners of its parts."""


@dataclass(frozen=True)
class Place:
    """Where work is done.

    Attributes:
        name: the run, and the part of it, as a person finds it.
        home: the home folder.
        is_closing: whether it is the process that stops, and not the work.
    """

    name: str
    home: Path
    is_closing: Callable[[], bool]


def outcome_of(work: Callable[[], dict[str, Any]], place: Place) -> tuple[str, dict[str, Any]]:
    """Do what was claimed; return how it ended and, as the row holds them, the figures or why.

    Args:
        work: what is to be done; returns figures.
        place: where that is.

    Raises:
        Closing: this process was told to stop.
        HandedOver: the run was planned and has parts now.
        OperationalError: the database is away.
    """
    try:
        return "succeeded", {"result": work()}
    except HandedOver:
        raise
    except (Cancelled, Closing, Stopped) as stopped:
        if place.is_closing():
            raise Closing from stopped
        return "cancelled", {}
    except (errors.CondyleError, TrainingError) as error:
        return "failed", {"failure": {"what": error.what, "where": error.where, "do": error.do}}
    except Exception as error:
        if isinstance(error, OperationalError) and is_passing(error):
            raise
        failure = (
            failures.full(place.name, place.home)
            if is_full(error)
            else failures.unexpected(place.name, error)
        )
        return "failed", {"failure": failure}

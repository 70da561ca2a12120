"""Condyle's API from Python: import films, read, start runs, take labels and figures.

from condyle_client import Condyle

with Condyle("https://condyle.example", token) as condyle:
    run = condyle.imports.start("films", manifest="manifest.csv")
    print(condyle.runs.wait(run).result)
"""

from condyle_client.condyle import Condyle
from condyle_client.errors import (
    CondyleError,
    Conflict,
    Forbidden,
    NotFound,
    NotLoggedIn,
    NotUnderstood,
    Problem,
    Refused,
    RunCancelled,
    RunEnded,
    RunFailed,
    StillRunning,
    TooMany,
    Unavailable,
    Unreachable,
)

__all__ = [
    "Condyle",
    "CondyleError",
    "Conflict",
    "Forbidden",
    "NotFound",
    "NotLoggedIn",
    "NotUnderstood",
    "Problem",
    "Refused",
    "RunCancelled",
    "RunEnded",
    "RunFailed",
    "StillRunning",
    "TooMany",
    "Unavailable",
    "Unreachable",
]

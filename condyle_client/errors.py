"""What can go wrong, as exceptions whose text says what, where and what to do.

None of them holds the token, or anything of an answer but its problem (RFC 9457).
"""

from collections.abc import Mapping
from typing import Any

from condyle_client.answers import Run


class CondyleError(Exception):
    """Anything that went wrong between this program and Condyle."""


class Unreachable(CondyleError):
    """No answer came."""


class NotUnderstood(CondyleError):
    """An answer is not of the form that this release of the client knows."""


class Problem(CondyleError):
    """Condyle answered that it did not do what was asked.

    Attributes:
        status: of HTTP.
        title: what was wrong.
        where: the field or the thing it is about; may be empty.
        detail: what to do; may be empty.
        instance: the path that was asked.
        retry_after: seconds after which Condyle may be asked again; None where it did not say.
    """

    def __init__(self, status: int, told: Mapping[str, Any], retry_after: float | None) -> None:
        self.status = status
        self.title = str(told.get("title") or f"Condyle answered with status {status}.")
        self.where = str(told.get("where") or "")
        self.detail = str(told.get("detail") or "")
        self.instance = str(told.get("instance") or "")
        self.retry_after = retry_after
        place = f" ({self.where})" if self.where else ""
        super().__init__(f"{self.title}{place} {self.detail}".strip())


class NotLoggedIn(Problem):
    """The token has ended, was revoked, or is none (401)."""


class Forbidden(Problem):
    """The person's role or the token's scopes do not open this (403); `where` names the scope."""


class NotFound(Problem):
    """There is no such thing (404)."""


class Conflict(Problem):
    """The thing is not, or no longer, in a state that allows this (409)."""


class Refused(Problem):
    """A value is missing or wrong, or the request is too large (400, 413, 422)."""


class TooMany(Problem):
    """The token asks too often (429), and was told to wait longer than the client may."""


class Unavailable(Problem):
    """Condyle cannot do it at the moment (503)."""


OF_STATUS: Mapping[int, type[Problem]] = {
    400: Refused,
    401: NotLoggedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: Refused,
    422: Refused,
    429: TooMany,
    503: Unavailable,
}


class RunEnded(CondyleError):
    """A run that was waited for did not succeed; `run` is how it stands."""

    def __init__(self, run: Run, words: str) -> None:
        self.run = run
        super().__init__(words)


class RunFailed(RunEnded):
    """A run failed, for a reason of its own."""

    def __init__(self, run: Run) -> None:
        told = run.failure or {}
        place = f" ({told['where']})" if told.get("where") else ""
        why = f"{told.get('what', 'It failed.')}{place} {told.get('do', '')}".strip()
        super().__init__(run, f"Run {run.id} ({run.kind}): {why}")


class RunCancelled(RunEnded):
    """Somebody cancelled the run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run, f"Run {run.id} ({run.kind}) was cancelled.")


class StillRunning(CondyleError, TimeoutError):
    """The time is over in which a run was to end; it goes on, and can be waited for again."""

    def __init__(self, run: Run, seconds: float) -> None:
        self.run = run
        waits = f" {run.waits_for}" if run.waits_for else ""
        super().__init__(
            f"Run {run.id} ({run.kind}) is still {run.status} after {seconds:g} s,"
            f" at {run.done:,} of {run.total:,}.{waits}"
        )

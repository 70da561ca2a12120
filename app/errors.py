"""What can go wrong, in words a person can act on. Knows nothing of HTTP."""

import errno

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
"""Numbers of the errors by which a disk, or somebody's share of it, is full."""


class CondyleError(Exception):
    """A refusal with three strings: what was wrong, where, and what to do about it.

    Args:
        what: what was wrong, one sentence.
        where: the thing it happened to (an image number, a file name, a field); never patient data.
        do: what the person can do now.
    """

    def __init__(self, what: str, where: str = "", do: str = "") -> None:
        super().__init__(what, where, do)
        self.what = what
        self.where = where
        self.do = do

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.what, self.where and f"({self.where})", self.do) if part
        )


class Refused(CondyleError):
    """The request cannot be carried out as it stands: bad input."""


class UnknownFormat(Refused):
    """The body is of a media type that is not taken."""


class NotFound(CondyleError):
    """The thing named does not exist."""


class Conflict(CondyleError):
    """The thing is not, or no longer, in a state that allows this."""


class LeaseLost(Conflict):
    """The image or run was given to someone else in the meantime."""


class Removed(LeaseLost):
    """The image was removed from the archive in the meantime.

    Args:
        what: see `CondyleError`.
        where: likewise.
        do: likewise.
        removal_id: whose doing it was.
    """

    def __init__(self, what: str, where: str, do: str, removal_id: int) -> None:
        super().__init__(what, where, do)
        self.removal_id = removal_id


class NotLoggedIn(CondyleError):
    """Nobody is logged in, or the session has ended."""


class Forbidden(CondyleError):
    """The person's role does not allow this."""


class TooMany(CondyleError):
    """Too much is asked at once; it may be asked again in a while.

    Args:
        what: what was wrong.
        where: the thing it happened to.
        do: what the person can do now.
        seconds: when it may be asked again.
    """

    def __init__(self, what: str, where: str, do: str, seconds: int) -> None:
        super().__init__(what, where, do)
        self.seconds = seconds


class Unavailable(CondyleError):
    """What Condyle stands on (database, disk) does not answer; the same may be asked again."""

    seconds = 2
    """When it may be asked again."""

"""Why a file cannot be decoded, while others can."""

from app import errors


class Undecodable(errors.Refused):
    """This one file cannot be imported; the others can.

    Attributes:
        kind: one of `REFUSALS`.
    """

    kind = "file"


class Late(Undecodable):
    """It takes longer than a file may."""

    kind = "time"


class Hungry(Undecodable):
    """It takes more memory than a file may."""

    kind = "memory"


class Crashing(Undecodable):
    """It ends the process that decodes it."""

    kind = "crash"


REFUSALS = tuple(each.kind for each in (Undecodable, Late, Hungry, Crashing))
"""What a file is refused for: itself, or what it does to the process that decodes it."""

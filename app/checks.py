"""What `condyle doctor` says of one thing after the other."""

from typing import NamedTuple


class Check(NamedTuple):
    """One thing looked at: whether it is good, and in words what it is or what to do."""

    good: bool
    words: str

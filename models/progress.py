"""How long work reports and is stopped: two plain functions handed in by the caller."""

from collections.abc import Callable

from models.errors import Stopped

OnProgress = Callable[[int, int, str], None]
ShouldStop = Callable[[], bool]


def silent(done: int, total: int, message: str) -> None:
    """Report to nobody."""


def never() -> bool:
    """Go on to the end."""
    return False


def check(should_stop: ShouldStop) -> None:
    """Raise if the caller wants the work to end.

    Args:
        should_stop: asked once.

    Raises:
        Stopped: if it answers True.
    """
    if should_stop():
        raise Stopped


def part_of(on_progress: OnProgress, before: int, total: int) -> OnProgress:
    """Make one part's progress count as progress of the whole.

    Args:
        on_progress: of the whole.
        before: what the earlier parts have done.
        total: of the whole.

    Returns:
        The function to hand to the part.
    """
    return lambda done, _, message: on_progress(before + done, total, message)

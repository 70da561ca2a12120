"""What each kind of run needs, and so the queue in which it waits; and who takes from which."""

from app import errors
from app.db.work import RESOURCES
from app.runs import kinds
from app.settings import Settings

NETWORK = "network"


def resource_of(kind: str) -> str:
    """Return the resource, one of `RESOURCES`, that a kind of run needs.

    A kind of a later release, which this one does not know, is taken to need the least.
    """
    return kinds.KINDS[kind].resource if kind in kinds.KINDS else "cpu"


def queues_of(settings: Settings) -> tuple[str, ...]:
    """Return the queues that a worker takes work from, in the order of `RESOURCES`.

    Left to itself it takes `network` only where there is something to reach.

    Raises:
        errors.Refused: there is no such queue.
    """
    named = {name.strip() for name in settings.queues.split(",") if name.strip()}
    if unknown := sorted(named.difference(RESOURCES)):
        raise errors.Refused(
            f"There is no work called {', '.join(unknown)}.",
            "CONDYLE_QUEUES or --queues",
            f"Name some of {', '.join(RESOURCES)}, separated by commas.",
        )
    every = set(RESOURCES) if settings.pull_from else set(RESOURCES) - {NETWORK}
    return tuple(name for name in RESOURCES if name in (named or every))

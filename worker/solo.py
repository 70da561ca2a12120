"""`python -m worker.solo`: one process that takes work.

`python -m worker` starts as many as the machine has room for, each with its queues and threads,
and each ends with it.
"""

import argparse
from collections.abc import Mapping
from functools import cache
from typing import Any

from worker.ending import end_with_the_parent


def main() -> None:
    """Take work until told to stop."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--name", required=True)
    asked.add_argument("--queues", required=True)
    given = asked.parse_args()
    end_with_the_parent()
    # Not before: it takes a second to load, and the parent may be gone by then.
    from app.settings import settings
    from worker.taking import take_work

    take_work(settings(), given.name, given.queues.split(","), _kinds)


@cache
def _kinds(queue: str) -> Mapping[str, Any]:
    """Return what a message of a queue may ask for.

    Networks take seconds and hundreds of MiB to load: who only imports films never does.
    """
    if queue == "decode":
        from worker import decode_kinds

        return decode_kinds.KINDS
    if queue == "network":
        from worker import network_kinds

        return network_kinds.KINDS
    from app.settings import settings
    from models.machine import use_threads
    from worker import main

    use_threads(settings().threads)
    return main.KINDS


if __name__ == "__main__":
    main()

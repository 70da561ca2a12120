"""`python -m worker.solo`: one process that takes work.

`python -m worker` starts as many as the machine has room for, each with its queues and threads,
and each ends with it.
"""

import argparse
from collections.abc import Mapping
from typing import Any

from worker.ending import end_with_the_parent


def main() -> None:
    """Take work until told to stop."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--name", required=True)
    asked.add_argument("--queues", required=True)
    given = asked.parse_args()
    end_with_the_parent()
    queues = given.queues.split(",")
    # Not before: they take seconds to load, and the parent may be gone by then.
    from app.settings import settings
    from worker.taking import take_work

    take_work(settings(), given.name, queues, _kinds(queues))


def _kinds(queues: list[str]) -> Mapping[str, Any]:
    """Return what the process can do. One that only decodes loads no torch."""
    if queues == ["decode"]:
        from worker import decode_kinds

        return decode_kinds.KINDS
    from app.settings import settings
    from models.machine import use_threads
    from worker import main

    use_threads(settings().threads)
    return main.KINDS


if __name__ == "__main__":
    main()

"""`python -m worker.solo`: one process that takes work.

`python -m worker` starts as many as the machine has room for, each with its queues and threads,
and each ends with it.
"""

import argparse

from worker.ending import end_with_the_parent


def main() -> None:
    """Take work until told to stop."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--name", required=True)
    asked.add_argument("--queues", required=True)
    given = asked.parse_args()
    end_with_the_parent()
    # Not before: they take seconds to load, and the parent may be gone by then.
    from app.settings import settings
    from models.machine import use_threads
    from worker.main import celery
    from worker.taking import take_work

    use_threads(settings().threads)
    take_work(celery, given.name, given.queues.split(","))


if __name__ == "__main__":
    main()

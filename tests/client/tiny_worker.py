"""A worker process that carries out every run, with networks that learn in seconds.

`python tiny_worker.py NAME` takes all work of the workspace in its environment.
"""

import dataclasses
import os
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.striped_films import TINY

from app.db.engine import open_database
from app.db.work import RESOURCES
from app.runs.workers import Post
from app.settings import settings
from models.machine import use_threads
from worker import main, recipes
from worker.reaper import Reaper
from worker.taking import take_work

SMALLEST = dataclasses.replace(TINY, presentations=96, least_epochs=1, text_presentations=64)


def work() -> None:
    """Take work until told to stop."""
    recipes.default_recipe = lambda _device, _weights: SMALLEST
    use_threads(1)
    here = Post(sys.argv[1], socket.gethostname(), os.getpid(), "1", list(RESOURCES), 1)
    Reaper(open_database(settings().resolved_database_url), settings(), lambda: [here]).start()
    take_work(settings(), sys.argv[1], RESOURCES, lambda _queue: main.KINDS)


if __name__ == "__main__":
    work()

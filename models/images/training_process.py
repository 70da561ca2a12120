"""One training in a process of its own: `python -m models.images.training_process FOLDER`.

Reads its task from the folder, leaves its checkpoint there, and says a line of JSON at every step.
It ends when whoever started it has ended: its standard input closes then.
"""

import json
import os
import sys
from pathlib import Path
from threading import Thread

from models.errors import TrainingError
from models.images.parallel import read_task
from models.images.training import train
from models.machine import use_threads


def say(**message: object) -> None:
    """Tell the starting process, on a line of its own."""
    print(json.dumps(message), flush=True)


def end_with_the_starter() -> None:
    """Wait until the other end of standard input is closed, then end at once."""
    sys.stdin.read()
    os._exit(1)


def main(folder: Path) -> int:
    """Train what the folder's task asks for.

    Args:
        folder: as `models.images.parallel.write_task` left it.

    Returns:
        The exit status.
    """
    Thread(target=end_with_the_starter, daemon=True).start()
    known, recipe, threads = read_task(folder)
    use_threads(threads)
    try:
        train(known, recipe, folder, on_progress=lambda done, *_: say(done=done))
    except TrainingError as error:
        say(failure={"what": error.what, "where": error.where, "do": error.do})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

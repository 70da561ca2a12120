"""A training in a process of its own: `python -m models.images.training_process FOLDER N OF`.

Reads its task from the folder, leaves its checkpoint there, and says a line of JSON at every step.
It ends when whoever started it has ended: its standard input closes then. It is process N of those
that share the training, from 0.
"""

import json
import os
import sys
from pathlib import Path
from threading import Thread

from models.errors import TrainingError
from models.images.parallel import MEETING, read_task
from models.images.share import Share, join, leave
from models.images.training import train
from models.machine import use_threads


def say(**message: object) -> None:
    """Tell the starting process, on a line of its own."""
    print(json.dumps(message), flush=True)


def end_with_the_starter() -> None:
    """Wait until the other end of standard input is closed, then end at once."""
    sys.stdin.read()
    os._exit(1)


def main(folder: Path, share: Share) -> int:
    """Train what the folder's task asks for.

    Args:
        folder: as `models.images.parallel.write_task` left it.
        share: this process's.

    Returns:
        The exit status.
    """
    Thread(target=end_with_the_starter, daemon=True).start()
    known, recipe, threads = read_task(folder)
    use_threads(threads)
    try:
        if share.of > 1:
            join(share, folder / MEETING)
        train(known, recipe, folder, on_progress=lambda done, *_: say(done=done), share=share)
    except TrainingError as error:
        say(failure={"what": error.what, "where": error.where, "do": error.do})
        return 1
    if share.of > 1:
        leave()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Share(int(sys.argv[2]), int(sys.argv[3]))))

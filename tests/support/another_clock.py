"""`another_clock.py SECONDS CODE` runs code in a process whose clock is so many seconds ahead."""

import sys
import time
from pathlib import Path

import time_machine

ROOT = Path(__file__).parents[2]


def command(seconds: int, code: str) -> list[str]:
    """Return what to start for some code to be run by a clock that is so many seconds ahead."""
    return [sys.executable, __file__, str(seconds), code]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    time_machine.travel(time.time() + float(sys.argv[1]), tick=True).start()
    exec(compile(sys.argv[2], "<code>", "exec"), {"__name__": "__main__"})

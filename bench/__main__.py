"""`make bench`: print the promised figures; `make bench ARGS=NAME` prints those of one script."""

import runpy
import sys
from pathlib import Path

SCRIPTS = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> None:
    """Run the script named on the command line, or all of them one after the other."""
    name, *rest = sys.argv[1:] or [""]
    if name and name not in SCRIPTS:
        sys.exit(f"There is no bench called {name}. There are: {', '.join(SCRIPTS)}.")
    for script in [name] if name else SCRIPTS:
        print(f"\n== {script}", flush=True)
        sys.argv = [script, *rest]
        runpy.run_module(f"bench.{script}", run_name="__main__")


if __name__ == "__main__":
    main()

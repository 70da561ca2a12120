"""`make bench ARGS=NAME` prints the figures of one script; `make bench` says what there is.

They are not run one after the other: some take minutes, some a night.
"""

import ast
import runpy
import sys
from pathlib import Path

SCRIPTS = {
    path.stem: path
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))
    if "__main__" in path.read_text("utf-8")
}


def main() -> None:
    """Run the script named on the command line, or list them."""
    name, *rest = sys.argv[1:] or [""]
    if name not in SCRIPTS:
        for script, path in SCRIPTS.items():
            purpose = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
            print(f"{script:<16}{purpose.partition(chr(10))[0]}")
        sys.exit(f"There is no bench called {name}." if name else 0)
    print(f"\n== {name}", flush=True)
    sys.argv = [name, *rest]
    runpy.run_module(f"bench.{name}", run_name="__main__")


if __name__ == "__main__":
    main()

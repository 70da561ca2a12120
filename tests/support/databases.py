"""On which databases a test runs: on both, but for folders whose tests SQL does not decide."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
BOTH = ["sqlite", "postgresql"]
ON_BOTH = pytest.mark.parametrize("database_url", BOTH, indirect=True)
"""Of a test in such a folder by which PostgreSQL is asked what no other test asks it."""
SHOWN_OR_COMPUTED = {"acceptance", "worker"}
"""Folders whose tests are of what a page shows or a run computes: they run on SQLite."""


def spread(metafunc: pytest.Metafunc) -> None:
    """Have a test that asks for `database_url` run where it is to, unless it says so itself."""
    said = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "database_url" in metafunc.fixturenames and not any("database_url" in each for each in said):
        folder = metafunc.definition.path.relative_to(TESTS).parts[0]
        wanted = BOTH[:1] if folder in SHOWN_OR_COMPUTED else BOTH
        metafunc.parametrize("database_url", wanted, indirect=True)

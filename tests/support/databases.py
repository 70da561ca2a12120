"""On which databases a test runs: on both, unless its folder's conftest says on SQLite alone."""

import pytest

ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
"""Of a test in such a folder that SQL decides, or that asks PostgreSQL what no other test asks."""


def sqlite_unless_told(request: pytest.FixtureRequest) -> str:
    """Return the address of a migrated database, of SQLite where the test is not `ON_BOTH`."""
    url: str = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    return url

"""What the tests of accounts share."""

from datetime import timedelta

import pytest

from app.accounts import attempts


@pytest.fixture
def long_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first lock last as long as the last: two seconds may pass on a busy machine."""

    def lock_after(failures: int) -> timedelta:
        return attempts.LONGEST_LOCK if failures > attempts.FREE_FAILURES else timedelta(0)

    monkeypatch.setattr(attempts, "lock_after", lock_after)

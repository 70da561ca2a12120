"""A receiver on this machine."""

from collections.abc import Iterator

import pytest
from support.webhook_receivers import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver

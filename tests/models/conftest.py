"""Torch on one thread: two processes that share two cores otherwise slow each other down."""

from collections.abc import Iterator

import pytest
import torch

from models.machine import use_threads


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    use_threads(1)
    yield
    use_threads(before)

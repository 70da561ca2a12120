"""What runs write on a disk that takes no more."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from support.models_films import TINY, draw_films, one_hot

from models.errors import TrainingError
from models.examples import examples
from models.images.parallel import Job, write_task
from models.images.reading import load_films
from worker import draw_seed
from worker.outcomes import Place, outcome_of


@contextmanager
def little_room() -> Iterator[None]:
    """Have the system write no file of more than a thousand bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_run_says_that_the_disk_or_its_owners_share_of_it_is_full(
    tmp_path: Path, number: int
) -> None:
    def fill_up() -> dict[str, object]:
        raise OSError(number, os.strerror(number))

    status, why = outcome_of(fill_up, Place("run 1", tmp_path, lambda: False))
    assert (status, why["failure"]["what"]) == ("failed", "The disk is full.")


def test_embeddings_that_find_no_room_say_why(tmp_path: Path) -> None:
    kept = tmp_path / "embedding.npy"
    with little_room(), pytest.raises(OSError, match="File too large") as refused:
        draw_seed.keep(kept, np.ones((1000, 5), np.float32))
    assert refused.value.errno == errno.EFBIG
    assert not kept.exists()


def test_a_training_says_that_its_films_found_no_room(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 3)
    job = Job(examples(load_films(films, 32), one_hot(labels)), TINY, tmp_path / "job")
    with little_room(), pytest.raises(TrainingError, match=r"could not be handed.*Free some space"):
        write_task(job, 1)

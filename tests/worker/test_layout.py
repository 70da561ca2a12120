"""Which processes a worker has on which machine."""

import pytest

from app import errors
from app.settings import Settings
from worker.layout import Machine, Seat, seats

FOUR = Machine(cores=4, memory_mb=64_000, gpus=())


def test_left_to_itself_one_process_computes_with_all_cores_and_one_decodes_for_each() -> None:
    assert seats(Settings(), FOUR) == [Seat(("cpu", "gpu"), 4), *[Seat(("decode",), 1)] * 4]


def test_there_are_no_more_decoders_than_memory_for_them() -> None:
    small = Machine(cores=16, memory_mb=10_000, gpus=())
    assert len(seats(Settings(queues="decode"), small)) == 3


def test_each_gpu_has_a_process_that_sees_its_own_first() -> None:
    two = Machine(cores=8, memory_mb=64_000, gpus=("0", "1"))
    assert seats(Settings(queues="gpu"), two) == [
        Seat(("gpu",), 4, ("0", "1")),
        Seat(("gpu",), 4, ("1", "0")),
    ]


def test_named_processes_are_equal_and_share_the_cores() -> None:
    asked = Settings(queues="gpu, decode", processes=2)
    assert seats(asked, FOUR) == [Seat(("decode", "gpu"), 2)] * 2
    assert seats(asked.model_copy(update={"threads": 3}), FOUR)[0].threads == 3
    assert seats(Settings(processes=9), FOUR) == [Seat(("decode", "cpu", "gpu"), 1)] * 9


def test_a_queue_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(errors.Refused, match="gup") as refusal:
        seats(Settings(queues="gup,cpu"), FOUR)
    assert "decode, cpu, gpu" in refusal.value.do

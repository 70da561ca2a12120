"""Two processes that share a training learn what one learns, killed or not."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
import torch
from support.models_films import TINY, draw_films, one_hot

from models.checkpoint import read_state
from models.descent import STATE
from models.errors import TrainingError
from models.examples import Examples, examples
from models.images.batches import batch_at
from models.images.parallel import Job, train_side_by_side, write_task
from models.images.reading import load_films
from models.images.share import Share
from models.images.training import train
from models.recipe import Recipe

SHARED = dataclasses.replace(
    TINY, presentations=7 * 20, batch_size=7, checkpoint_steps=5, learning_rate=5e-4
)


@pytest.fixture
def known(tmp_path: Path) -> Examples:
    films, labels = draw_films(tmp_path / "films", 14)
    return examples(load_films(films, TINY.size), one_hot(labels))


def by_two(known: Examples, folder: Path) -> dict[str, torch.Tensor]:
    """Train in two processes, and return what the last checkpoint holds."""
    train_side_by_side([Job(known, SHARED, folder, shares=2)], 1, lambda *_: None, bool)
    found = read_state(folder / STATE)
    assert found
    return found[0]


def kill_one(folder: Path) -> None:
    """Wait for the first checkpoint, then kill the second process."""
    while not (folder / STATE).exists():
        time.sleep(0.01)
    os.kill(second_of(folder), signal.SIGKILL)


def second_of(folder: Path) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[-4:-1] == [str(folder.resolve()).encode(), b"1", b"2"]:
            return int(process.name)
    raise ProcessLookupError(folder)


@pytest.mark.parametrize("mixup", [0.0, 0.3])
def test_shares_of_a_batch_are_the_batch(known: Examples, mixup: float) -> None:
    recipe = dataclasses.replace(Recipe(), batch_size=7, size=32, erasing=0.5, mixup=mixup)
    films, targets = batch_at(3, known, recipe)
    shares = [batch_at(3, known, recipe, Share(number, 3)) for number in range(3)]
    torch.testing.assert_close(torch.cat([film for film, _ in shares]), films)
    assert torch.equal(torch.cat([target for _, target in shares]), targets)
    assert sum(Share(number, 3).weight(7) for number in range(3)) == pytest.approx(3)


@pytest.fixture
def float64(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process computes in float64 alone."""
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def test_two_processes_learn_what_one_learns(
    known: Examples, tmp_path: Path, float64: None
) -> None:
    """In float64, where no rounding grows from step to step: AdamW divides by the gradient."""
    in_float64(Job(known, SHARED, tmp_path / "two", shares=2))
    train(known, SHARED, tmp_path / "alone")
    alone, two = (read_state(tmp_path / each / STATE) for each in ("alone", "two"))
    assert alone
    assert two
    assert two[1]["step"] == "20"
    for name, value in alone[0].items():
        torch.testing.assert_close(two[0][name], value, atol=1e-5, rtol=0, msg=name)


def in_float64(job: Job) -> None:
    """Do what training processes do, all of it in float64."""
    write_task(job, 1)
    code = (
        "import pathlib, sys, torch\n"
        "torch.set_default_dtype(torch.float64)\n"
        "torch.Tensor.float = torch.Tensor.double\n"
        "from models.images.share import Share\n"
        "from models.images.training_process import main\n"
        "sys.exit(main(pathlib.Path(sys.argv[1]), Share(*map(int, sys.argv[2:]))))\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(job.folder), str(share), str(job.shares)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for share in range(job.shares)
    ]
    assert [process.wait() for process in processes] == [0] * job.shares
    for process in processes:
        assert process.stdin
        process.stdin.close()


def test_one_of_two_killed_they_go_on_with_the_same_weights(
    known: Examples, tmp_path: Path
) -> None:
    unbroken = by_two(known, tmp_path / "two")
    killer = Thread(target=kill_one, args=[tmp_path / "killed"], daemon=True)
    killer.start()
    with pytest.raises(TrainingError, match="before its time"):
        by_two(known, tmp_path / "killed")
    killer.join()
    resumed = by_two(known, tmp_path / "killed")
    for name, value in unbroken.items():
        assert torch.equal(resumed[name], value), name

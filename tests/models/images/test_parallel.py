"""Networks trained side by side are those trained one after the other."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from support.models_films import TINY, draw_films, one_hot

from models.descent import STATE
from models.errors import Stopped, TrainingError
from models.examples import Examples, examples
from models.images import parallel
from models.images.parallel import Job, train_all, train_side_by_side, write_task
from models.images.reading import load_films
from models.machine import use_threads

LONG = dataclasses.replace(TINY, presentations=120, batch_size=2, checkpoint_steps=20)


@pytest.fixture
def known(tmp_path: Path) -> Examples:
    films, labels = draw_films(tmp_path / "films", 12)
    return examples(load_films(films, 32), one_hot(labels))


@pytest.fixture
def two_threads() -> Iterator[None]:
    use_threads(2)
    yield
    use_threads(1)


def jobs(known: Examples, folder: Path) -> list[Job]:
    recipes = [dataclasses.replace(LONG, seed=seed) for seed in (0, 1)]
    return [Job(known, recipe, folder / str(recipe.seed)) for recipe in recipes]


def running_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_text()
        except OSError:
            continue
        if "models.images.training_process" in command and str(folder) in command:
            found.append(int(process.name))
    return found


def test_side_by_side_gives_the_same_weights(
    known: Examples, tmp_path: Path, two_threads: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parallel, "FEWEST_STEPS", 60)
    told: list[int] = []
    beside = train_all(jobs(known, tmp_path / "2"), lambda done, *_: told.append(done), bool)
    assert (told == sorted(told), told[-1]) == (True, 120)
    use_threads(1)
    after = train_all(jobs(known, tmp_path / "1"), lambda *_: None, bool)
    for one, other in zip(beside, after, strict=True):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name


def test_stopping_ends_the_processes(known: Examples, tmp_path: Path) -> None:
    progress: list[int] = []
    with pytest.raises(Stopped):
        train_side_by_side(
            jobs(known, tmp_path / "work"),
            2,
            lambda done, *_: progress.append(done),
            lambda: bool(progress and progress[-1] > 0),
        )
    assert running_in(tmp_path) == []


def test_a_process_tells_its_own_error(known: Examples, tmp_path: Path) -> None:
    diverging = dataclasses.replace(LONG, learning_rate=1e30)
    with pytest.raises(TrainingError, match="diverged"):
        train_side_by_side([Job(known, diverging, tmp_path / "work")], 1, lambda *_: None, bool)


def test_a_killed_process_fails_the_run_and_keeps_its_checkpoint(
    known: Examples, tmp_path: Path
) -> None:
    def kill_once(done: int, total: int, message: str) -> None:
        for process in running_in(tmp_path) if 20 < done < total else []:
            os.kill(process, signal.SIGKILL)

    job = Job(known, dataclasses.replace(LONG, presentations=10**5), tmp_path / "work")
    with pytest.raises(TrainingError, match="before its time"):
        train_side_by_side([job], 1, kill_once, bool)
    assert (job.folder / STATE).exists()


def test_a_process_ends_with_whoever_started_it(known: Examples, tmp_path: Path) -> None:
    job = Job(known, dataclasses.replace(LONG, presentations=10**7), tmp_path / "work")
    write_task(job, 1)
    code = (
        "import subprocess, sys\n"
        "module = 'models.images.training_process'\n"
        "command = [sys.executable, '-m', module, sys.argv[1], '0', '1']\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print('running', flush=True)\n"
        "child.wait()\n"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, str(job.folder)], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout
    assert starter.stdout.readline() == "running\n"
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    deadline = time.monotonic() + 30
    while running_in(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert running_in(tmp_path) == []

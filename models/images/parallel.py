"""Several trainings side by side, each in a process of its own with its share of the threads.

Threads that work on one small network wait for each other at every layer, and beside any other
busy program they wait for most of the time. Separate networks on separate cores do not.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from models.descent import STATE, steps_of
from models.errors import TrainingError
from models.examples import Examples, Shown
from models.images.film_array import FilmArray
from models.images.training import train
from models.machine import device
from models.progress import OnProgress, ShouldStop, check, part_of
from models.recipe import Recipe

FEWEST_STEPS = 200
"""Of a training that is worth the seconds a process takes to start."""
TASK, EXAMPLES = "task.json", "examples.safetensors"


@dataclass(frozen=True)
class Job:
    """One network to be trained.

    Attributes:
        known: what it learns from.
        recipe: how.
        folder: of its checkpoints, its own.
    """

    known: Examples
    recipe: Recipe
    folder: Path

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return steps_of(len(self.known.films), self.recipe)


@dataclass
class Side:
    """The processes at work: how far each is, and whether they are to end."""

    done: list[int]
    stop: Event = field(default_factory=Event)


def train_all(
    jobs: Sequence[Job], on_progress: OnProgress, should_stop: ShouldStop
) -> list[nn.Module]:
    """Train several networks; the ones trained in other processes are read from their checkpoints.

    Args:
        jobs: each with a folder of its own.
        on_progress: told (steps done, steps of all, message).
        should_stop: asked at every step, or about twice a second.

    Returns:
        The networks, in order.

    Raises:
        TrainingError: as `models.images.training.train` raises it, from whatever process.
        Stopped: if should_stop says so; checkpoints stay.
    """
    processes = min(len(jobs), torch.get_num_threads())
    if processes > 1 and device().type == "cpu" and max(j.steps for j in jobs) >= FEWEST_STEPS:
        train_side_by_side(jobs, processes, on_progress, should_stop)
    total = sum(job.steps for job in jobs)
    networks = []
    for number, job in enumerate(jobs):
        progress = part_of(on_progress, sum(other.steps for other in jobs[:number]), total)
        networks.append(train(job.known, job.recipe, job.folder, progress, should_stop))
    return networks


def train_side_by_side(
    jobs: Sequence[Job], processes: int, on_progress: OnProgress, should_stop: ShouldStop
) -> None:
    """Bring every job to its last checkpoint, some at a time.

    Args:
        jobs: each with a folder of its own.
        processes: at a time.
        on_progress: told in this thread.
        should_stop: asked in this thread.

    Raises:
        TrainingError: the first that one of the processes met.
        Stopped: if should_stop says so.
    """
    side = Side([0] * len(jobs))
    threads = torch.get_num_threads() // processes
    total = sum(job.steps for job in jobs)
    with ThreadPoolExecutor(processes) as pool:
        following: set[Future[None]] = {
            pool.submit(follow, job, number, threads, side) for number, job in enumerate(jobs)
        }
        try:
            while following:
                check(should_stop)
                finished, following = wait(following, timeout=0.5)
                on_progress(sum(side.done), total, "Training")
                for future in finished:
                    future.result()
        finally:
            side.stop.set()


def follow(job: Job, number: int, threads: int, side: Side) -> None:
    """Run one job in a process and note its progress until it ends or is to end.

    Args:
        job: the job.
        number: its place in `side.done`.
        threads: the process may use.
        side: shared with the thread that waits.

    Raises:
        TrainingError: the process's own, or one that says how it ended.
    """
    if side.stop.is_set():
        return
    write_task(job, threads)
    command = [sys.executable, "-m", "models.images.training_process", str(job.folder.resolve())]
    failure: dict[str, str] = {}
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            message = json.loads(line)
            failure = message.get("failure", failure)
            side.done[number] = message.get("done", side.done[number])
            if side.stop.is_set():
                process.kill()
    if process.returncode != 0 and not side.stop.is_set():
        raise TrainingError(**failure or ended_early(process.returncode))


def ended_early(status: int) -> dict[str, str]:
    """Say what is known of a process that ended without a word: who was killed says none."""
    return {
        "what": "A training process ended before its time.",
        "where": f"exit status {status}",
        "do": "If memory ran out, give it more or set fewer threads; then start the run again.",
    }


def read_task(folder: Path) -> tuple[Examples, Recipe, int]:
    """Read what `write_task` wrote: what to learn from, how, and on how many threads."""
    task = json.loads((folder / TASK).read_text("utf-8"))
    tensors, mapped = load_file(folder / EXAMPLES), task["mapped"]
    films: Shown = (
        tensors["films"]
        if mapped is None
        else FilmArray(
            Path(mapped["folder"]), mapped["size"], tensors["rows"].numpy(), tensors["left"].numpy()
        )
    )
    return Examples(films, tensors["targets"]), Recipe.from_json(task["recipe"]), task["threads"]


def write_task(job: Job, threads: int) -> None:
    """Write what the process needs to know into the job's folder; mapped films are shared."""
    job.folder.mkdir(parents=True, exist_ok=True)
    films, mapped = job.known.films, None
    tensors = {"targets": job.known.targets}
    if isinstance(films, FilmArray):
        mapped = {"folder": str(films.folder.resolve()), "size": films.size}
        tensors |= {"rows": torch.from_numpy(films.rows), "left": torch.from_numpy(films.left)}
    else:
        tensors["films"] = films[:]
    try:
        save_file(tensors, job.folder / EXAMPLES)
        task = {"recipe": job.recipe.to_json(), "threads": threads, "mapped": mapped}
        (job.folder / TASK).write_text(json.dumps(task), "utf-8")
    except OSError as error:
        raise TrainingError(
            "The films to learn from could not be handed to the training process.",
            STATE,
            "Free some space on the disk, then start the run again.",
        ) from error

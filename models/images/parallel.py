"""Several trainings side by side, each in a process of its own with its share of the threads.

Threads that work on one small network wait for each other at every layer, and beside any other
busy program they wait for most of the time. Separate networks on separate cores do not.
"""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from models.curve import curve_in
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
FEWEST_FILMS = 32
"""Of a batch, for one GPU: with fewer it waits for the others more than it computes."""
TASK, EXAMPLES, MEETING = "task.json", "examples.safetensors", "meeting"


@dataclass(frozen=True)
class Job:
    """One network to be trained.

    Attributes:
        known: what it learns from.
        recipe: how.
        folder: of its checkpoints, its own.
        shares: processes that train it together.
    """

    known: Examples
    recipe: Recipe
    folder: Path
    shares: int = 1

    @property
    def curve(self) -> dict[str, Any]:
        """How the loss fell, once it is trained: `epochs` and `loss`."""
        return curve_in(self.folder / STATE, len(self.known.films), self.recipe.batch_size)

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
    on_cpu = device().type == "cpu"
    jobs = [dataclasses.replace(job, shares=1 if on_cpu else gpus_for(job.recipe)) for job in jobs]
    together = min(len(jobs), torch.get_num_threads()) if on_cpu else 1
    several = together > 1 or any(job.shares > 1 for job in jobs)
    if several and max(job.steps for job in jobs) >= FEWEST_STEPS:
        train_side_by_side(jobs, together, on_progress, should_stop)
    total = sum(job.steps for job in jobs)
    networks = []
    for number, job in enumerate(jobs):
        progress = part_of(on_progress, sum(other.steps for other in jobs[:number]), total)
        networks.append(train(job.known, job.recipe, job.folder, progress, should_stop))
    return networks


def gpus_for(recipe: Recipe) -> int:
    """Return how many of this machine's GPUs are worth using for one training."""
    return max(1, min(torch.cuda.device_count(), recipe.batch_size // FEWEST_FILMS))


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
    """Run one job in processes and note its progress until it ends or is to end.

    Args:
        job: the job.
        number: its place in `side.done`.
        threads: its processes may use.
        side: shared with the thread that waits.

    Raises:
        TrainingError: the process's own, or one that says how it ended.
    """
    if side.stop.is_set():
        return
    write_task(job, max(1, threads // job.shares))
    (job.folder / MEETING).unlink(missing_ok=True)
    processes = [_start(job, share) for share in range(job.shares)]
    with ThreadPoolExecutor(job.shares) as pool:
        heard = [pool.submit(_hear, process, number, side) for process in processes]
        for ended in as_completed(heard):
            if ended.result()[0] != 0:
                for process in processes:  # those that are left would wait for it for ever
                    process.kill()
    if not side.stop.is_set():
        _raise_the_worst([ended.result() for ended in heard])


def _start(job: Job, share: int) -> subprocess.Popen[str]:
    module = "models.images.training_process"
    return subprocess.Popen(
        [sys.executable, "-m", module, str(job.folder.resolve()), str(share), str(job.shares)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _hear(process: subprocess.Popen[str], number: int, side: Side) -> tuple[int, dict[str, str]]:
    """Note a process's progress until it ends; return its exit status, and what it says failed."""
    failure: dict[str, str] = {}
    with process:
        assert process.stdout
        for line in process.stdout:
            message = json.loads(line)
            failure = message.get("failure", failure)
            side.done[number] = message.get("done", side.done[number])
            if side.stop.is_set():
                process.kill()
    return process.returncode, failure


def _raise_the_worst(ended: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Raise what a process said of its failure, or that one ended without a word."""
    failed = [(status, failure) for status, failure in ended if status != 0]
    for _, failure in failed:
        if failure:
            raise TrainingError(**failure)
    for status, _ in failed:
        raise TrainingError(**ended_early(status))


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
    except (OSError, SafetensorError) as error:
        raise TrainingError(
            "The films to learn from could not be handed to the training process.",
            EXAMPLES,
            "Free some space on the disk, then start the run again.",
        ) from error

"""Which processes a worker has: what they take, with how many threads, on which GPU."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from app.runs.resources import queues_of
from app.settings import Settings

DECODE = "decode"
NETWORK = "network"


@dataclass(frozen=True)
class Machine:
    """What there is to share out.

    Attributes:
        cores: that this process may run on.
        memory_mb: of the machine, in MiB.
        gpus: names of its GPUs, as `CUDA_VISIBLE_DEVICES` has them.
    """

    cores: int
    memory_mb: int
    gpus: tuple[str, ...]


@dataclass(frozen=True)
class Seat:
    """One process that takes work.

    Attributes:
        queues: of `RESOURCES`.
        threads: for computing.
        gpus: the machine's GPUs, its own first; none where there are none.
    """

    queues: tuple[str, ...]
    threads: int
    gpus: tuple[str, ...] = ()


def this_machine() -> Machine:
    """Return what this machine has."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(len(os.sched_getaffinity(0)), pages * size // 2**20, _gpus())


def seats(settings: Settings, machine: Machine) -> list[Seat]:
    """Return the processes of a worker.

    A number that is set is the number of equal processes, each of which takes all the queues.
    Otherwise there is one for each GPU, or one, that computes with every core, beside it one
    that decodes for each core, as far as their memory goes: decoding takes one thread; and one that
    reaches other machines, which waits most of the time.

    Args:
        settings: the queues, the processes and the threads that are asked for.
        machine: what there is.

    Raises:
        errors.Refused: there is no such queue.
    """
    queues = queues_of(settings)
    if settings.processes:
        threads = settings.threads or max(1, machine.cores // settings.processes)
        return _spread([queues] * settings.processes, threads, machine.gpus)
    computing = tuple(name for name in queues if name not in (DECODE, NETWORK))
    count = max(1, len(machine.gpus)) if computing else 0
    threads = settings.threads or max(1, machine.cores // max(1, count))
    decoding = min(machine.cores, max(1, machine.memory_mb // settings.decode_memory_mb))
    decoders = [Seat((DECODE,), 1)] * (decoding if DECODE in queues else 0)
    reaching = [Seat((NETWORK,), 1)] * (NETWORK in queues)
    return _spread([computing] * count, threads, machine.gpus) + decoders + reaching


def _spread(queues: Sequence[tuple[str, ...]], threads: int, gpus: tuple[str, ...]) -> list[Seat]:
    """Give each process a GPU of its own to begin with, in turn."""
    turn = [place % max(1, len(gpus)) for place in range(len(queues))]
    own_first = [gpus[place:] + gpus[:place] for place in turn]
    return [Seat(each, threads, own) for each, own in zip(queues, own_first, strict=True)]


def _gpus() -> tuple[str, ...]:
    """Return the GPUs that may be used. Asking torch would take seconds and their memory."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is not None:
        return tuple(name.strip() for name in allowed.split(",") if name.strip())
    if shutil.which("nvidia-smi") is None:
        return ()
    asked = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    told = subprocess.run(asked, capture_output=True, text=True)
    return tuple(told.stdout.split()) if told.returncode == 0 else ()

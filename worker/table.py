"""What carries out which kind of run, as one row each of the tables of kinds."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from app.runs.declaring import Kind
from app.runs.parameters import Parameters
from app.runs.results import Result
from worker.parts import DoPart, InParts
from worker.progress import Execute, Running

P = TypeVar("P", bound=Parameters)
R = TypeVar("R", bound=Result)


def does(kind: Kind[P, R], execute: Callable[[Running[P]], R]) -> tuple[str, Execute]:
    """Pair a kind of run with what carries it out."""
    return kind.name, execute


def tasks_of(executes: Mapping[str, Execute]) -> dict[str, DoPart]:
    """Return what is done with the parts of kinds that have some."""
    in_parts = [each for each in executes.values() if isinstance(each, InParts)]
    return {each.task: each.carry_out for each in in_parts}

"""Where what is recorded in the audit log comes from: a page, a program, a worker, a command line.

It is known for a whole request, so that no rule has to hand it on. A process that answers no
requests is one thing all its life.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import ClassVar

PAGE, PROGRAM, TOKEN = "page", "program", "token"
"""A browser, which sends a cookie; a program, which has logged in with a name and a password; a
program with a token that a person has made for it."""
WORKER, COMMAND_LINE = "worker", "command line"


@dataclass
class Origin:
    """What asks.

    Attributes:
        via: `PAGE`, `PROGRAM`, `TOKEN`, `WORKER` or `COMMAND_LINE`.
        address: the network address it asks from, or an empty string.
        log_in: which log-in or token it belongs to, see `reference`; an empty string where there is
            none.
        agent: what the browser or the program calls itself, or an empty string.
    """

    of_the_process: ClassVar["Origin"]
    via: str
    address: str = ""
    log_in: str = ""
    agent: str = ""


Origin.of_the_process = Origin(COMMAND_LINE)
_of_the_request: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def asked_from(address: str, agent: str = "") -> Iterator[None]:
    """Record what is done meanwhile as asked by a page at an address, in a browser by its name."""
    before = _of_the_request.set(Origin(PAGE, address, agent=agent))
    try:
        yield
    finally:
        _of_the_request.reset(before)


def present() -> Origin:
    """Return what asks now."""
    return _of_the_request.get() or Origin.of_the_process


def begin_worker() -> None:
    """Record from now on that this process is a worker."""
    Origin.of_the_process = Origin(WORKER)


def belong_to(token_digest: str) -> None:
    """Remember which log-in the request belongs to; threads that answer it know it, too."""
    origin = _of_the_request.get()
    if origin is not None:
        origin.log_in = reference(token_digest)


def asked_by_program() -> None:
    """Remember that a program sent the request, not a browser."""
    origin = _of_the_request.get()
    if origin is not None:
        origin.via = PROGRAM


def asked_by_token(named: str) -> None:
    """Remember which token sent the request, by its reference."""
    origin = _of_the_request.get()
    if origin is not None:
        origin.via, origin.log_in = TOKEN, named


def reference(token_digest: str) -> str:
    """Return what the audit log calls a log-in or a token: 16 hexadecimal digits, which open
    nothing."""
    return hashlib.sha256(f"log-in {token_digest}".encode()).hexdigest()[:16]

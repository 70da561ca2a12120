"""What no request may hold, whichever route it is for: values that no table and no answer can hold.

A type checks its own field; what is here ends the kinds that every field would have to think of.
"""

from collections.abc import AsyncIterator, Iterator
from math import isfinite
from typing import Any

from fastapi import Request

from app import errors
from app.texts import _

LARGEST = 2**63
"""Integers at or beyond it fit no column of any database."""
DEEPEST = 50
"""Lists in lists: nothing of ours is deeper than five."""


async def well_formed(request: Request) -> None:
    """Refuse a request with a value that could not be kept or given back.

    Raises:
        errors.Refused: a text holds a zero or half a surrogate pair (RFC 8259, 8.2), a number is
            beyond 64 bits or is none, or the body is too deep.
    """
    for name, value in request.path_params.items():
        _check(value, name)
    for name, value in request.query_params.multi_items():
        _check(name, _("the address"))
        _check(value, name)
    async for where, value in _body(request):
        _check(value, where)


async def _body(request: Request) -> AsyncIterator[tuple[str, Any]]:
    """The body's values, where the route takes any; FastAPI has read it, and reads it once."""
    if getattr(request.scope.get("route"), "body_field", None) is None:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.endswith(("/json", "+json")) and await request.body():
        for value in _leaves(await _json(request)):
            yield _("the request's body"), value
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name, value in (await request.form()).multi_items():
            yield _("the request's body"), name
            yield name, value


async def _json(request: Request) -> Any:
    """The body as JSON; nothing where it is none, which a route that takes JSON has refused."""
    try:
        return await request.json()
    except (ValueError, RecursionError):
        return None


def _leaves(value: Any) -> Iterator[Any]:
    """Every value in a value of JSON, and the names in its objects, by levels."""
    level = [value]
    for _depth in range(DEEPEST):
        yield from level
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise errors.Refused(
        _("The request is nested too deeply."),
        _("the request's body"),
        _("Send it with less nesting."),
    )


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _check(value: Any, where: str) -> None:
    if isinstance(value, str) and not _is_text(value):
        raise errors.Refused(
            _("A text contains characters that cannot be saved."),
            where if _is_text(where) else "",
            _("Remove null characters and incomplete characters."),
        )
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not (isfinite(value) and abs(value) < LARGEST):
        raise errors.Refused(
            _("A number is too large, or not a number."),
            where,
            _("Send a number of at most 64 bits."),
        )


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value

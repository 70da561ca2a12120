"""From the JSON of an answer to records. What a later server adds is passed over."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from condyle_client.errors import NotUnderstood

T = TypeVar("T")


def decoded(kind: type[T], value: Any) -> T:
    """Return a value of JSON as what it is meant to be.

    Args:
        kind: a dataclass, a list, tuple, mapping or union of such, a literal or a plain type.
        value: as `json` gives it.

    Raises:
        NotUnderstood: it is something else. The text names the place, never the value.
    """
    return cast(T, _decoded(kind, value, "the answer"))


def _decoded(kind: Any, value: Any, place: str) -> Any:
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return _of_union(kind, value, place)
    if origin is Literal:
        # A word that a later server adds is passed on as it is.
        return _plain(str, value, place)
    if is_dataclass(kind):
        return _record(cast(type, kind), value, place)
    if origin in (list, tuple):
        return _sequence(kind, value, place)
    if origin is Mapping:
        return _mapping(kind, value, place)
    return _plain(kind, value, place)


def _of_union(kind: Any, value: Any, place: str) -> Any:
    """Read `X | None`, of which there is no other kind here."""
    if value is None:
        return None
    (one,) = (each for each in get_args(kind) if each is not type(None))
    return _decoded(one, value, place)


def _record(kind: type, value: Any, place: str) -> Any:
    _require(isinstance(value, dict), place)
    hints, given = _hints(kind), {}
    for each in fields(kind):
        if each.name in value:
            given[each.name] = _decoded(hints[each.name], value[each.name], each.name)
        else:
            _require(each.default is not MISSING or each.default_factory is not MISSING, each.name)
    return kind(**given)


def _sequence(kind: Any, value: Any, place: str) -> Any:
    _require(isinstance(value, list), place)
    of = get_args(kind)
    if get_origin(kind) is list:
        return [_decoded(of[0], each, place) for each in value]
    _require(len(value) == len(of), place)
    return tuple(_decoded(one, each, place) for one, each in zip(of, value, strict=True))


def _mapping(kind: Any, value: Any, place: str) -> Any:
    """Read an object; JSON has texts for keys, and an id becomes a number again."""
    _require(isinstance(value, dict), place)
    key, one = get_args(kind)
    return {key(name): _decoded(one, each, place) for name, each in value.items()}


def _plain(kind: type, value: Any, place: str) -> Any:
    if kind is datetime:
        return _moment(value, place)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    _require(right, place)
    return value


def _moment(value: Any, place: str) -> datetime:
    _require(isinstance(value, str), place)
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise _not_understood(place) from None


def _require(right: bool, place: str) -> None:
    if not right:
        raise _not_understood(place)


def _not_understood(place: str) -> NotUnderstood:
    return NotUnderstood(
        f"Condyle answered in a form that this client does not know ({place})."
        " Install the client that belongs to this release of Condyle."
    )


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)

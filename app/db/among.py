"""The condition that a column is one of many numbers, each database in its own way."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Integer,
    TypeDecorator,
    any_,
    bindparam,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Numbers(TypeDecorator[Sequence[int]]):
    """An array of numbers, written as PostgreSQL reads it: the driver writes them one by one."""

    impl = ARRAY(Integer)
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Callable[[Any], str]:
        """Return what writes them."""
        return lambda numbers: "{" + ",".join(map(str, numbers)) + "}"


class _Among(FunctionElement[bool]):
    """Both ways of saying it; one is compiled."""

    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Return itself: a comparison with 1, as of a function, would go by no index."""
        return self


def is_among(column: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a column of numbers has one of these.

    PostgreSQL gets them as one value: a parameter of each costs SQLAlchemy, the driver and the
    parser together more than finding 200 rows does.
    """
    written = bindparam(None, numbers, type_=_Numbers())
    return _Among(column.in_(numbers), _in_array(column, written))


def is_among_those(column: Any, name: str) -> ColumnElement[bool]:
    """Return the same condition for a statement that is built once: the numbers come with it.

    Args:
        column: of numbers.
        name: of the parameter that holds them, a list, when the statement is executed.
    """
    in_list = column.in_(bindparam(name, expanding=True))
    return _Among(in_list, is_in_array(column, name))


def is_in_array(column: Any, name: str) -> ColumnElement[bool]:
    """Return the condition as PostgreSQL has it.

    Args:
        column: of numbers.
        name: of the parameter that holds them when the statement is executed.
    """
    return _in_array(column, bindparam(name, type_=_Numbers()))


def _in_array(column: Any, numbers: BindParameter[Sequence[int]]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == any_(numbers)
    return found


@compiles(_Among)
def _as_list(element: _Among, compiler: Any, **more: Any) -> str:
    in_list, _in_array = element.clauses
    return str(compiler.process(in_list, **more))


@compiles(_Among, "postgresql")
def _as_array(element: _Among, compiler: Any, **more: Any) -> str:
    _in_list, in_array = element.clauses
    return str(compiler.process(in_array, **more))

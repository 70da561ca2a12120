"""The condition that a column is one of many numbers, each database in its own way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Integer, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
    in_list = column.in_(numbers)
    in_array = column == any_(literal(list(numbers), ARRAY(Integer)))
    return _Among(in_list, in_array)


@compiles(_Among)
def _as_list(element: _Among, compiler: Any, **more: Any) -> str:
    in_list, _in_array = element.clauses
    return str(compiler.process(in_list, **more))


@compiles(_Among, "postgresql")
def _as_array(element: _Among, compiler: Any, **more: Any) -> str:
    _in_list, in_array = element.clauses
    return str(compiler.process(in_array, **more))

"""What the statements on a batch of images share: the batch itself, and how a thing is named."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement

Named = tuple[int, str]
"""The number of a class or a finding, and its name."""


class Between(NamedTuple):
    """The first and the last of some images, by number."""

    first: int
    last: int

    def holds(self, image: Any) -> ColumnElement[bool]:
        """Return the condition that a column of image ids is one of them."""
        found: ColumnElement[bool] = image.between(self.first, self.last)
        return found

"""Seeing only a part of a worklist: what can be asked for, and where it may be asked.

A filter holds for one request and narrows what it hands out, shows ahead and counts. Nothing of it
is kept on the server: the page has it in its address.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db.archive import Image
from app.db.learning import PseudoLabel
from app.db.reading import WorklistItem
from app.db.tables import Id
from app.errors import Conflict, Refused
from app.texts import _
from app.workspace import is_blind_first

Why = Literal["conflict", "unlike", "not_read", "unsure", "failed_audit", "near_copy", "arrived"]
Asked = tuple[str, ...]
"""Which conditions a filter has, without their values: one statement serves all of a kind."""

OF_THE_FILM = ("site", "view")
"""What may be asked of the seed set, besides a named list."""
NOT_OF_THE_LABELER = (*OF_THE_FILM, "why arrived")
"""What may be asked while review is blind first: the rest says what the labeler thinks."""


class Filter(BaseModel):
    """What a reader wants to see of a worklist; what is null is not asked."""

    model_config = ConfigDict(frozen=True)

    site: str | None = None
    """As the films have it; empty for those whose site is unknown."""
    view: str | None = None
    """As the films have it; empty for those whose view is unknown."""
    class_id: Id | None = None
    """In review: the predicted class."""
    least: float | None = Field(None, ge=0, le=1)
    """In review: the least probability of the predicted class."""
    most: float | None = Field(None, ge=0, le=1)
    """In review: its greatest probability."""
    why: Why | None = None
    """In review: why the image came there. `unsure` is what has no stronger reason."""
    named_list: Id | None = None
    """Of the seed set: the number of the named list that it belongs to."""

    @property
    def asked(self) -> Asked:
        """The names of its conditions; empty where everything is wanted."""
        if not self.model_fields_set:
            return ()
        values = self.model_dump(exclude_none=True)
        return tuple(f"why {self.why}" if name == "why" else name for name in values)

    @property
    def values(self) -> dict[str, Any]:
        """The values of its conditions, by the names of their bind parameters."""
        if not self.model_fields_set:
            return {}
        values = self.model_dump(exclude_none=True, exclude={"why"})
        return {f"wanted_{name}": value for name, value in values.items()}


EVERYTHING = Filter()


def conditions(worklist: str, asked: Asked) -> list[SQLColumnExpression[bool]]:
    """Return the conditions of a filter as SQL on the rows of a worklist.

    Seed images kept for calibration are wanted whatever is asked of the film: what is accepted
    later rests on them, so those that are read must stay a fair sample. A named list has none.
    """
    if not asked:
        return []
    if worklist == "review":
        return [_OF_REVIEW[name] for name in asked]
    found: list[SQLColumnExpression[bool]] = []
    if "named_list" in asked:
        found.append(WorklistItem.named_list_id == bindparam("wanted_named_list"))
    if of_the_film := [_OF_THE_FILM[name] for name in asked if name in _OF_THE_FILM]:
        mine = exists().where(Image.id == WorklistItem.image_id, *of_the_film)
        found.append(or_(WorklistItem.calibration, mine))
    return found


def require_open_to(session: Session, worklist: str, wanted: Filter) -> None:
    """Refuse a filter that would make a sample unfair, or say what a reader must not know yet.

    Raises:
        Refused: the worklist cannot be filtered, or not by this.
        Conflict: review is blind first, and the filter is by what the labeler thinks.
    """
    if wanted.named_list is not None and worklist != "seed":
        raise Refused(
            _("Named lists are parts of the seed set alone."), worklist, _("Clear the filter.")
        )
    allowed = NOT_OF_THE_LABELER if worklist == "review" else (*OF_THE_FILM, "named_list")
    of_the_labeler = [name for name in wanted.asked if name not in allowed]
    if not wanted.asked or (worklist == "review" and not of_the_labeler):
        return
    if worklist not in ("review", "seed") or (worklist == "seed" and of_the_labeler):
        raise Refused(
            _("This worklist cannot be filtered: its reads must be a fair sample.")
            if worklist != "seed"
            else _(
                "The seed set is read without the labeler's predictions, so it can be "
                "filtered only by site and view."
            ),
            worklist,
            _("Clear the filter."),
        )
    if is_blind_first(session):
        raise Conflict(
            _("Review is blind first, so it cannot be filtered by the labeler's predictions."),
            "filter",
            _("Clear the filter, or filter by site and view."),
        )


def choices(session: Session) -> dict[str, list[str]]:
    """Return the sites and the views that can be asked for, empty text for unknown ones."""
    return {name: known_values(session, getattr(Image, name)) for name in OF_THE_FILM}


def known_values(session: Session, column: InstrumentedAttribute[str]) -> list[str]:
    """Return the values an indexed column of the images has, in order.

    Steps from each value to the next in the index: a million images are not walked through.
    """
    known = select(func.min(column).label("value")).cte("known", recursive=True)
    following = select(func.min(column)).where(column > known.c.value).scalar_subquery()
    each = known.union_all(select(following).select_from(known).where(known.c.value.is_not(None)))
    return [value for value in session.scalars(select(each.c.value)) if value is not None]


_OF_THE_FILM: dict[str, ColumnElement[bool]] = {
    "site": Image.site == bindparam("wanted_site"),
    "view": Image.view == bindparam("wanted_view"),
}
_OF_REVIEW: dict[str, SQLColumnExpression[bool]] = {
    "site": PseudoLabel.site == bindparam("wanted_site"),
    "view": PseudoLabel.view == bindparam("wanted_view"),
    # + 0: without statistics SQLite would go by the grid's index, and sort all of a class.
    "class_id": PseudoLabel.class_id + 0 == bindparam("wanted_class_id"),
    "least": PseudoLabel.confidence >= bindparam("wanted_least"),
    "most": PseudoLabel.confidence <= bindparam("wanted_most"),
    "why conflict": PseudoLabel.conflict,
    "why unlike": PseudoLabel.unlike != "",
    "why not_read": PseudoLabel.not_read != "",
    "why unsure": and_(
        PseudoLabel.conflict.is_(False), PseudoLabel.unlike == "", PseudoLabel.lot_id.is_(None)
    ),
    "why failed_audit": PseudoLabel.lot_id.is_not(None),
    "why near_copy": PseudoLabel.near_copy,
    "why arrived": PseudoLabel.arrived,
}

"""The images somebody has chosen in the archive: by a search, by number, or both.

All images that fit a search are named by the search, so that a million of them need no list of a
million numbers; what is taken out of them again, or picked one by one, is named by its numbers.
"""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive import keys
from app.archive.facets import Wanted
from app.archive.index import Index
from app.db.archive import Image
from app.db.tables import IdInJson
from app.errors import Refused, Unavailable
from app.texts import _

PICKED = 10_000
"""Images that may be named by their numbers; a search has no limit."""
LOOKED_UP = 5_000
Picked = Annotated[tuple[IdInJson, ...], Field(max_length=PICKED)]


class Choice(BaseModel):
    """Which images are meant."""

    model_config = ConfigDict(frozen=True)

    wanted: Wanted = Wanted()
    """They fit this search."""
    ids: Picked | None = None
    """They are among these; null for all that fit."""
    but: Picked = ()
    """They are none of these."""

    @property
    def in_words(self) -> dict[str, object]:
        """What an audit event tells of it: keys may be a patient's, so they are only counted."""
        search = {name: list(values) for name, values in self.wanted.chosen.items()}
        told: dict[str, object] = {"search": search} if search else {}
        told |= {"keys": len(keys.split(self.wanted.q))} if self.wanted.q.strip() else {}
        told |= {"picked": len(set(self.ids))} if self.ids is not None else {}
        return told | ({"without": len(set(self.but))} if self.but else {})


def numbers(session: Session, index: Index, choice: Choice) -> NDArray[np.int64]:
    """Return the numbers of the images that are chosen, ascending.

    Args:
        session: a unit of work that only reads.
        index: what this process knows of all images.
        choice: which are meant; what is not in the archive any more is left out.

    Raises:
        Refused: too many keys are looked for together, or nothing fits.
        Unavailable: the archive is being read, so that nothing can be found by a facet yet.
    """
    among = keys.find(session, choice.wanted.q)
    if choice.ids is not None:
        picked = np.unique(np.array(choice.ids, np.int64))
        among = picked if among is None else np.intersect1d(picked, among)
    if among is not None and not choice.wanted.chosen:
        found = _in_archive(session, among)
    else:
        answer = index.ask(session, lambda cells: cells.all(choice.wanted, among))
        if answer.value is None:
            raise Unavailable(
                _("The archive is being counted, so this cannot be found yet."),
                _("search"),
                _("Try again in a moment."),
            )
        found = answer.value
    found = np.setdiff1d(found, np.array(choice.but, np.int64), assume_unique=False)
    if not len(found):
        raise _nothing(choice)
    return found


def _nothing(choice: Choice) -> Refused:
    if choice.ids and not choice.wanted.chosen:
        return Refused(
            _("None of these images is in the archive any more."),
            _("images"),
            _("Somebody has removed them. Choose others."),
        )
    return Refused(_("No image fits."), _("search"), _("Choose images, or another search."))


def _in_archive(session: Session, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    found: list[int] = []
    for first in range(0, len(ids), LOOKED_UP):
        some = ids[first : first + LOOKED_UP].tolist()
        found += session.scalars(select(Image.id).where(Image.id.in_(some)))
    return np.array(sorted(found), np.int64)

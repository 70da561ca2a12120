"""Which films show both knees: those that say so, and those of a view an admin has named."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import audit
from app.db.archive import BothKneesView, Image
from app.db.people import User
from app.errors import Conflict, NotFound, Refused
from app.texts import _
from app.worklists.filters import known_values

BOTH = "B"
"""Laterality (0020,0060) and ImageLaterality (0020,0062) of a film of both."""
LONGEST = 64


class BothKneesViews:
    """The views that show both knees, as an import asks for them.

    Args:
        pairs: the views that the admins have named, each with its site.
    """

    def __init__(self, pairs: Iterable[Sequence[str]]) -> None:
        self._pairs = {(view, site) for view, site in pairs}

    def show_both(self, laterality: str, view: str, site: str) -> bool:
        """Whether a film shows both knees.

        Args:
            laterality: what the film or its manifest says, which counts before an admin's view.
            view: of the film.
            site: of the film.
        """
        if laterality:
            return laterality == BOTH
        stated = view.strip().upper()
        return bool(stated) and not self._pairs.isdisjoint({(stated, site), (stated, "")})


def every(session: Session) -> Sequence[BothKneesView]:
    """Return the named views, by name."""
    return session.scalars(
        select(BothKneesView).order_by(BothKneesView.view, BothKneesView.site)
    ).all()


def known(session: Session) -> dict[str, Sequence[str]]:
    """Return the views and the sites that films of the archive have, to choose from."""
    columns = {"views": Image.view, "sites": Image.site}
    return {
        name: [value for value in known_values(session, column) if value]
        for name, column in columns.items()
    }


def add(session: Session, view: str, site: str, user: User) -> None:
    """Say that films of a view show both knees; it counts for films imported from then on.

    Args:
        view: as the films state it, in any case.
        site: of one site only; empty for every site.
        user: the admin.

    Raises:
        Refused: the view is empty, or a name is too long.
        Conflict: this was said already.
    """
    view, site = view.strip().upper(), site.strip()
    if not view or len(view) > LONGEST or len(site) > LONGEST:
        raise Refused(
            _(
                "A view must have 1 to {number} characters, and a site at most as many.",
                number=LONGEST,
            ),
            "view",
            _("Write the view as your films state it, for example AP."),
        )
    try:
        with session.begin_nested():
            session.add(BothKneesView(view=view, site=site))
    except IntegrityError as error:
        raise Conflict(
            _("This view is on the list already."), "view", _("Nothing needs to be done.")
        ) from error
    audit.record(session, user, "add view of both knees", view, site=site)


def remove(session: Session, view_id: int, user: User) -> None:
    """Take a view from the list; films that were imported meanwhile stay two knees.

    Raises:
        NotFound: if it is not on the list.
    """
    row = session.get(BothKneesView, view_id)
    if row is None:
        raise NotFound(_("There is no such view."), _("view {number}", number=view_id))
    session.delete(row)
    audit.record(session, user, "remove view of both knees", row.view, site=row.site)

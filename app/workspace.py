"""The one row of facts about this installation: read, and changed, by several features.

It lies beside the features, not in one of them, so that every feature may call it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Workspace
from app.db.upsert import insert_into


def is_generated(session: Session) -> bool:
    """Whether a program has drawn the knees, which every page and report then says."""
    return bool(session.scalar(select(Workspace.generated)))


def is_blind_first(session: Session) -> bool:
    """Whether readers decide before they see a pseudo-label."""
    return bool(session.scalar(select(Workspace.blind_first)))


def locked_workspace(session: Session) -> Workspace:
    """Return the row to be changed, locked until the transaction ends; made where there is none."""
    locked = select(Workspace).with_for_update()
    workspace = session.scalar(locked)
    if workspace is None:
        # Several may come first at once: all of them make the same row, and all but one wait.
        row = insert_into(session.get_bind().dialect.name, Workspace)
        session.execute(row.values(id=1).on_conflict_do_nothing())
        workspace = session.scalars(locked).one()
    return workspace

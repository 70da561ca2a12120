"""The one row of facts about this installation: read, and changed, by several features.

It lies beside the features, not in one of them, so that every feature may call it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Workspace


def is_generated(session: Session) -> bool:
    """Whether a program has drawn the knees, which every page and report then says."""
    return bool(session.scalar(select(Workspace.generated)))


def is_blind_first(session: Session) -> bool:
    """Whether readers decide before they see a pseudo-label."""
    return bool(session.scalar(select(Workspace.blind_first)))


def locked_workspace(session: Session) -> Workspace:
    """Return the row to be changed, locked until the transaction ends; made where there is none."""
    workspace = session.scalar(select(Workspace).with_for_update())
    if workspace is None:
        workspace = Workspace()
        session.add(workspace)
    return workspace

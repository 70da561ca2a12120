"""What is known of the PACS that films are fetched from: by the latest runs of each kind."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.learning import Run
from app.runs.kinds import TRY_PACS, AnyKind


def latest(session: Session, kind: AnyKind) -> Run | None:
    """Return the newest run of a kind, None where there was none."""
    newest = select(Run).where(Run.kind == kind.name).order_by(Run.id.desc()).limit(1)
    return session.scalars(newest).first()


def latest_trial(session: Session) -> Run | None:
    """Return the newest trial of the PACS."""
    return latest(session, TRY_PACS)

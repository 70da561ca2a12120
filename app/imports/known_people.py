"""The names a study's films hold, kept as hashes, and its report masked by them."""

import hashlib
from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.archive import Image, Report, Study
from app.db.learning import PseudoLabel
from app.db.privacy import KnownName
from app.imports.masking import Known, masked


def remember(session: Session, study: Study, names: Collection[str], key: bytes) -> None:
    """Keep the hashes of names on a film, and mask them in a report that was there before.

    Args:
        session: an open unit of work.
        study: whose film it is.
        names: as `app.imaging.known_names` makes them.
        key: the installation's.
    """
    new = set(names) - set(_hashes(session, study.id))
    session.add_all(KnownName(study_id=study.id, digest=digest) for digest in sorted(new))
    session.flush()
    if new and study.report:
        mask_again(session, study, Known(new, key))


def mask_again(session: Session, study: Study, known: Known | None) -> bool:
    """Mask every version of the report a study has; return whether that changed the newest.

    Words that a labeler marked in it are forgotten then: they stand at other places now.
    """
    for report in session.scalars(select(Report).where(Report.study_id == study.id)):
        report.text = masked(report.text, known)
        report.digest = digest_of(report.text)
    text = masked(study.report or "", known)
    if text == (study.report or ""):
        return False
    study.report = text
    films = select(Image.id).where(Image.study_id == study.id)
    session.execute(update(PseudoLabel).where(PseudoLabel.image_id.in_(films)).values(words=None))
    session.flush()
    return True


def mask_stored(session: Session, key: bytes) -> int:
    """Mask the reports that an earlier release has stored as they came; return how many changed.

    Args:
        session: an open unit of work.
        key: the installation's.
    """
    studies = session.scalars(select(Study).where(Study.report.is_not(None))).all()
    return sum(
        mask_again(session, study, Known(_hashes(session, study.id), key)) for study in studies
    )


def masked_report(session: Session, study_id: int, text: str, key: bytes) -> str:
    """Return a report's text as it may be stored: this is the door all reports come through.

    Args:
        session: an open unit of work.
        study_id: of the study it speaks of.
        text: as it came.
        key: the installation's.
    """
    return masked(text, Known(_hashes(session, study_id), key))


def digest_of(report: str) -> str:
    """Return the SHA-256 by which a report's text is known again, as hexadecimal digits."""
    return hashlib.sha256(report.encode(errors="replace")).hexdigest()


def _hashes(session: Session, study_id: int) -> Collection[str]:
    return session.scalars(select(KnownName.digest).where(KnownName.study_id == study_id)).all()

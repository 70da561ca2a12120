"""Reports of studies: every version is kept, the newest is read and learned from."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Report, Study
from app.imports import known_people


def put(session: Session, study: Study, text: str, run_id: int | None, key: bytes = b"") -> bool:
    """Give a study a report, masked; one that differs from all before it is the new version.

    A text that is there already, be it the newest or an earlier one, changes nothing: importing an
    old table again must not undo a correction. Nor does the text of a film that was held while a
    later import brought a newer one: it is kept, and is never the one that is read.

    Args:
        session: an open unit of work.
        study: whose report it is.
        text: the report as it came; empty is none.
        run_id: the import that brings it.
        key: the installation's, by which names on films are known.

    Returns:
        Whether it is the one that is read from now on.
    """
    if not text:
        return False
    text = known_people.masked_report(session, study.id, text, key)
    digest = known_people.digest_of(text)
    same = select(Report.id).where(Report.study_id == study.id, Report.digest == digest)
    if session.scalar(same.limit(1)) is not None:
        return False
    of_study = select(func.min(Report.version), func.max(Report.version), func.max(Report.run_id))
    first, last, by = session.execute(of_study.where(Report.study_id == study.id)).one()
    is_newest = by is None or run_id is None or by <= run_id
    version = (last or 0) + 1 if is_newest else min(first, 0) - 1
    session.add(Report(study_id=study.id, version=version, text=text, digest=digest, run_id=run_id))
    if is_newest:
        study.report, study.report_version = text, version
    session.flush()
    return is_newest


def studies_named(
    session: Session, keys: Collection[str], accession: str, sites: Collection[str]
) -> Sequence[Study]:
    """Return the studies a report may belong to: one, where its name is a good one.

    Args:
        session: an open unit of work.
        keys: what the study may be called.
        accession: the pseudonym of the same name, taken for an accession number.
        sites: what the site may be called, empty for any.
    """
    own = (Study.accession == accession) & (Study.accession != "")
    named = select(Study).where(Study.key.in_(keys) | own)
    if sites:
        there = select(Image.study_id).where(Image.site.in_(sites))
        named = named.where(Study.id.in_(there))
    return session.scalars(named.order_by(Study.id)).all()

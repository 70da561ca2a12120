"""Taking an import back: as if it had never been, while nobody has built on it.

It goes in steps of some hundred films, each one transaction, so readers never wait for it and a
kill costs at most one step.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from app import errors, formats
from app.db.archive import Image, PatientIdentity, QuarantinedFile, Report, Study
from app.db.learning import PseudoLabel, Run
from app.db.privacy import HeldFilm
from app.db.reading import Annotation
from app.db.removal import Removal, RemovedImage
from app.removal import rows
from app.runs import rules as runs
from app.runs.kinds import ADAPT, IMPORT, PRETRAIN
from app.texts import _, ngettext

STEP = 200
"""Films removed in one transaction."""


@dataclass(frozen=True)
class Standing:
    """What taking an import back would remove, and what is in its way.

    Attributes:
        images: that it brought.
        held: films of it that were held, whatever became of them.
        put_aside: entries of the quarantine.
        reports: versions of reports that it brought.
        hindrances: why it cannot be taken back, in words; empty where it can.
    """

    images: int
    held: int
    put_aside: int
    reports: int
    hindrances: list[str]


def standing(session: Session, run: Run) -> Standing:
    """Say what taking an import back would do.

    Args:
        session: an open unit of work.
        run: the import.
    """
    return Standing(
        images=_count(session, select(Image.id).where(Image.run_id == run.id)),
        held=_count(session, select(HeldFilm.id).where(HeldFilm.run_id == run.id)),
        put_aside=_count(session, select(QuarantinedFile.id).where(_put_aside(run.id))),
        reports=_count(session, select(Report.id).where(Report.run_id == run.id)),
        hindrances=hindrances(session, run),
    )


def hindrances(session: Session, run: Run) -> list[str]:
    """Return why an import cannot be taken back, in words; empty where it can."""
    found = []
    if run.finished_at is None:
        found.append(_("It has not finished: wait, or cancel it first."))
    else:
        other = select(Run.id).where(Run.kind == IMPORT.name, Run.finished_at.is_(None))
        if (active := session.scalar(other)) is not None:
            found.append(_("Import {number} is running: wait until it has ended.", number=active))
    if read := _count(session, _films(run.id).where(_read())):
        found.append(
            ngettext(
                "{number} of its images has been read.",
                "{number} of its images have been read.",
                read,
                number=formats.count(read),
            )
        )
    if accepted := _count(session, _films(run.id).where(_in_a_lot())):
        found.append(
            ngettext(
                "{number} of its images is in a lot of accepted labels.",
                "{number} of its images are in lots of accepted labels.",
                accepted,
                number=formats.count(accepted),
            )
        )
    if _count(session, _used_reports(run.id)):
        found.append(_("A report from this import has already been read."))
    return found + _trained(session, run)


def _trained(session: Session, run: Run) -> list[str]:
    """What learned from all films there were, without labels, saw these too."""
    if not run.started_at or session.scalar(_films(run.id).limit(1)) is None:
        return []
    without_labels = (PRETRAIN.name, ADAPT.name)
    later = select(Run.id).where(
        Run.kind.in_(without_labels), Run.status == "succeeded", Run.started_at >= run.started_at
    )
    numbers = list(session.scalars(later.order_by(Run.id)))
    named = ", ".join(_("run {number}", number=number) for number in numbers)
    return (
        [_("Its films were used for training without labels: {runs}.", runs=named)]
        if numbers
        else []
    )


def require_possible(session: Session, run_id: int) -> Run:
    """Return an import that can be taken back.

    Raises:
        errors.NotFound: there is no such import.
        errors.Conflict: somebody has built on it; the reasons are named.
    """
    run = runs.find(session, run_id)
    if run.kind != IMPORT.name:
        raise errors.NotFound(
            _("This run is not an import."),
            _("run {number}", number=run_id),
            _("Choose one on the page Imports."),
        )
    if found := hindrances(session, run):
        raise errors.Conflict(
            _("This import cannot be taken back.") + " " + " ".join(found),
            _("import {number}", number=run_id),
            _("Remove single patients, studies or images instead."),
        )
    return run


def count_films(session: Session, run_id: int) -> int:
    """Return how many films an import has in the archive."""
    return _count(session, _films(run_id))


def next_films(session: Session, run_id: int) -> list[int]:
    """Return the next films of an import that nobody has built on, some hundred at most."""
    free = _films(run_id).where(~_read(), ~_in_a_lot())
    return list(session.scalars(free.order_by(Image.id).limit(STEP)))


def still_free(session: Session, image_ids: list[int]) -> list[int]:
    """Return which of some images nobody has built on; they are locked, so nobody will."""
    locked = select(Image.id).where(Image.id.in_(image_ids)).order_by(Image.id).with_for_update()
    session.execute(locked).all()
    free = select(Image.id).where(Image.id.in_(image_ids), ~_read(), ~_in_a_lot())
    return list(session.scalars(free))


def unmark(session: Session, image_ids: Collection[int]) -> None:
    """Take back the note that images are about to be removed: somebody has built on them."""
    noted = delete(RemovedImage).where(RemovedImage.image_id.in_(image_ids))
    session.execute(noted.execution_options(synchronize_session=False))


def forget_the_rest(session: Session, removal: Removal) -> None:
    """Remove what an import left besides images: held films, the quarantine, reports, names.

    Call it when its images are gone; what it told of films and patients that were there before it,
    besides reports, stays.
    """
    run_id = removal.number
    held = select(HeldFilm).where(HeldFilm.run_id == run_id)
    rows.forget_held(session, removal.id, session.scalars(held).all())
    for which in (
        delete(QuarantinedFile).where(_put_aside(run_id)),
        delete(PatientIdentity).where(PatientIdentity.manifest.startswith(f"{run_id}.")),
    ):
        session.execute(which.execution_options(synchronize_session=False))
    removal.kept = _count(session, _films(run_id))


def forget_reports(session: Session, run_id: int) -> bool:
    """Return some studies to the report they had before an import; False where none is left."""
    brought = select(Report).where(Report.run_id == run_id, ~_is_used()).limit(STEP)
    reports = session.scalars(brought).all()
    for report in reports:
        session.delete(report)
    session.flush()
    for study_id in {report.study_id for report in reports}:
        newest = select(Report).where(Report.study_id == study_id, Report.version > 0)
        last = session.scalar(newest.order_by(Report.version.desc()).limit(1))
        study = session.get_one(Study, study_id)
        study.report = last.text if last else None
        study.report_version = last.version if last else 0
    session.flush()
    return bool(reports)


def _films(run_id: int) -> Select[int]:
    return select(Image.id).where(Image.run_id == run_id)


def _put_aside(run_id: int) -> ColumnElement[bool]:
    return QuarantinedFile.run_id == run_id


def _read() -> ColumnElement[bool]:
    return exists().where(Annotation.image_id == Image.id)


def _in_a_lot() -> ColumnElement[bool]:
    return exists().where(PseudoLabel.image_id == Image.id, PseudoLabel.lot_id.is_not(None))


def _is_used() -> ColumnElement[bool]:
    """Whether a label or pseudo-label was made on a version of a report."""
    made = [
        exists().where(
            Image.study_id == Report.study_id,
            table.image_id == Image.id,
            table.report_version == Report.version,
        )
        for table in (Annotation, PseudoLabel)
    ]
    return or_(*made)


def _used_reports(run_id: int) -> Select[int]:
    """Select reports that an import brought for studies of earlier ones, and that were read."""
    earlier = exists().where(
        Image.study_id == Report.study_id, func.coalesce(Image.run_id, 0) != run_id
    )
    return select(Report.id).where(Report.run_id == run_id, earlier, _is_used())


def _count(session: Session, query: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0

"""Removing a patient, a study or images for good, and taking an import back.

Few images go at once, in the request; an import goes in a run. The files of both follow in a run,
see `app.removal.files`. The doors are `app.removal.doing.remove` and `take_back`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.db.archive import Image, Patient, PatientIdentity
from app.db.learning import ModelVersion, PseudoLabel
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.reading import Annotation, WorklistItem
from app.db.removal import Removal, RemovedImage, Withdrawn
from app.db.upsert import insert_into
from app.imports import withdrawn
from app.removal import rows, take_back
from app.texts import _, noop
from app.training.seen_films import learned_from

What = Literal["patient", "study", "image"]
Reason = Literal["consent", "mistake", "other"]
REASONS: dict[Reason, str] = {
    "consent": noop("Consent was withdrawn"),
    "mistake": noop("It should not have been imported"),
    "other": noop("Another reason"),
}
AT_ONCE = 1_000
"""Images that one removal may name: they go in one transaction."""
SHOWN = 200


@dataclass(frozen=True)
class Extent:
    """What a removal would take away.

    Attributes:
        image_ids: all of them: where a film shows both knees, both.
        patients: how many patients they are of.
        studies: how many studies.
        reads: annotations of them.
        pseudo_labels: of them, in all sweeps.
        items: of worklists.
        validation: how many are of the locked validation split.
        versions: model versions that learned from any, with how many; None where unknown.
    """

    image_ids: list[int]
    patients: int
    studies: int
    reads: int
    pseudo_labels: int
    items: int
    validation: int
    versions: dict[ModelVersion, int | None]


def extent(session: Session, what: What, numbers: Collection[int]) -> Extent:
    """Say what a removal would take away.

    Args:
        session: an open unit of work.
        what: a patient, a study, or images.
        numbers: one patient or study; or images, up to `AT_ONCE`.

    Raises:
        errors.NotFound: there is none of them.
        errors.Refused: they are too many.
    """
    images = _images(session, what, numbers)
    ids = [image.id for image in images]

    def count(table: type[Annotation] | type[PseudoLabel] | type[WorklistItem]) -> int:
        return session.scalar(select(func.count()).where(table.image_id.in_(ids))) or 0

    locked = select(func.count()).select_from(Image).join(Patient, Patient.id == Image.patient_id)
    seen = learned_from(session, ids)
    return Extent(
        image_ids=ids,
        patients=len({image.patient_id for image in images}),
        studies=len({image.study_id for image in images}),
        reads=count(Annotation),
        pseudo_labels=count(PseudoLabel),
        items=count(WorklistItem),
        validation=session.scalar(locked.where(Image.id.in_(ids), Patient.split == "validation"))
        or 0,
        versions={session.get_one(ModelVersion, version): n for version, n in seen.items()},
    )


def ask(
    session: Session, what: What, numbers: Collection[int], reason: Reason, by: int | None
) -> Removal:
    """Begin to remove a patient, a study or images: nobody is given them any more.

    The shell commits, then calls `carry_out` in a unit of work of its own; what is not carried out
    for a kill, a `remove` run carries out.

    Args:
        session: an open unit of work.
        what: a patient, a study, or images.
        numbers: one patient or study; or images, up to `AT_ONCE`.
        reason: why.
        by: the admin.

    Raises:
        errors.NotFound: there is none of them.
        errors.Refused: they are too many.
        errors.Conflict: another admin is removing one of them.
    """
    images = _images(session, what, numbers)
    ids = [image.id for image in images]
    removal = _new(session, what, min(numbers), reason, by)
    rows.mark(session, removal.id, ids)
    if set(_marked(session, removal.id)) != set(ids):
        raise _gone(what, removal.number)
    removal.versions = _as_json(learned_from(session, ids))
    rows.take_off_worklists(session, ids)
    return removal


def carry_out(session: Session, removal_id: int, key: bytes) -> None:
    """Remove what `ask` has begun to remove, and remember what must not come back.

    Args:
        session: an open unit of work.
        removal_id: as `ask` returned it.
        key: the installation's.
    """
    found = select(Removal).where(Removal.id == removal_id, Removal.status == "asked")
    removal = session.scalar(found.with_for_update())
    if removal is None:
        return  # somebody else has gone on with it
    mine = Image.id.in_(_marked(session, removal_id))
    images = session.scalars(select(Image).where(mine)).all()
    marks = {mark for image in images for mark in withdrawn.marks_of_image(image, key)}
    if removal.what == "patient":
        marks |= _forget_person(session, removal, removal.number, key)
    _withdraw(session, removal.id, marks)
    gone = rows.remove(session, removal.id, [image.id for image in images])
    removal = session.get_one(Removal, removal_id)
    removal.images, removal.reads, removal.status = gone.images, gone.reads, "removed"
    record(
        session,
        removal.requested_by,
        f"remove {removal.what}",
        f"removal {removal.id}",
        reason=removal.reason,
        images=gone.images,
        reads=gone.reads,
        versions=[one["version"] for one in removal.versions],
    )
    session.flush()


def _marked(session: Session, removal_id: int) -> Sequence[int]:
    marked = select(RemovedImage.image_id).where(RemovedImage.removal_id == removal_id)
    return session.scalars(marked).all()


def ask_to_take_back(session: Session, run_id: int, by: int | None) -> Removal:
    """Begin to take an import back; a `remove` run goes on with it.

    Raises:
        errors.NotFound: there is no such import.
        errors.Conflict: it cannot be taken back any more, or somebody is at it.
    """
    take_back.require_possible(session, run_id)
    removal = _new(session, "import", run_id, "mistake", by)
    record(session, by, "take back import", f"run {run_id}", removal=removal.id)
    return removal


def lift(session: Session, removal_id: int, by: int | None) -> None:
    """Let what was removed be imported again.

    Raises:
        errors.Conflict: it may be imported already.
    """
    gone = delete(Withdrawn).where(Withdrawn.removal_id == removal_id)
    if not session.scalars(gone.returning(Withdrawn.digest)).all():
        raise errors.Conflict(
            _("This can already be imported again."),
            _("removal {number}", number=removal_id),
            _("Reload the page."),
        )
    record(session, by, "allow import again", f"removal {removal_id}")


def listed(session: Session) -> list[tuple[Removal, str, bool]]:
    """Return the newest removals, each with who asked for it and whether it is kept away."""
    kept_away = select(Withdrawn.digest).where(Withdrawn.removal_id == Removal.id).exists()
    found = select(Removal, func.coalesce(User.name, ""), kept_away)
    found = found.outerjoin(User, User.id == Removal.requested_by)
    rows = session.execute(found.order_by(Removal.id.desc()).limit(SHOWN))
    return [(removal, name, kept) for removal, name, kept in rows]


def _new(session: Session, what: str, number: int, reason: str, by: int | None) -> Removal:
    removal = Removal(what=what, number=number, reason=reason, requested_by=by)
    try:
        with session.begin_nested():
            session.add(removal)
    except IntegrityError as error:
        raise _gone(what, number) from error
    return removal


def _images(session: Session, what: What, numbers: Collection[int]) -> Sequence[Image]:
    """Return the images meant; one knee of a film of both brings the other along."""
    assert what in get_args(What)
    columns = {"patient": Image.patient_id, "study": Image.study_id, "image": Image.id}
    meant = columns[what].in_(numbers)
    if what == "image":
        meant = Image.source_digest.in_(select(Image.source_digest).where(meant))
    found = session.scalars(select(Image).where(meant).order_by(Image.id).limit(AT_ONCE + 1)).all()
    if not found:
        raise errors.NotFound(
            _("The archive has nothing with this number."),
            ", ".join(map(str, sorted(numbers)[:5])),
            _("Look for it in the archive; somebody may have removed it."),
        )
    if len(found) > AT_ONCE:
        raise errors.Refused(
            _("At most {number} images can be removed at once.", number=AT_ONCE),
            _("images"),
            _("Choose fewer, or take the whole import back."),
        )
    return found


def _forget_person(session: Session, removal: Removal, patient_id: int, key: bytes) -> set[str]:
    """Return what a patient is known by, and remove the films of theirs that are held."""
    patient = session.get_one(Patient, patient_id)
    mine = select(PatientIdentity).where(PatientIdentity.patient_id == patient_id)
    identities = session.scalars(mine).all()
    named = {(one.number, one.issuer, one.site) for one in identities}
    waiting = session.scalars(select(HeldFilm).where(HeldFilm.state == "held")).all()
    theirs = [film for film in waiting if _claimed_by(film) in named]
    rows.forget_held(session, removal.id, theirs)
    return withdrawn.marks_of_patient(patient, identities, key)


def _claimed_by(film: HeldFilm) -> tuple[str, str, str]:
    claim = (film.arrivals or [{"claim": {}}])[0]["claim"]
    return claim.get("number", ""), claim.get("issuer", ""), claim.get("site", "")


def _withdraw(session: Session, removal_id: int, marks: Collection[str]) -> None:
    dialect = session.get_bind().dialect.name
    found = [{"digest": mark, "removal_id": removal_id} for mark in sorted(marks)]
    kept = insert_into(dialect, Withdrawn)
    again = kept.on_conflict_do_update(
        index_elements=[Withdrawn.digest], set_={"removal_id": removal_id}
    )
    session.execute(again, found)


def _as_json(seen: dict[int, int | None]) -> list[dict[str, int | None]]:
    return [{"version": version, "films": films} for version, films in seen.items()]


def _gone(what: str, number: int) -> errors.Conflict:
    return errors.Conflict(
        _("Somebody else has removed this or is removing it."),
        f"{_(what)} {number}",
        _("Look at the list of removals."),
    )

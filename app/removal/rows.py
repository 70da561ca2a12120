"""Taking images out of every table, whatever names them.

What points to an image, an annotation, a pseudo-label, a study or a patient is found by the foreign
keys of the tables, so a table that is added later is not forgotten.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Patient, Rendition, Study
from app.db.clock import moment
from app.db.learning import PseudoLabel
from app.db.privacy import HeldFilm
from app.db.reading import Annotation, Lease, Skip, WorklistItem
from app.db.removal import DoomedFile, RemovedImage
from app.db.tables import Table
from app.db.upsert import insert_into
from app.imaging.storage import is_digest
from app.pacs import references
from app.removal import lots

ON_WORKLISTS = (Skip, Lease, WorklistItem)


@dataclass(frozen=True)
class Gone:
    """What was removed: images, and the annotations of them."""

    images: int
    reads: int


def take_off_worklists(session: Session, image_ids: Collection[int]) -> None:
    """Let nobody be given some images any more.

    A unit of work of its own, before `remove`: whoever is given an image locks its item first, and
    `remove` locks the image first.
    """
    for table in ON_WORKLISTS:
        _delete(session, table, table.image_id.in_(image_ids))


def remove(session: Session, removal_id: int, image_ids: Sequence[int]) -> Gone:
    """Remove images with all that was said and computed of them; doom their files.

    Studies and patients that have no other image go with them.

    Args:
        session: an open unit of work.
        removal_id: whose doing it is.
        image_ids: some hundred at most.
    """
    found = select(Image).where(Image.id.in_(image_ids)).order_by(Image.id).with_for_update()
    images = session.scalars(found.execution_options(populate_existing=True)).all()
    ids = [image.id for image in images]
    _doom(session, removal_id, images)
    touched = lots.let_go(session, ids, removal_id)
    reads = _forget_reads(session, ids)
    mark(session, removal_id, ids)
    _delete_with_all(session, Image, ids)
    references.forget_unused(session, {image.source_digest for image in images})
    _forget_owners(session, images)
    session.expire_all()
    lots.decide(session, touched)
    return Gone(len(ids), reads)


def mark(session: Session, removal_id: int, image_ids: Collection[int]) -> None:
    """Note of images that they are removed, or about to be; those that are noted already stay."""
    if image_ids:
        found = [{"image_id": image_id, "removal_id": removal_id} for image_id in image_ids]
        noted = insert_into(session.get_bind().dialect.name, RemovedImage).values(found)
        session.execute(noted.on_conflict_do_nothing(index_elements=[RemovedImage.image_id]))


def doom(session: Session, removal_id: int | None, digests: Collection[str | None]) -> None:
    """Have stored files removed, once nothing names them and nobody reads them any more.

    Args:
        session: an open unit of work.
        removal_id: whose doing it is; None where a held film was left out.
        digests: of the files; what is None, or no digest, names no file.
    """
    at = moment(session)
    rows = [
        {"digest": digest, "removal_id": removal_id, "at": at}
        for digest in sorted({digest for digest in digests if digest and is_digest(digest)})
    ]
    if rows:
        doomed = insert_into(session.get_bind().dialect.name, DoomedFile).values(rows)
        session.execute(doomed.on_conflict_do_nothing(index_elements=[DoomedFile.digest]))


def files_of_held(arrivals: Sequence[dict[str, object]] | None) -> set[str]:
    """Return the stored files that a held film has."""
    found = set()
    for arrival in arrivals or ():
        found.add(str(arrival["stored_digest"]))
        renditions = arrival["renditions"]
        assert isinstance(renditions, list)
        found |= {one["digest"] for one in renditions if one["digest"]}
    return found


def forget_held(session: Session, removal_id: int, films: Sequence[HeldFilm]) -> None:
    """Remove held films, released and left out ones too."""
    for film in films:
        doom(session, removal_id, files_of_held(film.arrivals))
    _delete(session, HeldFilm, HeldFilm.id.in_([film.id for film in films]))
    references.forget_unused(session, {film.source_digest for film in films})


def _doom(session: Session, removal_id: int, images: Sequence[Image]) -> None:
    ids = [image.id for image in images]
    renditions = select(Rendition.digest).where(Rendition.image_id.in_(ids))
    attention = select(PseudoLabel.attention_digest).where(PseudoLabel.image_id.in_(ids))
    stored = [image.stored_digest for image in images]
    files = {*stored, *session.scalars(renditions), *session.scalars(attention)}
    doom(session, removal_id, files)
    sources = {image.source_digest for image in images}
    held = session.scalars(select(HeldFilm).where(HeldFilm.source_digest.in_(sources))).all()
    forget_held(session, removal_id, held)


def _forget_reads(session: Session, ids: Collection[int]) -> int:
    """Remove annotations and pseudo-labels, which point to each other."""
    reads = select(Annotation.id, Annotation.withdraws_id).where(Annotation.image_id.in_(ids))
    labels = select(PseudoLabel.id).where(PseudoLabel.image_id.in_(ids))
    found = session.execute(reads).all()
    _delete_with_all(session, PseudoLabel, session.scalars(labels).all())
    _delete_with_all(session, Annotation, [read for read, withdraws in found if withdraws])
    _delete_with_all(session, Annotation, [read for read, _ in found])
    return len(found)


def _forget_owners(session: Session, images: Sequence[Image]) -> None:
    """Remove the studies and patients that have no image any more."""
    studies, patients = ({getattr(i, name) for i in images} for name in ("study_id", "patient_id"))
    # Locked first: an image that somebody adds meanwhile is seen, or finds nobody to belong to.
    for table, ids in ((Patient, patients), (Study, studies)):
        rows = select(table.id).where(table.id.in_(ids)).order_by(table.id).with_for_update()
        session.execute(rows).all()
    empty = session.scalars(select(Study.id).where(Study.id.in_(studies), ~_has(Study))).all()
    _delete_with_all(session, Study, empty)
    lone = select(Patient.id).where(Patient.id.in_(patients), ~_has(Patient))
    left = session.scalars(lone.where(~exists().where(Study.patient_id == Patient.id))).all()
    _delete_with_all(session, Patient, left)


def _has(owner: type[Study] | type[Patient]) -> ColumnElement[bool]:
    mine = Image.study_id if owner is Study else Image.patient_id
    return exists().where(mine == owner.id)


def _delete_with_all(session: Session, table: type[Table], ids: Sequence[int]) -> None:
    """Delete rows with every row of another table that points to one of them."""
    own = table.__table__
    for each in Table.metadata.sorted_tables:
        for key in each.foreign_keys:
            if key.column.table is own and each is not own:
                _delete(session, each, key.parent.in_(ids))
    _delete(session, table, own.c.id.in_(ids))


def _delete(session: Session, table: Any, which: ColumnElement[bool]) -> None:
    session.execute(delete(table).where(which).execution_options(synchronize_session=False))

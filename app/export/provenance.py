"""From each label back to what it rests on: film, reads, labeler, what that learned from, code.

It is written by the command line alone: it names readers and reads of every image.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass
from app.db.batches import Rows, in_batches
from app.db.conditions import stands
from app.db.learning import Lot, ModelVersion, PseudoLabel, Sweep
from app.db.people import User
from app.db.reading import Annotation, Overrule, ReferenceLabel
from app.imaging.storage import Store

Row = dict[str, Any]
Made = Callable[[ModelVersion], str]
"""Tells by which version of the program a model version was made."""
FACTS = "checkpoint.json"
"""What a checkpoint says of itself; its SHA-256 is the version's digest."""
COLUMNS = [
    "image_id",
    "film_digest",
    "stored_digest",
    "label",
    "basis",
    "at",
    "reads",
    "overrules",
    "sweep",
    "lot",
    "labeler",
    "checkpoint_digest",
    "training_digest",
    "code_version",
]


def rows(session: Session, made: Made) -> Iterator[Row]:
    """Return each label with what it rests on: first those that reads give, then accepted ones.

    Args:
        session: an open unit of work that sees one moment; keep it open while reading.
        made: as `made_by` returns it.
    """
    given = (
        select(
            ReferenceLabel.image_id,
            Image.key,
            Image.source_digest,
            Image.stored_digest,
            LabelClass.name,
            ReferenceLabel.basis,
            ReferenceLabel.at,
        )
        .join(Image, Image.id == ReferenceLabel.image_id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
    )
    for batch in in_batches(session, given, ReferenceLabel.image_id):
        yield from _given(session, batch)
    accepted = (
        select(
            PseudoLabel.id,
            Image.key,
            Image.source_digest,
            Image.stored_digest,
            LabelClass.name,
            PseudoLabel.sweep_id,
            PseudoLabel.lot_id,
            Lot.decided_at,
            Sweep.labeler_id,
        )
        .join(Image, Image.id == PseudoLabel.image_id)
        .join(LabelClass, LabelClass.id == PseudoLabel.class_id)
        .join(Sweep, Sweep.id == PseudoLabel.sweep_id)
        .join(Lot, Lot.id == PseudoLabel.lot_id)
        .where(PseudoLabel.status == "accepted", Lot.status == "released")
    )
    versions = {each.id: each for each in session.scalars(select(ModelVersion))}
    code = {number: made(each) for number, each in versions.items() if each.role == "labeler"}
    for row in chain.from_iterable(in_batches(session, accepted, PseudoLabel.id)):
        _id, key, film, stored, label, sweep, lot, at, labeler = row
        yield _row(key, film, stored, label, "accepted", at) | {
            "sweep": sweep,
            "lot": lot,
            "labeler": labeler,
            "checkpoint_digest": versions[labeler].digest,
            "training_digest": versions[labeler].training_digest,
            "code_version": code[labeler],
        }


def made_by(store: Store, home: Path) -> Made:
    """Return what reads the program's version from a model version's checkpoint.

    Args:
        store: where checkpoints are, if not in the home folder.
        home: the home folder.
    """

    def made(version: ModelVersion) -> str:
        try:
            facts = json.loads((store.fetch_folder(home, version.folder) / FACTS).read_text())
        except FileNotFoundError:
            return ""
        return str(facts.get("code_version", ""))

    return made


def _given(session: Session, batch: Rows) -> Iterator[Row]:
    first, last = batch[0][0], batch[-1][0]
    reads, overrules = _reads(session, first, last), _overrules(session, first, last)
    for image_id, key, film, stored, label, basis, at in batch:
        yield _row(key, film, stored, label, basis, at) | {
            "reads": reads[image_id],
            "overrules": overrules[image_id],
        }


def _row(key: str, film: str, stored: str, label: str, basis: str, at: Any) -> Row:
    said = {"image_id": key, "film_digest": film, "stored_digest": stored, "label": label}
    return dict.fromkeys(COLUMNS) | said | {"basis": basis, "at": at and at.isoformat()}


def _reads(session: Session, first: int, last: int) -> dict[int, list[Row]]:
    """Return the reads that stand of images from one to another, in their order."""
    query = (
        select(Annotation, User.name, LabelClass.name)
        .join(User, User.id == Annotation.reader_id)
        .outerjoin(LabelClass, LabelClass.id == Annotation.class_id)
        .where(Annotation.image_id.between(first, last), stands(Annotation))
        .order_by(Annotation.id)
    )
    found = defaultdict[int, list[Row]](list)
    for read, reader, label in session.execute(query):
        found[read.image_id].append(
            {
                "read": read.id,
                "reader": reader,
                "worklist": read.worklist,
                "label": label,
                "at": read.at.isoformat(),
                "report_version": read.report_version,
                "guideline_version": read.guideline_version,
            }
        )
    return found


def _overrules(session: Session, first: int, last: int) -> dict[int, list[Row]]:
    """Return what admins said against labels of images from one to another, in its order."""
    query = (
        select(Overrule.image_id, Overrule.id, User.name, LabelClass.name, Overrule.at)
        .join(User, User.id == Overrule.by_id)
        .outerjoin(LabelClass, LabelClass.id == Overrule.class_id)
        .where(Overrule.image_id.between(first, last))
        .order_by(Overrule.id)
    )
    found = defaultdict[int, list[Row]](list)
    for image_id, number, admin, label, at in session.execute(query):
        found[image_id].append(
            {"overrule": number, "admin": admin, "label": label, "at": at.isoformat()}
        )
    return found

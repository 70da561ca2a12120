"""What each step of the round does not know yet: it was done with what was there then.

A step compares what it used with what is there now. Reads count as seen where they were made before
the run began that used them.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app import formats
from app.db.archive import Image, Patient
from app.db.conditions import excluded
from app.db.learning import Evaluation, Lot, ModelVersion, Run, Sweep, TrainedOn
from app.db.reading import ReferenceLabel
from app.sweeps import latest_sweep_id
from app.texts import _, ngettext
from app.training.rules import labelled_for_labeler

LEARNED_FROM = Patient.split == "development"
JUDGED_ON = Patient.split == "validation"


def labeler(session: Session, version: ModelVersion) -> str:
    """Say what a labeler has not seen; nothing where it knows all that was read."""
    newer = _reads_since(session, _began(session, version.run_id), labelled_for_labeler())
    return _not_seen(version, newer) if newer else ""


def sweep(session: Session, done: Sweep) -> str:
    """Say which labeler or films came after a sweep; nothing where none did."""
    newest = session.scalar(select(func.max(ModelVersion.id)).where(ModelVersion.role == "labeler"))
    if newest is not None and newest > done.labeler_id:
        return _(
            "Version {old} of the labeler made it, and version {new} is newer: sweep again.",
            old=done.labeler_id,
            new=newest,
        )
    labelled = exists().where(ReferenceLabel.image_id == Image.id)
    later = select(func.count()).select_from(Image).join(Patient, Patient.id == Image.patient_id)
    came_since = Image.imported_at > _began(session, done.run_id)
    later = later.where(LEARNED_FROM, came_since, ~labelled, ~excluded(Image.id))
    number = session.scalar(later) or 0
    if not number:
        return ""
    return ngettext(
        "{number} image was imported since and has no label: sweep again.",
        "{number} images were imported since and have no label: sweep again.",
        number,
        number=formats.count(number),
    )


def classifier(session: Session, final: ModelVersion) -> str:
    """Say what the newest classifier has not seen, or learned wrongly."""
    failed = select(func.count()).select_from(TrainedOn).join(Lot, Lot.id == TrainedOn.lot_id)
    if session.scalar(failed.where(TrainedOn.model_id == final.id, Lot.status == "failed")):
        return _(
            "Version {number} learned from a lot that failed its audit: train again.",
            number=final.id,
        )
    began, swept = _began(session, final.run_id), latest_sweep_id(session)
    if swept is not None and _began(session, session.get_one(Sweep, swept).run_id) > began:
        return _(
            "Version {number} has not seen the labels of sweep {sweep}: train again.",
            number=final.id,
            sweep=swept,
        )
    newer = _reads_since(session, began, LEARNED_FROM)
    return _not_seen(final, newer) if newer else ""


def evaluation(session: Session, newest: Evaluation) -> str:
    """Say which classifier, or which reads of validation films, an evaluation does not know."""
    final = session.scalar(select(func.max(ModelVersion.id)).where(ModelVersion.role == "final"))
    if final is not None and final > newest.final_id:
        return _(
            "It judges version {old}; version {new} is newer: evaluate again.",
            old=newest.final_id,
            new=final,
        )
    newer = _reads_since(session, _began(session, newest.run_id), JUDGED_ON)
    if not newer:
        return ""
    return ngettext(
        "{number} validation film was read since: evaluate again.",
        "{number} validation films were read since: evaluate again.",
        newer,
        number=formats.count(newer),
    )


def _not_seen(version: ModelVersion, newer: int) -> str:
    return ngettext(
        "Version {version} has not seen {number} newer read: train again.",
        "Version {version} has not seen {number} newer reads: train again.",
        newer,
        version=version.id,
        number=formats.count(newer),
    )


def _began(session: Session, run_id: int) -> datetime:
    """Return when a run began; of rows that do not say, when it was asked for."""
    run = session.get_one(Run, run_id)
    return run.started_at or run.created_at


def _reads_since(session: Session, moment: datetime, which: ColumnElement[bool]) -> int:
    """Count the images whose label is newer than a moment."""
    newer = select(func.count()).select_from(ReferenceLabel)
    newer = newer.join(Image, Image.id == ReferenceLabel.image_id)
    newer = newer.join(Patient, Patient.id == Image.patient_id)
    return session.scalar(newer.where(ReferenceLabel.at > moment, which)) or 0

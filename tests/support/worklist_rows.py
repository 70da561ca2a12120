"""Rows a reading test starts from: readers, classes, an archive, worklists and a sweep."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.db.archive import Image, LabelClass, Patient, Rendition, Study
from app.db.learning import ModelVersion, PseudoLabel, Run, Sweep
from app.db.people import User
from app.db.reading import WorklistItem
from app.db.tables import Table
from app.worklists import leases, queues
from app.worklists.filters import EVERYTHING, Filter
from app.worklists.queues import WorklistName

Row = TypeVar("Row", bound=Table)
CLASSES = ("normal", "abnormal", "arthroplasty")


def add_readers(session: Session, count: int, role: str = "reader") -> list[int]:
    """Add readers who have no password; return their ids."""
    readers = [User(name=f"{role} {number}", role=role) for number in range(count)]
    session.add_all(readers)
    session.flush()
    return [reader.id for reader in readers]


def add_classes(session: Session) -> list[int]:
    """Add the default label set; return the classes' ids in the order of their number keys."""
    classes = [LabelClass(name=name, position=n) for n, name in enumerate(CLASSES, 1)]
    session.add_all(classes)
    session.flush()
    return [each.id for each in classes]


def add_images(
    session: Session, count: int, per_patient: int = 1, split: str = "development", name: str = "p"
) -> list[int]:
    """Add patients with one study each and `per_patient` images in it; return the images' ids."""
    names = [f"{name}{number}" for number in range(0, count, per_patient)]
    # Each kind of row is sent at once: one by one takes most of the time of a test with thousands.
    patients = _added(session, [Patient(key=each, split=split) for each in names])
    studies = _added(
        session,
        [
            Study(patient_id=patient.id, key=patient.key, report="Joint space kept.")
            for patient in patients
        ],
    )
    images = _added(
        session,
        [_image(study, f"{study.key}-{n}") for study in studies for n in range(per_patient)],
    )
    _added(session, [made(image) for image in images for made in (_rendition, _model_rendition)])
    keys = select(Image.id).where(Image.key.startswith(name)).order_by(Image.id)
    return list(session.scalars(keys))


def list_images(session: Session, worklist: str, image_ids: Sequence[int]) -> None:
    """Put images on a worklist in this order."""
    rows = [
        {"worklist": worklist, "image_id": image_id, "position": position}
        for position, image_id in enumerate(image_ids, 1)
    ]
    session.execute(insert(WorklistItem), rows)


def add_sweep(session: Session, image_ids: Sequence[int], selected: bool = True) -> list[int]:
    """Add a sweep in which all images need review in this order; return the pseudo-labels' ids."""
    number = len(session.scalars(select(Sweep.id)).all())
    runs = [Run(kind=kind, status="succeeded") for kind in ("train_labeler", "sweep")]
    session.add_all(runs)
    session.flush()
    labeler = ModelVersion(
        role="labeler",
        method="image",
        run_id=runs[0].id,
        folder=f"checkpoints/{number}",
        digest="0" * 64,
        recipe={},
        training_digest="0" * 64,
    )
    session.add(labeler)
    session.flush()
    sweep = Sweep(run_id=runs[1].id, labeler_id=labeler.id, tolerated_error=0.05, selected=selected)
    session.add(sweep)
    session.flush()
    runs[0].result = {"model_version": labeler.id, "role": "labeler", "metrics": {}}
    runs[1].result = {"sweep": sweep.id, "labeler": labeler.id, "tolerated_error": 0.05}
    runs[1].result |= {"level": 0.05, "calibration_reads": 0, "calibration_wrong": 0}
    runs[1].result |= {"accepted": 0, "needs_review": len(image_ids)}
    class_id = session.scalars(select(LabelClass.id).order_by(LabelClass.position)).all()[1]
    pseudo_labels = [
        PseudoLabel(
            sweep_id=sweep.id,
            image_id=image_id,
            class_id=class_id,
            probabilities=[0.3, 0.6, 0.1],
            confidence=0.6,
            status="needs_review",
            review_order=order,
        )
        for order, image_id in enumerate(image_ids, 1)
    ]
    session.add_all(pseudo_labels)
    session.flush()
    return [each.id for each in pseudo_labels]


def peek(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    now: datetime,
    count: int = 2,
    wanted: Filter = EVERYTHING,
) -> list[int]:
    """Return the images a reader would be given after the present one, without leasing them."""
    image_id, turn = next(iter(leases.held(session, reader_id, worklist)), (0, 0))
    asked = {"reader_id": reader_id, "now": now, "image_id": image_id, "turn": turn}
    found = session.scalars(queues.ahead(worklist, 100, wanted.asked), asked | wanted.values)
    return list(dict.fromkeys(found))[:count]


def count_wanted(session: Session, worklist: WorklistName, wanted: Filter) -> int:
    """Count what a filter lets through, by the statement the desk counts with."""
    asked = {"reader_id": 1} | wanted.values
    return session.scalar(queues.counted(worklist, 1000, wanted.asked), asked)


def _added(session: Session, rows: list[Row]) -> list[Row]:
    """Add rows, which then have their ids, in this order."""
    session.add_all(rows)
    session.flush()
    return rows


def _image(study: Study, key: str) -> Image:
    return Image(
        study_id=study.id,
        patient_id=study.patient_id,
        key=key,
        source_digest=f"source {key}",
        stored_digest=f"viewer {key}",
        width=64,
        height=80,
    )


def _rendition(image: Image) -> Rendition:
    return Rendition(
        image_id=image.id,
        kind="viewer",
        digest=f"viewer {image.key}",
        width=64,
        height=80,
        bits=12,
        window_centre=2048,
        window_width=4096,
    )


def _model_rendition(image: Image) -> Rendition:
    return Rendition(
        image_id=image.id,
        kind="model",
        digest=hashlib.sha256(image.key.encode()).hexdigest(),
        width=64,
        height=80,
        bits=8,
        window_centre=127.5,
        window_width=255,
    )

"""Validation images that somebody has read, and classifiers that were judged on them."""

from collections.abc import Sequence

import numpy as np
from evaluation.samples import CLASSES, PSEUDO_LABELS
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.worklist_rows import add_classes, add_images, list_images

from app.db.archive import Image, LabelClass, Patient
from app.db.clock import moment
from app.db.learning import Evaluation, ModelVersion, Run
from app.db.reading import Annotation, WorklistItem
from app.evaluation.figures import build_report
from app.evaluation.predictions import predictions_csv
from app.imaging.storage import Store
from app.labels.annotations import add_annotation


def read_validation(session: Session, labels: Sequence[int], reader: int) -> list[int]:
    """Add validation images, two a patient, that one reader has read; return their ids.

    Args:
        labels: the place of each image's class.
    """
    if not session.scalar(select(LabelClass.id)):
        add_classes(session)
    classes = session.scalars(select(LabelClass.id).order_by(LabelClass.position)).all()
    images = add_images(session, len(labels), 2, "validation", "v")
    list_images(session, "validation", images)
    for image, label in zip(images, labels, strict=True):
        say(session, image, reader, classes[label])
    return images


def say(session: Session, image: int, reader: int, class_id: int, turn: int = 1) -> None:
    """Let a reader read an image on the validation worklist."""
    session.execute(
        update(WorklistItem)
        .where(WorklistItem.image_id == image, WorklistItem.turn == turn)
        .values(done=True)
    )
    said = Annotation(
        image_id=image,
        reader_id=reader,
        worklist="validation",
        turn=turn,
        class_id=class_id,
        idempotency_key=f"{image} {turn}",
        at=moment(session),
    )
    add_annotation(session, said)


def add_classifiers(session: Session) -> dict[str, ModelVersion]:
    """Register a baseline and a final classifier of one training."""
    run = Run(kind="train_classifier", status="succeeded")
    session.add(run)
    session.flush()
    more = {"method": "image", "run_id": run.id, "recipe": {"network": "resnet18"}}
    made = {
        role: ModelVersion(
            role=role,
            folder=f"checkpoints/{run.id}-{role}",
            digest=f"{role} {run.id}",
            training_digest=role,
            metrics={"films": 100 * run.id, "waiting": 20, "weights": "none"},
            **more,
        )
        for role in ("baseline", "final")
    }
    session.add_all(made.values())
    session.flush()
    return made


def judge(
    session: Session,
    store: Store,
    images: Sequence[int],
    labels: Sequence[int],
    said: dict[str, np.ndarray],
) -> Evaluation:
    """Store an evaluation of two new classifiers that said this of the images.

    Args:
        images: n ids.
        labels: (n,) places of their classes.
        said: `baseline` and `final`, (n, 3) probabilities.
    """
    versions = add_classifiers(session)
    rows = session.execute(
        select(Image.key, Patient.key)
        .join(Patient, Patient.id == Image.patient_id)
        .where(Image.id.in_(images))
        .order_by(Image.id)
    ).all()
    patients = np.unique([patient for _, patient in rows], return_inverse=True)[1]
    labels = np.asarray(labels)
    report = build_report(CLASSES, labels, patients, said, PSEUDO_LABELS, {"sweep": 1.0}, {})
    table = predictions_csv(
        [image for image, _ in rows],
        [patient for _, patient in rows],
        [CLASSES[label] for label in labels],
        CLASSES,
        said,
    )
    run = Run(kind="evaluate", status="succeeded")
    session.add(run)
    session.flush()
    evaluation = Evaluation(
        run_id=run.id,
        baseline_id=versions["baseline"].id,
        final_id=versions["final"].id,
        report=report.as_json(),
        predictions_digest=store.put(table),
    )
    session.add(evaluation)
    session.flush()
    return evaluation

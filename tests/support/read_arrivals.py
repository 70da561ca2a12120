"""Films that were read on arrival into the latest sweep, and audited, as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.arrivals import ArrivalRead
from app.db.learning import ModelVersion, PseudoLabel, Run
from app.db.reading import ReferenceLabel
from app.sweeps import latest_sweep_id

SURE = [0.05, 0.9, 0.05]


def add_classifier(session: Session) -> int:
    """Return the promoted classifier, added where there is none."""
    finals = select(ModelVersion.id).where(ModelVersion.role == "final")
    if (known := session.scalar(finals)) is not None:
        return known
    run = Run(kind="train_classifier", status="succeeded")
    session.add(run)
    session.flush()
    about = {"role": "final", "method": "image", "run_id": run.id, "folder": "f", "recipe": {}}
    about |= {"digest": "0" * 64, "training_digest": "0" * 64}
    version = ModelVersion(**about)
    session.add(version)
    session.flush()
    return version.id


def read_on_arrival(
    session: Session,
    images: Sequence[int],
    at: datetime,
    *,
    wrong: int = 0,
    audited: bool = True,
    unsure: bool = False,
    said: Sequence[float] = SURE,
) -> None:
    """Add what both models said of images, all the same; so many of those audited were wrong.

    Args:
        images: on the pseudo-labels of the latest sweep already are none of them.
        at: when they were read.
        wrong: the first of them, other than the labeler said.
        audited: whether they were drawn and read.
        unsure: whether the acceptance rule would not have accepted them.
        said: the probabilities.
    """
    classifier, sweep = add_classifier(session), latest_sweep_id(session)
    run = Run(kind="read_arrivals", status="succeeded", finished_at=at)
    session.add(run)
    session.flush()
    labels = [
        PseudoLabel(
            sweep_id=sweep,
            image_id=image,
            class_id=2,
            probabilities=list(said),
            confidence=max(said),
            arrived=True,
            in_audit=audited,
            status=("corrected" if place < wrong else "approved") if audited else "predicted",
        )
        for place, image in enumerate(images)
    ]
    session.add_all(labels)
    session.flush()
    about = {"run_id": run.id, "classifier_id": classifier, "class_id": 2, "at": at}
    about |= {"differs": False, "unsure": unsure, "drawn": audited, "probabilities": list(said)}
    session.add_all(
        ArrivalRead(pseudo_label_id=label.id, image_id=label.image_id, **about) for label in labels
    )
    if audited:
        session.add_all(
            ReferenceLabel(image_id=image, class_id=1 if place < wrong else 2, basis="single_read")
            for place, image in enumerate(images)
        )
    session.flush()

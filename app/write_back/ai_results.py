"""What models had said of an image before people decided on it, and what became of that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.arrivals import ArrivalRead
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.labels.classes import of_all
from app.write_back.ranges import Between, Named

Role = Literal["labeler", "classifier"]
Assessment = Literal["accepted", "rejected", "supplemented"]


@dataclass(frozen=True)
class AiResult:
    """What a model said of an image.

    Attributes:
        role: what the model is there for.
        label: the most probable class.
        probabilities: calibrated, of each class in its order.
        sweep_id: which sweep this belongs to.
        model_id: the model version.
        method: what it reads, see `ModelVersion`.
        digest: SHA-256 of its checkpoint.
        training_digest: of what it learned from.
    """

    role: Role
    label: Named
    probabilities: tuple[tuple[Named, float], ...]
    sweep_id: int
    model_id: int
    method: str
    digest: str
    training_digest: str

    def assessment(self, label: Named, findings: Sequence[Named]) -> Assessment:
        """Return what becomes of the result where people have given a label.

        The words are those of IHE's AI Result Assessment (AIRAI). It is rejected where the image
        has another class, and supplemented where it has the same and readers found more.

        Args:
            label: what people said.
            findings: what they found besides.
        """
        if self.label[0] != label[0]:
            return "rejected"
        return "supplemented" if findings else "accepted"


Results = dict[int, list[AiResult]]
OF_MODEL = ModelVersion.id, ModelVersion.method, ModelVersion.digest, ModelVersion.training_digest
"""As an `AiResult` names them, in its order."""


def ai_results(session: Session, within: Between, classes: Sequence[Named]) -> Results:
    """Return what models said of some images on which somebody has decided since.

    Args:
        session: an open unit of work.
        within: the images.
        classes: all there are, in their order.

    Returns:
        By image the latest result of the labeler, and that of the classifier where it read the
        image on arrival, in this order.
    """
    labelers = _by_image(_of_labeler(session, within), "labeler", classes)
    classifiers = _by_image(_of_classifier(session, within), "classifier", classes)
    found: Results = {}
    for results in (labelers, classifiers):
        for image, result in results.items():
            found.setdefault(image, []).append(result)
    return found


def _by_image(
    rows: Iterable[Sequence[Any]], role: Role, classes: Sequence[Named]
) -> dict[int, AiResult]:
    names = dict(classes)
    return {
        image: AiResult(
            role,
            (class_id, names[class_id]),
            tuple(zip(classes, of_all(likely, len(classes)), strict=True)),
            *of_model,
        )
        for image, class_id, likely, *of_model in rows
    }


def _of_labeler(session: Session, within: Between) -> Iterable[Sequence[Any]]:
    return session.execute(
        select(
            PseudoLabel.image_id,
            PseudoLabel.class_id,
            PseudoLabel.probabilities,
            PseudoLabel.sweep_id,
            *OF_MODEL,
        )
        .join(Sweep, Sweep.id == PseudoLabel.sweep_id)
        .join(ModelVersion, ModelVersion.id == Sweep.labeler_id)
        .where(within.holds(PseudoLabel.image_id), PseudoLabel.annotation_id.is_not(None))
        .order_by(PseudoLabel.sweep_id)
    )


def _of_classifier(session: Session, within: Between) -> Iterable[Sequence[Any]]:
    return session.execute(
        select(
            ArrivalRead.image_id,
            ArrivalRead.class_id,
            ArrivalRead.probabilities,
            PseudoLabel.sweep_id,
            *OF_MODEL,
        )
        .join(PseudoLabel, PseudoLabel.id == ArrivalRead.pseudo_label_id)
        .join(ModelVersion, ModelVersion.id == ArrivalRead.classifier_id)
        .where(within.holds(ArrivalRead.image_id), PseudoLabel.annotation_id.is_not(None))
        .order_by(ArrivalRead.id)
    )

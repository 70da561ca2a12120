"""What a model answers, for all classes of the project: also for those it does not know."""

import dataclasses
from collections.abc import Sequence

from app.db.archive import LabelClass
from models.known_classes import spread
from models.labeler import Labeler
from models.pooling import Prediction


def for_all_classes(
    prediction: Prediction, labeler: Labeler, classes: Sequence[LabelClass]
) -> Prediction:
    """Return a prediction whose probabilities, (n, k), are of the project's classes in order.

    Args:
        prediction: the labeler's.
        labeler: whose classes are among the project's; of the others none is ever probable.
        classes: the project's, k of them.
    """
    names = [each.name for each in classes]
    probabilities = spread(prediction.probabilities, labeler.classes, names)
    return dataclasses.replace(prediction, probabilities=probabilities)


def known_to(labeler: Labeler, classes: Sequence[LabelClass]) -> list[LabelClass]:
    """Return the classes a labeler knows, in the order it has them."""
    rows = {each.name: each for each in classes}
    return [rows[name] for name in labeler.classes]

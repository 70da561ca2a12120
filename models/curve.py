"""How the loss falls while a network learns: few numbers, however long the training."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

POINTS = 60
"""Of a curve at most: an epoch each, or several in a long training."""
FACT = "curve"
"""What a training's state keeps it as."""


class Curve:
    """The mean training loss of each stretch of a training.

    Args:
        sums: of the losses of each stretch.
        steps: of each stretch.
    """

    def __init__(self, sums: list[float] | None = None, steps: list[int] | None = None) -> None:
        self._sums, self._steps = sums or [], steps or []

    def add(self, step: int, stretch: int, loss: float) -> None:
        """Take one step's loss in.

        Args:
            step: from 0.
            stretch: steps of each point, see `stretch_of`.
            loss: the mean over its batch.
        """
        place = step // stretch
        if place > len(self._sums):
            return  # begun by an earlier release, which kept no curve
        if place == len(self._sums):
            self._sums.append(0.0)
            self._steps.append(0)
        self._sums[place] += loss
        self._steps[place] += 1

    def written(self) -> str:
        """Return it as a training's state keeps it."""
        return json.dumps([self._sums, self._steps])

    @classmethod
    def read(cls, text: str) -> "Curve":
        """Return the curve that was written; an empty one where an earlier release kept none."""
        return cls(*json.loads(text)) if text else cls()

    def points(self, epoch: float) -> dict[str, list[float]]:
        """Return the curve as figures.

        Args:
            epoch: steps in which every film is shown once.

        Returns:
            `epochs`, where each stretch ends, and `loss`, its mean.
        """
        ends = [sum(self._steps[: place + 1]) / epoch for place in range(len(self._steps))]
        means = [total / steps for total, steps in zip(self._sums, self._steps, strict=True)]
        return {
            "epochs": [round(end, 3) for end in ends],
            "loss": [round(mean, 5) for mean in means],
        }


def stretch_of(films: int, batch: int, steps: int) -> int:
    """Return how many steps make a point: an epoch, or more where there would be too many points.

    Args:
        films: learned from.
        batch: films of a step.
        steps: of the whole training.
    """
    return max(round(films / min(batch, films)), -(-steps // POINTS), 1)


def curve_in(state: Path, films: int, batch: int) -> dict[str, Any]:
    """Return the curve of a training that has ended, as `Curve.points`.

    Args:
        state: the file its last step has left.
        films: learned from.
        batch: films of a step.
    """
    try:
        with safe_open(state, "pt") as file:
            written = (file.metadata() or {}).get(FACT, "")
    except (OSError, SafetensorError):
        written = ""
    return Curve.read(written).points(films / min(batch, films))

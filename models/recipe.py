"""Every choice that makes a training what it is, in one value that goes to and from JSON."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Self

from models.errors import TrainingError

SMALLEST_SIZE = 32
"""In pixels: every network offered halves a film five times."""


@dataclass(frozen=True)
class Recipe:
    """How networks are trained; two equal recipes on equal data give equal weights.

    Attributes:
        network: a name `models.images.networks` knows.
        size: side of the square the film is fitted into, in pixels.
        weights: ImageNet weights to start from: "" (none), "download", or a .safetensors file.
        members: networks averaged in a classifier; an image labeler averages its folds'.
        folds: patient-grouped folds of the labeler's out-of-fold calibration.
        presentations: films shown in one training, repeats counted.
        least_epochs: times each film is shown at least, however many films there are.
        most_epochs: times each film is shown at most, however few films there are.
        batch_size: films in one step.
        learning_rate: the largest, reached after warm-up (AdamW).
        weight_decay: decoupled (AdamW).
        warm_up: part of the steps in which the learning rate rises.
        ema_decay: of the moving average of the weights, which is the network kept.
        label_smoothing: share of each target spread over all classes.
        class_balance: 0 weighs films equally, 1 weighs classes equally.
        flip: chance of a left-right mirror image, 0 to 0.5.
        rotation: largest, in degrees, either way.
        scale: largest relative change of size, either way.
        translation: largest shift, as a share of the side, either way.
        contrast: largest relative change of contrast, either way.
        gamma: largest change of log2 of the exponent of the grey scale, either way.
        inversion: chance that black and white are exchanged.
        erasing: chance that a rectangle is blanked out.
        mixup: parameter of the Beta distribution two films are mixed by; 0 for none.
        test_time_flip: average the prediction with the mirror image's.
        bf16: compute in bfloat16 where the device supports it.
        text_regularisation: scikit-learn's C of the text labeler's logistic regression; 0 chooses
            it by the log loss of the films held out.
        text_encoder: a Hugging Face encoder by hub name or folder; "" reads by TF-IDF.
        text_epochs: times each report is shown to fine-tune the encoder; 0 leaves it as it is.
        text_learning_rate: the largest, of that fine-tuning.
        text_batch_size: reports in one step of it.
        text_presentations: reports shown to adapt the encoder to an archive, repeats counted.
        text_tokens: of a report, at most, that the encoder reads.
        checkpoint_steps: steps between two checkpoints.
        seed: of every random choice.
    """

    network: str = "resnet18_quarter"
    size: int = 128
    weights: str = ""
    members: int = 1
    folds: int = 4
    presentations: int = 216_000
    least_epochs: int = 12
    most_epochs: int = 90
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.1
    ema_decay: float = 0.99
    label_smoothing: float = 0.0
    class_balance: float = 0.5
    flip: float = 0.5
    rotation: float = 10.0
    scale: float = 0.1
    translation: float = 0.05
    contrast: float = 0.2
    gamma: float = 0.4
    inversion: float = 0.1
    erasing: float = 0.0
    mixup: float = 0.0
    test_time_flip: bool = True
    bf16: bool = True
    text_regularisation: float = 0.0
    text_encoder: str = ""
    text_epochs: int = 0
    text_learning_rate: float = 5e-5
    text_batch_size: int = 32
    text_presentations: int = 20_000
    text_tokens: int = 256
    checkpoint_steps: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a size the networks shrink to nothing: oneDNN's bfloat16 then returns noise."""
        if self.size < SMALLEST_SIZE:
            raise TrainingError(
                f"Films of {self.size} pixels are too small to learn from.",
                "recipe",
                f"Use a size of at least {SMALLEST_SIZE}.",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the choices as values JSON can hold."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Read a recipe; a key left out keeps its default.

        Args:
            values: as `to_json` returns them.

        Returns:
            The recipe.

        Raises:
            TrainingError: for a key that is no choice of a recipe, or a value of another type.
        """
        known = {field.name: type(field.default) for field in dataclasses.fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise TrainingError(
                    f"A recipe has no choice called `{name}`.",
                    "recipe",
                    f"Use: {', '.join(sorted(known))}.",
                )
            whole_as_float = known[name] is float and type(value) is int
            if type(value) is not known[name] and not whole_as_float:
                raise TrainingError(
                    f"`{name}` must be of type {known[name].__name__}, not {json.dumps(value)}.",
                    "recipe",
                    "Correct the value.",
                )
        whole: dict[str, Any] = {
            name: float(v) if known[name] is float else v for name, v in values.items()
        }
        return cls(**whole)

    @classmethod
    def of_checkpoint(cls, values: dict[str, Any]) -> Self:
        """Read the recipe of a checkpoint, which another release may have written.

        A choice that release had and this one has not was one of training, which is over.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        return cls.from_json({name: value for name, value in values.items() if name in known})


CPU = Recipe()
GPU = Recipe(
    network="resnet18",
    size=224,
    batch_size=64,
    learning_rate=1e-3,
    text_epochs=4,
    text_presentations=100_000,
    checkpoint_steps=500,
)

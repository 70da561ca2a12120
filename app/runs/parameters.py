"""What a person can choose when starting a run of each kind, checked before the run exists."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import errors
from app.db.tables import Id
from app.names import named
from app.settings import Settings
from app.texts import _


class _Parameters(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rng: int = Field(0, ge=0, lt=2**32, description="Seed of every random choice in the run.")


class Pretrain(_Parameters):
    """Learn from the archive's films without labels; trainings that follow start from it."""


class Adapt(_Parameters):
    """Adapt the text encoder to the archive's reports; labelers that follow read by it."""


class DrawSeed(_Parameters):
    """Choose seed patients by how their films look."""

    patients: int = Field(300, ge=1, le=10_000_000, description="Patients the seed set grows by.")
    choice: Literal["typical", "farthest", "nearest"] = Field(
        "typical",
        description="Typical of every kind; farthest from all films that were read; or nearest to "
        "one. Only of the first are some kept for calibration.",
    )
    image_id: Id | None = Field(None, description="That film, of a development patient.")


class TrainLabeler(_Parameters):
    """Train the model that labels for people."""

    method: Literal["text", "image", "language_model", "fused"] = Field(
        "text",
        description="What it reads: the report, the image, the report by asking a language model,"
        " or all there is.",
    )


class Sweep(_Parameters):
    """Apply the newest labeler to all unlabelled development images."""

    tolerated_error: float = Field(
        0.05, gt=0, le=0.5, description="Share of wrong labels tolerated among accepted ones."
    )


class TrainClassifier(_Parameters):
    """Train the classifier twice: on manual labels, and on manual and pseudo-labels."""


class Evaluate(_Parameters):
    """Compare both classifiers on the locked validation split."""


class Export(_Parameters):
    """Write a classifier as one file for other programs."""

    version_id: Id | None = Field(None, description="The version; none: the one in use.")
    format: Literal["onnx", "safetensors"] = Field("onnx", description="How to write it.")


KINDS: dict[str, type[_Parameters]] = {
    "pretrain": Pretrain,
    "adapt": Adapt,
    "draw_seed": DrawSeed,
    "train_labeler": TrainLabeler,
    "sweep": Sweep,
    "train_classifier": TrainClassifier,
    "evaluate": Evaluate,
    "export": Export,
}
"""The kinds a person starts by a button. An import is started where its files are chosen."""


def parse(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return a run's parameters, checked and with defaults filled in.

    Args:
        kind: one of `KINDS`.
        values: what the person chose.

    Raises:
        errors.Refused: there is no such kind, or a value is unknown or out of range.
    """
    if kind not in KINDS:
        raise errors.Refused(
            _("A run of this kind cannot be started here."),
            "kind",
            _(
                "Choose one of {names}; an import is started on the page Imports.",
                names=", ".join(KINDS),
            ),
        )
    try:
        return KINDS[kind].model_validate(values).model_dump()
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise errors.Refused(
            _(
                "The run cannot be started with this {name}.",
                name=named(where),
            ),
            where,
            f"{first['msg']}.",
        ) from error


def require_language_model(values: dict[str, Any], settings: Settings) -> None:
    """Refuse a run that is to ask a language model where none is set.

    Args:
        values: as `parse` returns them.
        settings: of this process, which asks nobody itself.

    Raises:
        errors.Refused: none is set.
    """
    if values.get("method") == "language_model" and not settings.asks_language_model:
        raise errors.Refused(
            _("No language model is set, so no labeler can ask one."),
            named("method"),
            _("Set CONDYLE_LLM_URL and CONDYLE_LLM_MODEL, and start web and worker again."),
        )

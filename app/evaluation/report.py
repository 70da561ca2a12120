"""The evaluation report: everything `evaluation.json` holds, and how it is read and written."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from app.acceptance.lots import PseudoLabelCounts
from app.statistics.calibration import ReliabilityBin
from app.statistics.roc import OperatingPoint, Share

MODELS: tuple[Literal["baseline"], Literal["final"]] = ("baseline", "final")


class _Part(BaseModel):
    """A part of the report; a field that earlier releases do not have needs a default."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Figure(_Part):
    """A figure with its 95 % interval."""

    value: float | None
    """None where the figure does not exist."""
    ci: tuple[float, float] | None


class ClassFigure(Figure):
    """A figure of one class against the rest."""

    reason: str | None = None
    """Why there is no value; absent where there is one."""


class Difference(_Part):
    """The final classifier's WAUC less the baseline's, in the same bootstrap samples."""

    value: float | None
    ci: tuple[float, float] | None
    p: float | None


class Comparison(_Part):
    """DeLong's test of one class: the final classifier's AUC against the baseline's."""

    z: float | None
    p: float | None
    """Images count as independent."""
    p_patients: float | None
    """Patients count as independent."""
    reason: str | None = None
    """Why there is no test; absent where there is one."""


class ClassCount(_Part):
    """How many validation images have a class as their reference label."""

    images: int
    patients: int


class AtThreshold(_Part):
    """Sensitivity and specificity at a threshold of one class's probability."""

    threshold: float
    sensitivity: Share
    specificity: Share


class OperatingPoints(_Part):
    """What a classifier does for each class when it must choose."""

    most_probable: dict[str, OperatingPoint]
    """Where the most probable class decides."""
    stated_sensitivity: dict[str, AtThreshold | None]
    """At the highest threshold that reaches 90 % sensitivity; None without images of the class."""


class ModelFigures(_Part):
    """The figures of one classifier."""

    auc: dict[str, ClassFigure]
    """Of each class against the rest."""
    wauc: Figure
    accuracy: Share
    kappa: Figure | None
    """With the reference labels."""
    confusion: list[list[int]]
    """Rows: reference label; columns: most probable class."""
    operating_points: OperatingPoints
    roc: dict[str, list[tuple[float, float]]]
    """Points (1 - specificity, sensitivity); none where a class has no AUC."""
    reliability: list[ReliabilityBin]
    ece: float
    brier: float


class Bootstrap(_Part):
    """The samples of patients behind the intervals of WAUC."""

    replicates: int
    rng: int
    """The seed of the random numbers."""


class Judgement(_Part):
    """Two classifiers judged on the same images of the locked validation split.

    Where any two are compared, the first stands for the baseline and the second for the final.
    """

    classes: list[str]
    n_validation: int
    """Images with a reference label."""
    n_patients: int
    class_counts: dict[str, ClassCount]
    baseline: ModelFigures
    final: ModelFigures
    delong: dict[str, Comparison]
    wauc_difference: Difference
    bootstrap: Bootstrap

    @property
    def models(self) -> dict[str, ModelFigures]:
        """The figures of both classifiers by role, the baseline first."""
        return {"baseline": self.baseline, "final": self.final}


class EvaluationReport(Judgement):
    """The judgement, and how the two classifiers came about.

    docs/evaluation.md has a row for each field, with its formula and source.
    """

    pseudo_labels: PseudoLabelCounts
    seconds: dict[str, float]
    """Wall time by kind of run."""
    recipe: dict[str, JsonValue]
    """Of the final classifier."""
    generated: bool
    """Whether the knees are drawn by a program."""
    notes: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return `evaluation.json`: a reason is there only where a figure is not."""
        return self.model_dump(mode="json", exclude_unset=True)

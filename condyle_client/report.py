"""The report of an evaluation, as `evaluation.json` has it. An interval is one of 95 %."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Interval = tuple[float, float]


@dataclass(frozen=True)
class Figure:
    """A figure; no value where it does not exist."""

    value: float | None
    ci: Interval | None


@dataclass(frozen=True)
class ClassFigure:
    """A figure of one class against the rest, or the reason why there is none."""

    value: float | None
    ci: Interval | None
    reason: str | None = None


@dataclass(frozen=True)
class Difference:
    """The final classifier's figure less the baseline's."""

    value: float | None
    ci: Interval | None
    p: float | None


@dataclass(frozen=True)
class Comparison:
    """DeLong's test of one class, or the reason why there is none."""

    z: float | None
    p: float | None
    p_patients: float | None
    reason: str | None = None


@dataclass(frozen=True)
class ClassCount:
    """How many validation images have a class as their reference label."""

    images: int
    patients: int


@dataclass(frozen=True)
class Share:
    """A proportion and the images it is of."""

    value: float | None
    ci: Interval | None
    n: int


@dataclass(frozen=True)
class OperatingPoint:
    """Sensitivity and specificity for one class."""

    sensitivity: Share
    specificity: Share


@dataclass(frozen=True)
class AtThreshold:
    """The same at a threshold of the class's probability."""

    threshold: float
    sensitivity: Share
    specificity: Share


@dataclass(frozen=True)
class OperatingPoints:
    """What a classifier does for each class when it must choose."""

    most_probable: Mapping[str, OperatingPoint]
    stated_sensitivity: Mapping[str, AtThreshold | None]


@dataclass(frozen=True)
class ReliabilityBin:
    """Images whose largest probability lies in one interval."""

    lower: float
    upper: float
    n: int
    confidence: float
    accuracy: float
    ci: Interval


@dataclass(frozen=True)
class ModelFigures:
    """The figures of one classifier."""

    auc: Mapping[str, ClassFigure]
    wauc: Figure
    accuracy: Share
    kappa: Figure | None
    confusion: list[list[int]]
    """Rows: reference label; columns: most probable class."""
    operating_points: OperatingPoints
    roc: Mapping[str, list[tuple[float, float]]]
    reliability: list[ReliabilityBin]
    ece: float
    brier: float


@dataclass(frozen=True)
class Bootstrap:
    """The samples of patients behind the intervals of WAUC."""

    replicates: int
    rng: int


@dataclass(frozen=True)
class AcceptedError:
    """The error among a sweep's accepted labels."""

    value: float
    ci: Interval
    n: int
    source: Literal["given", "audit"]


@dataclass(frozen=True)
class WholeSet:
    """How far all labels together are from what is promised of them."""

    images: int
    read: int
    tolerated_error: float
    allowed: int
    reviews: int | None
    up_to: float | None
    auditing: bool


@dataclass(frozen=True)
class Lot:
    """One lot and how far its audit is."""

    lot: int
    class_name: str
    status: str
    size: int
    sample_size: int
    read: int
    allowed_errors: int
    errors: int
    upper_bound: float | None
    sites: list[str] | None = None


@dataclass(frozen=True)
class PseudoLabelCounts:
    """What became of the sweep's pseudo-labels."""

    accepted: int
    needs_review: int
    reviewed: int
    accepted_error: AcceptedError | None
    error_bound: float | None = None
    whole_set: WholeSet | None = None
    lots: list[Lot] = field(default_factory=list)


@dataclass(frozen=True)
class EvaluationReport:
    """Two classifiers compared on the locked validation split, and how they came about."""

    classes: list[str]
    n_validation: int
    n_patients: int
    class_counts: Mapping[str, ClassCount]
    baseline: ModelFigures
    final: ModelFigures
    delong: Mapping[str, Comparison]
    wauc_difference: Difference
    bootstrap: Bootstrap
    pseudo_labels: PseudoLabelCounts
    seconds: Mapping[str, float]
    recipe: Mapping[str, Any]
    generated: bool
    notes: list[str]

"""What Condyle is sent: bodies and queries of its operations, each as the OpenAPI has it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict


class NewUpload(TypedDict):
    """How much will be sent."""

    size: int
    files: int


class FileName(TypedDict):
    """A file's name within its upload."""

    name: str


class ImportChoices(TypedDict, total=False):
    """What can be chosen of an import; what is left out has its default."""

    rng: int
    validation_patients: int | None
    columns: Sequence[str]
    report_columns: Sequence[str]
    keep_columns: Sequence[str]
    pseudonyms: bool
    find_text: bool


class NewImport(ImportChoices):
    """What to import, and how."""

    upload: str
    reports: NotRequired[str]


class NewRun(TypedDict):
    """A run to start."""

    kind: str
    parameters: Mapping[str, Any]


class FilmToClassify(TypedDict, total=False):
    """What is said beside a film that is to be classified."""

    laterality: Literal["L", "R", "B"]


class SeedDraw(TypedDict):
    """Seed patients to draw."""

    patients: int
    rng: int


class WorklistFilter(TypedDict, total=False):
    """What a reader wants to see of a worklist."""

    site: str
    view: str
    class_id: int
    least: float
    most: float
    why: Literal["conflict", "unlike", "not_read", "unsure", "failed_audit", "near_copy", "arrived"]


class Read(TypedDict):
    """What is said of an image; `class_id` None says that it can carry no label, for a `reason`."""

    worklist: Literal["seed", "validation", "audit", "adjudication"]
    class_id: int | None
    reason: str | None
    note: str
    findings: Sequence[int]
    whole_study: bool
    milliseconds: int | None
    idempotency_key: str


class Skip(TypedDict):
    """The image to pass over."""

    image_id: int


class Undo(TypedDict):
    """An undo of the last decision."""

    idempotency_key: str


class Decision(TypedDict):
    """What is decided of a pseudo-label."""

    decision: Literal["approve", "correct", "reject"]
    class_id: int | None
    milliseconds: int | None
    idempotency_key: str


class BlindRead(TypedDict):
    """What is said of an image before its pseudo-label is seen."""

    class_id: int | None
    milliseconds: int | None
    idempotency_key: str


class ImageSearch(TypedDict, total=False):
    """Which images are wanted; a facet takes several values, one of which an image must have."""

    q: str
    sort: Literal["newest", "oldest", "unsure", "sure", "disagreement"]
    label: Sequence[str]
    basis: Sequence[str]
    predicted: Sequence[str]
    status: Sequence[str]
    against: Sequence[str]
    conflict: Sequence[str]
    confidence: Sequence[str]
    waits: Sequence[str]
    excluded: Sequence[str]
    split: Sequence[str]
    site: Sequence[str]
    view: Sequence[str]
    side: Sequence[str]
    vendor: Sequence[str]
    imported: Sequence[str]


class ImagePage(ImageSearch):
    """The same, and where its page begins."""

    limit: int
    score: NotRequired[float]
    after: NotRequired[int]


class TableForm(TypedDict):
    """How a table is written."""

    format: Literal["json"]


class Promotion(TypedDict):
    """Why a model version is promoted."""

    reason: str

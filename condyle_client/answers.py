"""What Condyle answers, as frozen records. Each field is one of the OpenAPI, by its name there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Worklist = Literal["seed", "validation", "audit", "adjudication", "review"]


@dataclass(frozen=True)
class Upload:
    """A place to put files."""

    upload: str


@dataclass(frozen=True)
class Stored:
    """A file that arrived, and its bytes."""

    size: int


@dataclass(frozen=True)
class Started:
    """The run of an import."""

    run_id: int


@dataclass(frozen=True)
class Run:
    """A run as it stands; what `parameters` and `result` hold depends on its kind."""

    id: int
    kind: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    done: int
    total: int
    message: str
    cancel_requested: bool
    attempts: int
    parameters: Mapping[str, Any]
    failure: Mapping[str, str] | None
    result: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    waits_for: str = ""
    """That no worker takes what it waits for, in words."""


@dataclass(frozen=True)
class Class:
    """A class of the label set."""

    id: int
    name: str
    key: int
    description: str = ""
    colour: int = 1
    retired: bool = False


@dataclass(frozen=True)
class DrawnSeed:
    """How many images came onto the seed worklist."""

    images: int


@dataclass(frozen=True)
class Film:
    """An image as a viewer needs it."""

    image_id: int
    pixels: str
    ready: bool
    width: int
    height: int
    bits: int
    window_centre: float
    window_width: float
    spacing_mm: float | None
    spacing_plane: str
    laterality: str
    view: str
    view_name: str


@dataclass(frozen=True)
class Piece:
    """A part of a report, and how the labeler read it."""

    text: str
    reading: Literal["", "denied", "left_open", "left_out"]
    strong: bool


@dataclass(frozen=True)
class Suggestion:
    """A pseudo-label in review; where it is `blind`, a blind read comes first."""

    id: int
    blind: bool
    class_id: int | None
    probabilities: Mapping[int, float]
    reasons: list[str]
    report: list[Piece]
    report_class_id: int | None
    attention: str | None


@dataclass(frozen=True)
class Opinion:
    """What one of the independent readers said, for an adjudicator."""

    class_id: int | None
    reason: str | None
    note: str | None
    findings: list[str]
    measurements: list[str]


@dataclass(frozen=True)
class Item:
    """The image in the reader's hands."""

    film: Film
    position: int
    others: list[Film]
    suggestion: Suggestion | None
    opinions: list[Opinion]


@dataclass(frozen=True)
class Desk:
    """What is to be read next; `item` is None where nothing is left for this reader."""

    worklist: Worklist
    item: Item | None
    leased_until: datetime | None
    upcoming: list[Film]
    remaining: int
    uncounted: bool
    read_today: int
    seconds_per_image: float | None
    elsewhere: Mapping[str, int]
    for_others: bool
    filtered: bool
    without_filter: int | None


@dataclass(frozen=True)
class Progress:
    """Where a worklist and its reader stand; None while a large worklist is being counted."""

    total: int | None
    left: int | None
    today: int
    week: int


@dataclass(frozen=True)
class ArchiveImage:
    """One image of the archive. What was said of one that is read blind is left out."""

    image_id: int
    image_key: str
    patient_key: str
    study_key: str
    accession: str
    side: str
    view: str
    site: str
    vendor: str
    split: str
    imported_at: datetime
    thumbnail: str | None
    width: int
    height: int
    waits: str | None
    blind: bool
    label: str | None
    basis: str | None
    given_by: list[str]
    predicted: str | None
    confidence: float | None
    scores: Mapping[str, float]
    status: str | None
    conflict: bool
    differs: bool
    excluded: str | None


@dataclass(frozen=True)
class Next:
    """Where the next page of images begins."""

    score: float
    after: int


@dataclass(frozen=True)
class Images:
    """A page of images; `found` is None while a large archive is read for the first time."""

    images: list[ArchiveImage]
    next: Next | None
    found: int | None
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Label:
    """What the reads of an image amount to: a row of the table `labels`."""

    image_id: str
    study_id: str
    patient_id: str
    split: str
    site: str
    laterality: str
    region: Any
    """Where the knee is on a film of both; None on a film of one."""
    label: str
    basis: str
    earlier_report: bool
    readers: int
    findings: list[str]
    at: datetime


@dataclass(frozen=True)
class Box:
    """A part of a film, in its pixels: the first column and row, and those after the last."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class ClassifiedKnee:
    """What the classifier says of one knee; `unlike` is None where it cannot be told."""

    laterality: str
    region: Box | None
    predicted: str
    probabilities: Mapping[str, float]
    blank: bool
    unlike: bool | None
    p_value: float | None
    heat_map: str | None
    """A PNG, in base64."""


@dataclass(frozen=True)
class Classified:
    """What the promoted classifier says of a film: of one knee, or of both."""

    model: int
    digest: str
    knees: list[ClassifiedKnee]


@dataclass(frozen=True)
class ModelVersion:
    """A registered checkpoint."""

    id: int
    role: str
    method: str
    run_id: int
    digest: str
    training_digest: str
    recipe: Mapping[str, Any]
    metrics: Mapping[str, Any]
    doubtful: str
    promoted_at: datetime | None
    created_at: datetime

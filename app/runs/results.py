"""What each kind of run says at its end.

Rows keep it as JSON. A row that an earlier release wrote is read like any other: what is not known
any more is passed over, and what it lacks has its default. So a figure that comes later has a
default, and one that every release has written needs none.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Result(BaseModel):
    """What a run says at its end: figures, and the ids of what it has made."""

    model_config = ConfigDict(frozen=True)

    def stored(self) -> dict[str, Any]:
        """Return it as a row keeps it: what there was none of is left out."""
        return self.model_dump(mode="json", exclude_defaults=True)


class ImportResult(Result):
    """Every file found is counted once; `held` films are among the imported."""

    imported: int
    already_there: int
    quarantined: int
    patients: int = Field(description="In the archive now.")
    studies: int = Field(description="In the archive now.")
    held: int = 0
    nameless_studies: int = Field(0, description="That came without a patient who is known.")
    not_listed: int = Field(0, description="Files beside a manifest that does not list them.")
    reports: int = 0
    reports_new: int = 0
    reports_unmatched: int = 0


class CropResult(Result):
    """What was made."""

    images: int


class RemoveResult(Result):
    """What is gone."""

    images: int
    files: int
    files_waiting: int = Field(0, description="That other runs may still read: a later run.")


class TrialStep(BaseModel):
    """What one step of a trial has shown; `app.pulling.wording` has the words."""

    model_config = ConfigDict(frozen=True)

    step: str
    verdict: str
    values: dict[str, int | str] = {}


class TryPacsResult(Result):
    """What the PACS can do, in the order of the steps."""

    steps: list[TrialStep] = []


class PullResult(Result):
    """What was listed, and what became of it; `GET /api/v1/pull` says why."""

    count_only: bool = False
    studies: int = Field(0, description="That the PACS lists and that may be what was asked for.")
    at_most: bool = Field(
        False, description="Some filter was not honoured, so not every study counted fits."
    )
    studies_left_out: int = Field(0, description="Of these: two patients, not there, failed.")
    received: int = Field(0, description="Films that wait for their import now.")
    put_aside: int = Field(0, description="Films: another one has the same UID.")
    already_here: int = Field(0, description="Films that were not fetched again.")
    skipped: int = Field(0, description="Objects that are not what was asked for.")
    refused: int = Field(0, description="Films that did not come, or were not what was asked for.")
    lists_cut: int = Field(0, description="Periods in which there may be more than was listed.")


class PretrainResult(Result):
    """Weights that trainings start from."""

    films: int = Field(description="That were learned from.")
    network: str
    weights: str = Field(description="SHA-256 of the weights in the store.")


class AdaptResult(Result):
    """An encoder that labelers read by."""

    reports: int = Field(description="That were learned from.")
    guessed_before: float = Field(description="Share of hidden words, in reports kept apart.")
    guessed_after: float
    encoder: str = Field(description="What was adapted, as the setting named it.")
    folder: str = Field(description="Of the checkpoint, relative to the home folder.")
    digest: str


class DrawSeedResult(Result):
    """Whom the seed set grew by."""

    training_patients: int
    calibration_patients: int
    images: int
    weights: str = Field("", description="Of the network that compared the films.")


class TrainedModel(Result):
    """A model version that a run has registered."""

    model_version: int
    role: Literal["labeler", "baseline", "final"]
    metrics: dict[str, Any]


class SweepResult(Result):
    """What the acceptance rule used and found; `Sweep.selection` keeps the same."""

    sweep: int
    labeler: int
    tolerated_error: float
    level: float
    threshold: float | None = None
    calibration_reads: int
    calibration_wrong: int
    accepted: int
    needs_review: int
    audit_reads: int = 0
    rng: int = Field(0, description="Seed of the audit draw.")
    in_words: str = ""
    near_copies: int | None = None
    error_bound: float | None = None
    unlike: dict[str, int] | None = None
    not_read: int | None = None
    whole_set: dict[str, int | float] | None = None
    language_model_answered: int | None = None
    language_model_unusable: int | None = None
    language_model_unreached: int | None = None


class ReadArrivalsResult(Result):
    """What the promoted models said of the films that had arrived, as `ArrivalRead` has it."""

    sweep: int
    labeler: int
    classifier: int
    read: int
    needs_review: int
    differs: int = Field(0, description="Labeler and classifier name different classes.")
    conflicting: int = Field(0, description="Report and image point to different classes.")
    unsure: int = Field(0, description="The sweep's rule would not accept the confidence.")
    held_back: int = Field(0, description="Unlike the calibration reads.")
    drawn: int = Field(0, description="For the audit; read blind, not in review.")
    without_report: int = Field(0, description="Not read: the labeler reads reports alone.")


class TrainClassifierResult(Result):
    """Two classifiers that differ in their labels alone."""

    sweep: int
    baseline: TrainedModel
    final: TrainedModel


class EvaluateResult(Result):
    """The report that was kept."""

    evaluation: int
    wauc_difference: float | None = Field(None, description="Final minus baseline.")


class ExportResult(Result):
    """The file that was written."""

    model_version: int
    file: str = Field(description="SHA-256 of the file in the store.")
    name: str
    megabytes: float

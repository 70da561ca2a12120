"""What each kind of run is asked to do.

Rows keep it as JSON. A row that an earlier release wrote is read like any other: what is not known
any more is passed over, and what it lacks has its default. So a parameter that comes later has a
default. A new run is asked for through `app.runs.asking.parse`, which passes nothing over.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.db.tables import Id
from app.runs.asking import Asked
from app.texts import noop

LabelerMethod = Literal["text", "image", "language_model", "fused"]
SeedChoice = Literal["typical", "farthest", "nearest"]
ModelFormat = Literal["onnx", "safetensors"]

SELDOM = Asked(seldom=True)
GIVEN = Asked(given=True)


class Parameters(BaseModel):
    """What a run is to do."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})


class Seeded(Parameters):
    """A run that draws."""

    rng: Annotated[int, SELDOM] = Field(
        0,
        ge=0,
        lt=2**32,
        title=noop("Random seed"),
        description=noop("The same seed on the same films gives the same result."),
    )


class ImportParameters(Seeded):
    """What is imported, and how."""

    paths: Annotated[list[str], GIVEN] = Field(
        [], title=noop("Files"), description=noop("Files, folders and zips on the worker's disk.")
    )
    manifest: Annotated[str | None, GIVEN] = Field(
        None, title=noop("Manifest"), description=noop("CSV that names files and patients.")
    )
    reports: Annotated[str | None, GIVEN] = Field(
        None, title=noop("Reports"), description=noop("CSV with study_id and report.")
    )
    validation_patients: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        title=noop("Patients to lock away for validation"),
        description=noop(
            "New patients to draw into the validation split. Default: a share of them."
        ),
    )
    columns: list[Annotated[str, Field(max_length=250)]] = Field(
        [],
        max_length=20,
        title=noop("Columns of the manifest that have other names"),
        description=noop(
            "Such as patient_id=Pat. No. for each; nothing behind the sign: it is not read. None: "
            "as the last time a table with the same headers was imported."
        ),
    )
    report_columns: list[Annotated[str, Field(max_length=250)]] = Field(
        [],
        max_length=20,
        title=noop("Columns of the reports that have other names"),
        description=noop("Such as report=Findings for each, like those of the manifest."),
    )
    keep_columns: list[Annotated[str, Field(max_length=200)]] = Field(
        [],
        max_length=200,
        title=noop("Other columns of the manifest to keep"),
        description=noop("Column names separated by commas. All other columns are left out."),
    )
    pseudonyms: bool = Field(
        False,
        title=noop("Replace the manifest's IDs with pseudonyms"),
        description=noop("For IDs that identify a person."),
    )
    find_text: bool = Field(
        False,
        title=noop("Look for text on the films"),
        description=noop(
            "Films that show more text than side markers are held until somebody has checked them."
        ),
    )
    labeler: Annotated[LabelerMethod | None, GIVEN] = Field(
        None,
        title=noop("Labeler that follows"),
        description=noop("What it will read, if a round follows."),
    )
    seed_patients: Annotated[int | None, GIVEN] = Field(
        None,
        ge=1,
        le=10_000_000,
        title=noop("Seed patients of the round"),
        description=noop("How many will be drawn at random, if any."),
    )


class CropParameters(Parameters):
    """Nothing is asked of it: it makes every model rendition that is missing."""


class RemoveParameters(Parameters):
    """Nothing is asked of it: it removes what admins have asked to be removed."""


class TryPacsParameters(Parameters):
    """Nothing is asked of it: it tries the PACS that is set."""


class PretrainParameters(Seeded):
    """Seed of the draw and of the training."""


class AdaptParameters(Seeded):
    """Seed of the draw and of the training."""


class DrawSeedParameters(Seeded):
    """Whom the seed set grows by."""

    patients: int = Field(
        300,
        ge=1,
        le=10_000_000,
        title=noop("Patients"),
        description=noop("Number of patients to add to the seed set."),
    )
    choice: Annotated[
        SeedChoice,
        Asked(
            choices={
                "typical": noop("typical of every kind of film"),
                "farthest": noop("unlike all films read so far"),
                "nearest": noop("similar to one film"),
            }
        ),
    ] = Field(
        "typical",
        title=noop("Patients whose films are"),
        description=noop("Only typical patients include some that are kept for calibration."),
    )
    image_id: Id | None = Field(
        None,
        title=noop("Number of the image"),
        description=noop("The film to compare with; its patient must be in the development split."),
    )


class TrainLabelerParameters(Seeded):
    """What the labeler reads. Images are what every archive has, so they are the default."""

    method: Annotated[
        LabelerMethod,
        Asked(
            choices={
                "text": noop("the report"),
                "image": noop("the image"),
                "language_model": noop("the report, by the language model"),
                "fused": noop("everything there is: report and image"),
            }
        ),
    ] = Field(
        "image",
        title=noop("Input"),
        description=noop(
            "Where a language model is set, a labeler that reads everything asks it too."
        ),
    )


class SweepParameters(Parameters):
    """Which labeler labels, and what may be accepted of it."""

    tolerated_error: Annotated[float, Asked(percent=True)] = Field(
        0.05,
        gt=0,
        le=0.5,
        title=noop("Tolerated error among accepted labels"),
        description=noop("Share of wrong labels that you tolerate among those nobody reads."),
    )
    labeler_id: Annotated[Id | None, SELDOM] = Field(
        None,
        title=noop("Version of the labeler"),
        description=noop("Default: the one in use."),
    )


class ReadArrivalsParameters(Seeded):
    """Which arrived films are read, and how many of them are audited; the app fills it in."""

    sweep_id: Annotated[Id | None, GIVEN] = Field(
        None, title=noop("Sweep"), description=noop("The latest sweep, which they join.")
    )
    first_import: Annotated[Id | None, GIVEN] = Field(
        None, title=noop("First import"), description=noop("Of those whose films are read.")
    )
    last_import: Annotated[Id | None, GIVEN] = Field(
        None, title=noop("Last import"), description=noop("Of those whose films are read.")
    )
    audit_share: Annotated[float, Asked(given=True, percent=True)] = Field(
        0.05,
        ge=0,
        le=1,
        title=noop("Share drawn for an audit"),
        description=noop("Each film is drawn by itself, by the random seed."),
    )


class TrainClassifierParameters(Seeded):
    """Seed of both trainings."""


class EvaluateParameters(Parameters):
    """Which two are compared."""

    baseline_id: Annotated[Id | None, SELDOM] = Field(
        None,
        title=noop("Version of the baseline"),
        description=noop("Default: the baseline that was trained with the final."),
    )
    final_id: Annotated[Id | None, SELDOM] = Field(
        None, title=noop("Version of the final"), description=noop("Default: the newest.")
    )


class ExportParameters(Parameters):
    """Which classifier, and how it is written."""

    version_id: Id | None = Field(
        None, title=noop("Version"), description=noop("Default: the one in use.")
    )
    format: Annotated[
        ModelFormat,
        Asked(choices={"onnx": noop("ONNX"), "safetensors": noop("checkpoint")}),
    ] = Field(
        "onnx",
        title=noop("Format"),
        description=noop("ONNX for any program that reads it, or the checkpoint in a zip."),
    )

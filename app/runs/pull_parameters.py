"""What a pull from the PACS is asked to do; see `app.runs.parameters`."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from app.runs.asking import Asked
from app.runs.parameters import Parameters
from app.texts import noop


def _day(value: object) -> object:
    """Return a day that is written as JSON writes it; whatever else is refused after this."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


Day = Annotated[date, BeforeValidator(_day)]
Modality = Annotated[str, Field(pattern="^[A-Z]{2,16}$")]
CODES = noop(
    "Enter one to eight of DICOM's codes in capital letters, separated by commas: CR, DX, RF, XA "
    "or OT."
)


class PullParameters(Parameters):
    """Which films are fetched from the PACS, and at which pace."""

    modalities: Annotated[list[Modality], Asked(form=CODES)] = Field(
        ["CR", "DX"],
        min_length=1,
        max_length=8,
        title=noop("Modalities"),
        description=noop("As DICOM writes them, separated by commas: CR, DX, RF, XA, OT."),
    )
    body_part: str = Field(
        "",
        max_length=64,
        title=noop("Body part"),
        description=noop("Part of a film's Body Part Examined, such as KNEE. Empty: any."),
    )
    description: str = Field(
        "",
        max_length=64,
        title=noop("Description"),
        description=noop("Part of the study's description, in any case. Empty: any."),
    )
    since: Day | None = Field(
        None,
        title=noop("First day"),
        description=noop("Of the study, as YYYY-MM-DD. Default: 1990-01-01."),
    )
    until: Day | None = Field(
        None,
        title=noop("Last day"),
        description=noop("Of the study, as YYYY-MM-DD. Default: today."),
    )
    requests_per_second: int = Field(
        5,
        ge=1,
        le=100,
        title=noop("Requests a second"),
        description=noop("That the PACS is asked at most."),
    )
    at_once: int = Field(
        4,
        ge=1,
        le=16,
        title=noop("Studies at once"),
        description=noop("That are fetched side by side."),
    )
    count_only: bool = Field(
        False,
        title=noop("Only count"),
        description=noop("The studies that fit are listed, and nothing is fetched."),
    )

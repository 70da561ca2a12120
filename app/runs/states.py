"""A run as JSON, typed by its kind: what is asked for, and how it stands."""

from datetime import datetime
from typing import Any, Generic, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.db.learning import Run
from app.runs.declaring import P, R
from app.runs.kinds import KINDS, AnyKind, find


def _one_of_each_kind(schema: dict[str, Any]) -> None:
    """Say which parameters go with which kind; `app.runs.asking` looks at them."""
    startable = [kind for kind in KINDS.values() if kind.starts_alone]
    schema.clear()
    schema["oneOf"] = [_wanted(kind) for kind in startable]


def _wanted(kind: AnyKind) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": kind.chosen_schema(),
        "additionalProperties": False,
    }
    return {
        "title": kind.title,
        "description": kind.purpose,
        "type": "object",
        "properties": {"kind": {"const": kind.name}, "parameters": parameters},
        "required": ["kind"],
    }


class WantedRun(BaseModel):
    """A run to start."""

    model_config = ConfigDict(json_schema_extra=_one_of_each_kind)

    kind: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class StartForm(BaseModel):
    """A form that starts a run; its other fields are the parameters."""

    model_config = ConfigDict(extra="allow")

    kind: str
    csrf_token: str = ""


class PartsState(BaseModel):
    """The parts of a run together, while they are under way."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    ended: int
    failed: int
    running: int
    rate: float | None = Field(description="Films or files a second, of all parts together.")
    seconds_left: float | None


class RunState(BaseModel, Generic[P, R]):
    """A run as it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: str
    status: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    done: int
    total: int
    message: str
    cancel_requested: bool
    attempts: int
    parameters: P
    failure: dict[str, str] | None
    result: R | None = Field(description="Once it has succeeded.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    parts: PartsState | None = None
    waits_for: str = Field("", description="That no worker takes what it waits for, in words.")


def _state_model(kind: AnyKind) -> type[RunState[Any, Any]]:
    name = "".join(part.title() for part in kind.name.split("_")) + "Run"
    base = RunState[kind.parameters, kind.result]  # type: ignore[name-defined]
    of_kind: Any = Literal[kind.name]
    return create_model(name, __base__=base, __doc__=kind.purpose, kind=of_kind)


STATES = {kind.name: _state_model(kind) for kind in KINDS.values()}
AnyRun: Any = Union[tuple(STATES.values())]  # noqa: UP007


def state_of(run: Run) -> RunState[Any, Any]:
    """Return a run as it stands.

    Raises:
        errors.Refused: it is of a kind that this release does not know.
    """
    kind = find(run.kind)
    shown = Run.__table__.columns.keys() & RunState.model_fields.keys()
    columns = {name: getattr(run, name) for name in shown}
    columns["parameters"] = kind.parameters_of(run)
    columns["result"] = kind.result_of(run) if run.status == "succeeded" else None
    return STATES[kind.name](**columns)

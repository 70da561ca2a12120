"""The page Monitor, and the same for programs: what the models in use are watched by."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from app import figures as counted
from app import scopes
from app.acceptance import stops
from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, Figures, Store, render
from app.evaluation.charts import polyline, reliability
from app.figures import Counted
from app.imaging import storage
from app.monitor import charts, stopping, words
from app.monitor.figures import MonitorFigures, figures

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["monitor"])


class Stop(BaseModel):
    """That acceptance is stopped: no lot is released until an admin lets it go on."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    labeler_id: int
    since: datetime = Field(
        description="The audited films that speak against it arrived from then."
    )
    audited: int = Field(description="Patients, one film of each.")
    wrong: int
    tolerated_error: float
    at_least: float = Field(description="Lower limit of the error, however often one looks.")


class Monitor(BaseModel):
    """What the models in use are watched by.

    `figures` is null while a large archive is counted for the first time: ask again.
    """

    stop: Stop | None
    counted_at: datetime | None = Field(description="Null where that was just now, or never.")
    figures: MonitorFigures | None


class GoOn(BaseModel):
    """Why acceptance goes on."""

    model_config = ConfigDict(extra="forbid")

    reason: str


@pages.get("/monitor")
def monitor_page(
    request: Request, database: Database, shared: Figures, store: Store, user: CurrentAdmin
) -> HTMLResponse:
    """Draw what arrives, what the models make of it, and whether acceptance goes on."""
    with read_only(database) as session:
        stop = stops.standing(session)
        found = _figures(session, shared, store)
    return render(
        request,
        "monitor/monitor.html",
        user,
        stop=stop,
        counted=found,
        words=words,
        charts=charts,
        polyline=polyline,
        reliability=reliability,
    )


@pages.post("/monitor/stops/{stop_id}/lift")
def lift(
    database: Database, user: CurrentAdmin, stop_id: Id, reason: Annotated[str, Form()] = ""
) -> Response:
    """Let acceptance go on."""
    with database.begin() as session:
        stopping.lift(session, stop_id, reason, user)
    return RedirectResponse("/monitor", 303)


@api.get("/monitor")
def get_monitor(database: Database, shared: Figures, store: Store, user: CurrentAdmin) -> Monitor:
    """Say what arrives, what the models make of it, and whether acceptance goes on."""
    with read_only(database) as session:
        stop = stops.standing(session)
        found = _figures(session, shared, store)
    return Monitor(
        stop=Stop.model_validate(stop) if stop else None, counted_at=found.at, figures=found.value
    )


@api.post("/monitor/stops/{stop_id}/lift", status_code=204)
def lift_stop(database: Database, user: CurrentAdmin, stop_id: Id, asked: GoOn) -> Response:
    """Let acceptance go on; lots whose samples were read meanwhile are released or fail."""
    with database.begin() as session:
        stopping.lift(session, stop_id, asked.reason, user)
    return Response(status_code=204)


def _figures(
    session: Session, shared: counted.Figures, store: storage.Store
) -> Counted[MonitorFigures | None]:
    return shared.show(session, "monitor", lambda counting: figures(counting, store))

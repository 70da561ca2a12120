"""The review page and the grid, and decisions on pseudo-labels as JSON."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors
from app.blindness import require_labeler_known
from app.db.clock import moment
from app.db.engine import read_only
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentAdmin, CurrentReader, CurrentSettings, Database, Store, render
from app.json_answers import as_json
from app.labels.classes import classes, every_class
from app.labels.decisions import Decision
from app.labels.findings import Remarks
from app.labels.guideline_versions import newest_version
from app.labels.measurements import Measurements
from app.reading.desk import Desk, IdempotencyKey, Milliseconds, next_on_desk
from app.review import batches, blind, rules
from app.review.grid import (
    BatchDecision,
    Grid,
    count_waiting,
    page_of_grid,
    require_open,
    thumbnail_exists,
)
from app.stored_png import stored_png
from app.texts import _
from app.worklists import filters
from app.workspace import is_blind_first

Wanted = Annotated[filters.Filter, Query()]
pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["review"])


class Verdict(BaseModel):
    """A decision on a pseudo-label; `class_id` goes with `correct` only."""

    decision: rules.Answer
    class_id: IdInJson | None = None
    measurements: Measurements = []
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey

    def said(self, at: datetime) -> Decision:
        """Return what is decided at a moment, UTC."""
        remarks = Remarks(measurements=self.measurements)
        return Decision(self.class_id, self.idempotency_key, at, self.milliseconds, remarks)


class Blind(BaseModel):
    """What a reader says before seeing the pseudo-label; `class_id` null: no label possible."""

    class_id: IdInJson | None
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey
    """A blind read is one for each reader and pseudo-label anyway; every decision carries a key."""


class Batch(BaseModel):
    """A page of the grid, confirmed."""

    decisions: Annotated[list[BatchDecision], Field(min_length=1, max_length=500)]
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey


class BatchUndo(BaseModel):
    """An undo of the reader's last batch."""

    idempotency_key: IdempotencyKey


@pages.get("/review")
def review_page(
    request: Request, database: Database, reader: CurrentReader, wanted: Wanted
) -> HTMLResponse:
    """Render the page on which pseudo-labels are reviewed, or those of them that are wanted."""
    with read_only(database) as session:
        shown: dict[str, Any] = {
            "classes": every_class(session),
            "choices": filters.choices(session),
            "blind_first": is_blind_first(session),
            "guideline": newest_version(session),
        }
    return render(request, "review/review.html", reader, wanted=wanted, **shown)


@api.post("/pseudo-labels/{pseudo_label_id}/decision", response_model=Desk)
def decide(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    pseudo_label_id: Id,
    verdict: Verdict,
    wanted: Wanted,
) -> Response:
    """Approve, correct or reject a pseudo-label and lease the next one."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        said = verdict.said(moment(session))
        rules.decide(session, reader.id, pseudo_label_id, verdict.decision, said)
        desk = next_on_desk(session, reader.id, "review", seconds, moment(session), wanted)
    return as_json(desk)


@pages.get("/review/settings")
def settings_page(request: Request, database: Database, admin: CurrentAdmin) -> HTMLResponse:
    """Render what an admin may ask of reviewers, and how often they changed their minds."""
    with read_only(database) as session:
        asked, minds = is_blind_first(session), blind.minds(session)
    return render(request, "review/settings.html", admin, blind_first=asked, minds=minds)


@pages.post("/review/settings")
def change_settings(
    database: Database, admin: CurrentAdmin, blind_first: Annotated[bool, Form()]
) -> RedirectResponse:
    """Ask for blind reads first, or no longer."""
    with database.begin() as session:
        blind.set_blind_first(session, admin, blind_first)
    return RedirectResponse("/review/settings", 303)


@pages.get("/review/grid")
def grid(database: Database, reader: CurrentReader) -> RedirectResponse:
    """Go to the class with the most images to see."""
    with read_only(database) as session:
        require_open(session)
        waiting = {each.id: count_waiting(session, each.id) for each in classes(session)}
    if not waiting:
        raise errors.NotFound(
            _("This project has no classes yet."), "grid", _("Import images first.")
        )
    return RedirectResponse(f"/review/grid/{max(waiting, key=lambda key: waiting[key])}", 303)


@pages.get("/review/grid/{class_id}")
def grid_page(
    request: Request, database: Database, reader: CurrentReader, class_id: Id
) -> HTMLResponse:
    """Render the page on which one predicted class is reviewed many images at a time."""
    with read_only(database) as session:
        require_open(session)
        label_set = classes(session)
    shown = next((each for each in label_set if each.id == class_id), None)
    if shown is None:
        raise errors.NotFound(
            _("There is no such class in this project."), _("class {number}", number=class_id)
        )
    return render(request, "review/grid.html", reader, classes=label_set, shown=shown)


@api.post("/pseudo-labels/{pseudo_label_id}/blind-read", response_model=Desk)
def read_blind(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    pseudo_label_id: Id,
    said: Blind,
    wanted: Wanted,
) -> Response:
    """Keep what the reader says blind, and show the image again with its pseudo-label."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        image = blind.read_blind(
            session, reader.id, pseudo_label_id, said.class_id, said.milliseconds, moment(session)
        )
        now = moment(session)
        desk = next_on_desk(session, reader.id, "review", seconds, now, wanted, keep=image)
    return as_json(desk)


@api.get(
    "/pseudo-labels/{pseudo_label_id}/attention",
    response_class=FileResponse,
    responses={200: {"content": {"image/png": {}}}},
)
def attention(
    database: Database,
    store: Store,
    reader: CurrentReader,
    pseudo_label_id: Id,
    digest: str = "",
) -> Response:
    """Return where the networks saw the class: an 8-bit greyscale PNG in the film's proportions."""
    with read_only(database) as session:
        require_labeler_known(session, reader.id, pseudo_label_id)
        current = rules.attention_digest(session, pseudo_label_id)
    missing = errors.NotFound(_("There is no attention map of this image."), "pseudo-label", "")
    return stored_png(store, current, missing, for_ever=digest == current)


@api.post("/grid/{class_id}/page")
def next_grid(
    database: Database, settings: CurrentSettings, reader: CurrentReader, class_id: Id
) -> Grid:
    """Lease a page of the grid; what the reader already holds of this class comes again."""
    with database.begin() as session:
        return page_of_grid(
            session, reader.id, class_id, settings.reading_lease_seconds, moment(session)
        )


@api.post("/grid/{class_id}/decisions")
def decide_grid(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    class_id: Id,
    wanted: Batch,
) -> Grid:
    """Decide on a whole page in one transaction and lease the next page."""
    with database.begin() as session:
        batch = batches.decide_batch(
            session,
            reader.id,
            class_id,
            wanted.decisions,
            wanted.milliseconds,
            wanted.idempotency_key,
            moment(session),
        )
        seconds = settings.reading_lease_seconds
        return page_of_grid(session, reader.id, class_id, seconds, moment(session), batch)


@api.post("/grid/undo")
def undo_grid(
    database: Database, settings: CurrentSettings, reader: CurrentReader, wanted: BatchUndo
) -> Grid:
    """Take back the reader's last batch and show its class with its images again."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        batch = batches.undo_batch(
            session, reader.id, seconds, wanted.idempotency_key, moment(session)
        )
        return page_of_grid(session, reader.id, batch.class_id, seconds, moment(session), batch)


@api.get(
    "/thumbnails/{digest}",
    response_class=FileResponse,
    responses={200: {"content": {"image/png": {}}}},
)
def thumbnail(database: Database, store: Store, reader: CurrentReader, digest: str) -> Response:
    """Return the model rendition with this digest: an 8-bit greyscale PNG, the same for ever."""
    with read_only(database) as session:
        known = thumbnail_exists(session, digest)
    missing = errors.NotFound(_("There is no such thumbnail."), "digest", _("Reload the page."))
    return stored_png(store, digest if known else None, missing, for_ever=True)

"""The reading pages, and worklists, labels and pixels as JSON and PNG."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from pydantic import AwareDatetime, BaseModel, Field

from app import errors, renditions
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.reading import Lease
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentReader, CurrentSettings, Database, Store, render
from app.json_answers import as_json
from app.labels.classes import classes
from app.labels.decisions import Decision, Hold
from app.labels.findings import LONGEST_NOTE, Reason, Remarks, offered
from app.labels.guideline_versions import newest_version
from app.labels.history import History, history
from app.labels.measurements import Measurements
from app.practice.scores import must_practise, require_passed
from app.reading import rules
from app.reading.desk import Desk, IdempotencyKey, Milliseconds, next_on_desk
from app.stored_png import stored_png
from app.texts import _, noop
from app.viewer.films import ViewerImage, film, viewer_rendition
from app.worklists import assignments, filters, leases, named_lists
from app.worklists.filters import Filter
from app.worklists.items import remaining
from app.worklists.queues import WorklistName
from app.worklists.sights import note_history

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])

Wanted = Annotated[Filter, Query()]
ReadWorklist = Literal["seed", "validation", "audit", "adjudication"]

TITLES: dict[ReadWorklist, str] = {
    "audit": noop("Audit"),
    "adjudication": noop("Adjudication"),
    "seed": noop("Seed set"),
    "validation": noop("Validation"),
}
"""In the order a reader should take them: an audit holds up a whole lot."""


class Label(BaseModel):
    """A reader's decision; `class_id` null says that the image can carry no label."""

    worklist: ReadWorklist
    class_id: IdInJson | None
    reason: Reason | None = None
    """Why the image can carry no label."""
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    findings: Annotated[list[IdInJson], Field(max_length=100)] = []
    measurements: Measurements = []
    """What the reader drew on the image shown."""
    whole_study: bool = False
    """Also label every other image of the study that is open to the reader on the worklist."""
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey

    def decision(self, at: datetime) -> Decision:
        """Return what is decided at a moment, UTC."""
        remarks = Remarks(self.reason, self.note.strip(), self.findings, self.measurements)
        return Decision(self.class_id, self.idempotency_key, at, self.milliseconds, remarks)


class Skipped(BaseModel):
    """The image to pass over."""

    image_id: IdInJson


class GivenBack(BaseModel):
    """What a reader who leaves a page no longer looks at."""

    worklist: WorklistName | Literal["grid"]
    leased_until: AwareDatetime | None = None
    """As the page was told, so that a page opened since keeps what it has leased; null: all."""


class Undo(BaseModel):
    """An undo of the reader's last decision on a worklist."""

    idempotency_key: IdempotencyKey


@pages.get("/reading")
def reading_page(database: Database, reader: CurrentReader) -> RedirectResponse:
    """Go to the reader's most urgent worklist that still has something."""
    with read_only(database) as session:
        known = assignments.assigned(session, moment(session))
        mine = assignments.own_first(known, reader.id, list(TITLES))
        waiting = [name for name in mine if remaining(session, name, reader.id, at_most=1)]
    return RedirectResponse(f"/reading/{waiting[0] if waiting else 'seed'}", 303)


@pages.get("/reading/{worklist}")
def read_page(
    request: Request,
    database: Database,
    reader: CurrentReader,
    worklist: ReadWorklist,
    wanted: Wanted,
) -> Response:
    """Draw the page on which a worklist is read, or its disagreements are adjudicated."""
    with read_only(database) as session:
        if worklist == "seed" and must_practise(session, reader):
            return RedirectResponse("/practice", 303)
        label_set, findings = classes(session), offered(session)
        guideline = newest_version(session)
        choices = filters.choices(session) if worklist == "seed" else {}
        named = named_lists.name_of(session, wanted.named_list, reader.id)
    return render(
        request,
        "reading/read.html",
        reader,
        worklist=worklist,
        title=_(TITLES[worklist]),
        classes=label_set,
        findings=findings,
        guideline=guideline,
        longest_note=LONGEST_NOTE,
        wanted=wanted,
        named=named,
        choices=choices,
    )


@api.post("/worklists/{worklist}/next", response_model=Desk)
def next_image(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    worklist: WorklistName,
    wanted: Wanted,
) -> Response:
    """Lease the next image of a worklist; the reader's own comes first."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        require_passed(session, reader, worklist)
        leases.lock_reader(session, reader.id)
        now = moment(session)
        desk = next_on_desk(session, reader.id, worklist, seconds, now, wanted, with_former=True)
    return as_json(desk)


@api.post("/leases/give-back", status_code=204)
def give_back(database: Database, reader: CurrentReader, left: GivenBack) -> None:
    """Let others have what this reader holds on a worklist, or on the grid."""
    which = [Lease.worklist == left.worklist]
    if left.leased_until is not None:
        which.append(Lease.expires_at == left.leased_until)
    with database.begin() as session:
        leases.give_back(session, reader.id, moment(session), *which)


@api.post("/images/{image_id}/annotations", status_code=201, response_model=Desk)
def annotate(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    image_id: Id,
    label: Label,
    wanted: Wanted,
) -> Response:
    """Label an image and lease the next one."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        hold = Hold(reader.id, image_id, label.worklist)
        rules.annotate(session, hold, label.decision(moment(session)), label.whole_study)
        desk = next_on_desk(session, reader.id, label.worklist, seconds, moment(session), wanted)
    return as_json(desk, 201)


@api.post("/worklists/{worklist}/skip", response_model=Desk)
def skip(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    worklist: WorklistName,
    skipped: Skipped,
    wanted: Wanted,
) -> Response:
    """Pass over an image and lease the next one."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        rules.skip(session, Hold(reader.id, skipped.image_id, worklist), moment(session))
        desk = next_on_desk(session, reader.id, worklist, seconds, moment(session), wanted)
    return as_json(desk)


@api.post("/worklists/{worklist}/undo", response_model=Desk)
def undo(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    worklist: WorklistName,
    undone: Undo,
    wanted: Wanted,
) -> Response:
    """Take back the reader's last decision on a worklist and show its image again."""
    seconds = settings.reading_lease_seconds
    with database.begin() as session:
        image = rules.undo(
            session, reader.id, worklist, seconds, undone.idempotency_key, moment(session)
        )
        desk = next_on_desk(
            session,
            reader.id,
            worklist,
            seconds,
            moment(session),
            wanted,
            keep=image,
            with_former=True,
        )
    return as_json(desk)


@api.get("/images/{image_id}")
def describe(database: Database, reader: CurrentReader, image_id: Id) -> ViewerImage:
    """Describe an image as the viewer needs it."""
    with read_only(database) as session:
        return film(session, image_id)


@api.get("/images/{image_id}/history")
def image_history(database: Database, reader: CurrentReader, image_id: Id) -> History:
    """Return everything that was said of an image; who said it, for an admin."""
    return _shown_history(database, reader, image_id)


def _shown_history(database: SessionFactory, reader: User, image_id: int) -> History:
    """Return the history, and remember who has seen it: once it is read, so that none is missed."""
    with read_only(database) as session:
        found = history(session, image_id, with_names=reader.role == "admin")
    if found.reads:
        with database.begin() as session:
            note_history(session, reader, image_id, moment(session))
    return found


@api.get(
    "/images/{image_id}/pixels",
    response_class=FileResponse,
    responses={
        200: {"content": {"image/png": {}}},
        304: {"description": "Not changed."},
        503: {"description": "It is not made yet."},
    },
)
def pixels(
    database: Database,
    store: Store,
    reader: CurrentReader,
    image_id: Id,
    digest: str = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Return the viewer rendition: a lossless greyscale PNG of 8 or 16 bits.

    An address with the film's own `digest` may be kept for ever. Without it a browser asks
    again: another workspace on the same address would have other films under the same numbers.
    A rendition that is not made yet is asked for by a POST to the same address.
    """
    with read_only(database) as session:
        current, film_digest = viewer_rendition(session, image_id)
    if current is None:
        raise errors.Unavailable(
            _("The full-resolution image is not ready yet."),
            _("image {number}", number=image_id),
            _("A worker is preparing it; try again in a moment."),
        )
    missing = errors.NotFound(
        _("The pixels of this image are missing from the store."),
        _("image {number}", number=image_id),
        _("Skip it, and ask an admin to restore the store folder from a backup."),
    )
    for_ever = digest == film_digest
    return stored_png(store, current, missing, for_ever=for_ever, if_none_match=if_none_match)


@api.post("/images/{image_id}/pixels", status_code=204)
def want_pixels(database: Database, reader: CurrentReader, image_id: Id) -> None:
    """Have the viewer rendition of an image made, where it is not; a worker does it next."""
    with database.begin() as session:
        viewer_rendition(session, image_id)
        renditions.want(session, [image_id], moment(session))

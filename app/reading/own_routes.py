"""A reader's own reads: the page of them, how far a list has come, and corrections."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app.db.clock import moment
from app.db.engine import read_only
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentReader, Database, Figures, render
from app.labels.classes import classes, every_class
from app.labels.decisions import Decision
from app.labels.findings import LONGEST_NOTE, Reason, Remarks, offered
from app.labels.measurements import Measurements
from app.reading import corrections, own_reads, progress
from app.reading.desk import IdempotencyKey, Milliseconds
from app.viewer.films import ViewerImage, film
from app.worklists.queues import WorklistName

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])

A_PAGE = 50
LATEST = 10
"""Reads that the desk shows."""


class Correction(BaseModel):
    """What the reader says now in place of a read; `class_id` null: it can carry no label."""

    class_id: IdInJson | None
    reason: Reason | None = None
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    findings: Annotated[list[IdInJson], Field(max_length=100)] = []
    measurements: Measurements = []
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey

    def decision(self, at: datetime) -> Decision:
        """Return what is decided at a moment, UTC."""
        remarks = Remarks(self.reason, self.note.strip(), self.findings, self.measurements)
        return Decision(self.class_id, self.idempotency_key, at, self.milliseconds, remarks)


class Reopened(BaseModel):
    """A read of the reader's own, to be corrected."""

    film: ViewerImage
    former: own_reads.Answer


@pages.get("/reads")
def own_reads_page(
    request: Request,
    database: Database,
    reader: CurrentReader,
    before: Annotated[Id | None, Query()] = None,
) -> HTMLResponse:
    """Draw the reader's own reads, the latest first, a page of them."""
    with read_only(database) as session:
        found = own_reads.own_reads(session, reader.id, A_PAGE + 1, before=before)
        names = {each.id: each.name for each in every_class(session)}
    more = found[A_PAGE - 1].id if len(found) > A_PAGE else None
    shown = found[:A_PAGE]
    return render(
        request, "reading/reads.html", reader, reads=shown, more=more, before=before, classes=names
    )


@pages.get("/reads/{worklist}/{image_id}")
def correct_page(
    request: Request,
    database: Database,
    reader: CurrentReader,
    worklist: WorklistName,
    image_id: Id,
) -> HTMLResponse:
    """Draw the page on which a reader corrects a read of their own."""
    with read_only(database) as session:
        read = corrections.correctable_read(session, reader.id, worklist, image_id)
        label_set, findings = classes(session), offered(session)
    return render(
        request,
        "reading/correct.html",
        reader,
        read=read,
        classes=label_set,
        findings=findings,
        longest_note=LONGEST_NOTE,
    )


@api.get("/reads/{worklist}")
def latest_reads(
    database: Database, reader: CurrentReader, worklist: WorklistName
) -> list[own_reads.OwnRead]:
    """Return the reader's last ten reads of a worklist that stand, the latest first."""
    with read_only(database) as session:
        return own_reads.own_reads(session, reader.id, LATEST, worklist)


@api.get("/reads/{worklist}/{image_id}")
def reopen(
    database: Database, reader: CurrentReader, worklist: WorklistName, image_id: Id
) -> Reopened:
    """Return a read of the reader's own with its film; nothing is changed by that."""
    with read_only(database) as session:
        read = corrections.correctable_read(session, reader.id, worklist, image_id)
        return Reopened(film=film(session, image_id), former=own_reads.answer(session, read))


@api.post("/reads/{worklist}/{image_id}/correction", status_code=201)
def correct(
    database: Database,
    reader: CurrentReader,
    worklist: WorklistName,
    image_id: Id,
    said: Correction,
) -> own_reads.Answer:
    """Put another read in the place of the reader's own one."""
    with database.begin() as session:
        decision = said.decision(moment(session))
        read = corrections.correct(session, reader, worklist, image_id, decision)
        return own_reads.answer(session, read)


@api.get("/worklists/{worklist}/progress")
def how_far(
    database: Database, figures: Figures, reader: CurrentReader, worklist: WorklistName
) -> progress.Progress:
    """Return how many reads a worklist has, and how many the reader made today and this week."""
    with read_only(database) as session:
        counted = figures.show(
            session, ("reads of a list", worklist), lambda one: progress.parts(one, worklist)
        )
        today, week = progress.today_and_week(session, reader.id, moment(session))
        total, left = (
            progress.of_reader(session, counted.value, reader.id) if counted.value else (None, None)
        )
        return progress.Progress(total=total, left=left, today=today, week=week)

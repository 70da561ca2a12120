"""The review page, and decisions on pseudo-labels as JSON."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from app.db.engine import read_only
from app.db.tables import now
from app.dependencies import CurrentReader, CurrentSettings, Database, render
from app.reading.desk import Desk, IdempotencyKey, Milliseconds, classes, next_on_desk
from app.review import rules

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["review"])


class Verdict(BaseModel):
    """A decision on a pseudo-label; `class_id` goes with `correct` only."""

    decision: rules.Decision
    class_id: int | None = None
    milliseconds: Milliseconds = None
    idempotency_key: IdempotencyKey


@pages.get("/review")
def review_page(request: Request, database: Database, reader: CurrentReader) -> HTMLResponse:
    """Draw the page on which pseudo-labels are reviewed."""
    with read_only(database) as session:
        label_set = classes(session)
    return render(request, "review/review.html", reader, classes=label_set)


@api.post("/pseudo-labels/{pseudo_label_id}/decision")
def decide(
    database: Database,
    settings: CurrentSettings,
    reader: CurrentReader,
    pseudo_label_id: int,
    verdict: Verdict,
) -> Desk:
    """Approve, correct or reject a pseudo-label and lease the next one."""
    with database.begin() as session:
        rules.decide(
            session,
            reader.id,
            pseudo_label_id,
            verdict.decision,
            verdict.class_id,
            verdict.milliseconds,
            verdict.idempotency_key,
            now(),
        )
        return next_on_desk(session, reader.id, "review", settings.reading_lease_seconds, now())

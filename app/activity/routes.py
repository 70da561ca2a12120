"""The page of what was done by whom, and the same as a table."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from app.activity import rules, words
from app.audit import record
from app.csv_tables import as_csv
from app.db.engine import read_only, snapshot
from app.dependencies import CurrentAdmin, Database, render
from app.downloads import download, written

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["activity"])

COLUMNS = ("event", "at", "person", "via", "what", "subject", "note", "token")
Person = Annotated[int, Query(ge=0, lt=2**31)]
"""A person's number, 0 for everybody."""
Kind = Annotated[str, Query(max_length=20)]
Day = Annotated[str, Query(max_length=10)]
Before = Annotated[int, Query(ge=1, le=rules.LATER)]


@pages.get("/activity")
def activity_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    person: Person = 0,
    kind: Kind = "",
    day: Day = "",
    before: Before = rules.LATER,
) -> HTMLResponse:
    """Draw what was done by whom, the latest first."""
    wanted = rules.sought(person, kind, day)
    with read_only(database) as session:
        shown = rules.page(session, wanted, before)
        people = rules.people(session)
        full = len(shown) == rules.PAGE
        retired = 0 if full else rules.retired(session)
    chosen = {"person": person, "kind": kind, "day": day}
    chosen = {name: value for name, value in chosen.items() if value}
    return render(
        request,
        "activity/activity.html",
        user,
        shown=shown,
        people=people,
        kinds={code: title for code, (title, _actions) in words.KINDS.items()},
        chosen=chosen,
        first=before == rules.LATER,
        address=urlencode(chosen),
        earlier=urlencode(chosen | {"before": shown[-1].event_id}) if shown else "",
        full=full,
        retired=retired,
    )


@api.get("/activity.csv", response_class=StreamingResponse)
def export_activity(
    database: Database, user: CurrentAdmin, person: Person = 0, kind: Kind = "", day: Day = ""
) -> StreamingResponse:
    """Download what was done by whom, the latest first."""
    wanted = rules.sought(person, kind, day)
    with database.begin() as session:
        record(session, user, "export", "activity", person=person, kind=kind, day=day)
    with snapshot(database) as session:
        file = written(as_csv(COLUMNS, rules.table(session, wanted)))
    return download(file, "activity.csv")

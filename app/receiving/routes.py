"""The page of arrived films: what waits for its import, what was put aside, and who sends."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Figures, render
from app.receiving import importing, on_arrival, rules, tallies
from app.receiving.on_arrival import Chosen
from app.receiving.place import Place

pages = APIRouter(include_in_schema=False)


@pages.get("/arrivals")
def arrivals_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentAdmin,
) -> HTMLResponse:
    """Draw what has arrived over DICOM and is not in the archive yet."""
    with read_only(database) as session:
        standing = rules.standing(session)
        aside = rules.put_aside(session)
        counted = tallies.listed(session)
        alone = rules.imported_by_themselves(session)
        active = importing.active(session)
        stopped = importing.stopped_by(session) if alone else None
        reading = on_arrival.standing(session)
        found = figures.show(session, "read on arrival", on_arrival.found)
    return render(
        request,
        "receiving/arrivals.html",
        user,
        standing=standing,
        aside=aside,
        counted=counted,
        words=tallies.WORDS,
        taken=tallies.TAKEN,
        alone=alone,
        reading=reading,
        read_on_arrival=found,
        active=active,
        stopped=stopped,
        batch=importing.BATCH,
        senders=settings.dicom_senders,
        port=settings.dicom_port,
        titles=settings.dicom_titles,
    )


@pages.post("/arrivals/import")
def import_arrivals(database: Database, settings: CurrentSettings, user: CurrentAdmin) -> Response:
    """Start an import of what waits, and show it."""
    run = importing.start_import(database, settings, user.id)
    return RedirectResponse(f"/runs/{run.id}", 303)


@pages.post("/arrivals/settings")
def set_import(
    database: Database,
    user: CurrentAdmin,
    alone: Annotated[bool, Form()] = False,
    read: Annotated[bool, Form()] = False,
    audit_percent: Annotated[float, Form(ge=0, le=100)] = 5,
) -> Response:
    """Say whether films are imported, and read, as they arrive."""
    with database.begin() as session:
        rules.import_by_themselves(session, alone, user.id)
        on_arrival.choose(session, Chosen(read, audit_percent / 100), user.id)
    return RedirectResponse("/arrivals", 303)


@pages.post("/arrivals/senders/forget")
def forget_counts(database: Database, user: CurrentAdmin) -> Response:
    """Begin to count anew what senders did."""
    with database.begin() as session:
        tallies.forget(session)
    return RedirectResponse("/arrivals", 303)


@pages.post("/arrivals/{film_id}/let-in")
def let_in(database: Database, user: CurrentAdmin, film_id: Id) -> Response:
    """Let a film that was put aside wait for the next import."""
    with database.begin() as session:
        rules.let_in(session, film_id, user.id)
    return RedirectResponse("/arrivals", 303)


@pages.post("/arrivals/{film_id}/remove")
def remove(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, film_id: Id
) -> Response:
    """Remove a film that was put aside."""
    with database.begin() as session:
        rules.throw_away(session, film_id, user.id, Place(settings.home))
    return RedirectResponse("/arrivals", 303)

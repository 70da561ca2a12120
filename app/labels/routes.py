"""The admin's page of findings: what readers may tag an image with."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, render
from app.labels import findings

pages = APIRouter(include_in_schema=False)


@pages.get("/findings")
def findings_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Render what readers may tag an image with."""
    return _rendered(request, database, user)


@pages.post("/findings")
def add_finding(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    name: Annotated[str, Form(max_length=60)] = "",
    key: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Add a finding with its key."""
    try:
        with database.begin() as session:
            findings.add_finding(session, name, key, user)
    except (errors.Refused, errors.Conflict) as error:
        return _rendered(request, database, user, status=422, error=error, name=name, key=key)
    return RedirectResponse("/findings", 303)


@pages.post("/findings/{finding_id}/retire")
def retire_finding(database: Database, user: CurrentAdmin, finding_id: Id) -> RedirectResponse:
    """Offer a finding to readers no more."""
    with database.begin() as session:
        findings.offer_finding(session, finding_id, False, user)
    return RedirectResponse("/findings", 303)


@pages.post("/findings/{finding_id}/offer")
def offer_finding(database: Database, user: CurrentAdmin, finding_id: Id) -> RedirectResponse:
    """Offer a finding to readers again."""
    with database.begin() as session:
        findings.offer_finding(session, finding_id, True, user)
    return RedirectResponse("/findings", 303)


def _rendered(
    request: Request, database: SessionFactory, user: User, *, status: int = 200, **context: object
) -> HTMLResponse:
    with read_only(database) as session:
        context["findings"] = findings.every(session)
    return render(request, "labels/findings.html", user, status=status, **context)

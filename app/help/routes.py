"""The room of help: the tours, the glossary, and the documentation of this version."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse

from app.db.engine import read_only
from app.dependencies import CurrentUser, Database, render
from app.glossary import TERMS
from app.help import documents, tours
from app.texts import _

pages = APIRouter(include_in_schema=False)

Name = Annotated[str, Path(max_length=100)]
KEPT = {"Cache-Control": "private, max-age=3600"}
"""Of pictures: a page may show forty, and they change with a release."""


@pages.get("/help")
def help_page(request: Request, database: Database, user: CurrentUser) -> HTMLResponse:
    """Draw what there is to help somebody."""
    with read_only(database) as session:
        tour = tours.of(session, user)
    return render(
        request,
        "help/help.html",
        user,
        tour=tour,
        groups=documents.groups(),
        version=request.app.version,
    )


@pages.get("/help/glossary")
def glossary_page(request: Request, user: CurrentUser) -> HTMLResponse:
    """Draw every term with its meaning."""
    terms = sorted(TERMS.items(), key=lambda each: _(each[1].name).casefold())
    return render(request, "help/glossary.html", user, terms=terms)


@pages.get("/help/documents/{document}")
def document_page(request: Request, user: CurrentUser, document: Name) -> HTMLResponse:
    """Draw a page of the documentation."""
    return render(
        request,
        "help/document.html",
        user,
        name=document,
        called=documents.called(document),
        shown=documents.document(document),
        groups=documents.groups(),
        version=request.app.version,
    )


@pages.get("/help/pictures/{picture}")
def picture(user: CurrentUser, picture: Name) -> FileResponse:
    """Send a picture of the documentation."""
    path, media_type = documents.picture(picture)
    return FileResponse(path, media_type=media_type, headers=KEPT)


@pages.post("/help/tour/end")
def end_tour(database: Database, user: CurrentUser) -> RedirectResponse:
    """Show the tour no more on this person's first page."""
    with database.begin() as session:
        tours.end(session, user)
    return RedirectResponse("/", 303)


@pages.post("/help/tour/begin")
def begin_tour(database: Database, user: CurrentUser) -> RedirectResponse:
    """Show the tour on this person's first page again."""
    with database.begin() as session:
        tours.begin(session, user)
    return RedirectResponse("/", 303)

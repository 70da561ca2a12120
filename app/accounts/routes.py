"""The page of people: who there is, what they may do, and links by which they come in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.accounts import bound, links, requirement, rules, second_factor, work
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Figures, render
from app.figures import Figures as Counts
from app.settings import Settings
from app.worklists import rules as worklists

pages = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=2000)]


@pages.get("/people")
def people_page(
    request: Request, database: Database, figures: Figures, user: CurrentAdmin
) -> HTMLResponse:
    """Draw who there is, what they have read and hold, and the form to invite somebody."""
    return _people(request, database, figures, user)


@pages.post("/people")
def invite(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentAdmin,
    name: Text,
    role: Text,
) -> HTMLResponse:
    """Add a person and show their link, this once."""
    try:
        with database.begin() as session:
            person, token = rules.add_person(session, name, role, user)
    except (errors.Refused, errors.Conflict) as error:
        return _people(request, database, figures, user, status=422, error=error, typed=name)
    link = _link(request, settings, token)
    return _people(request, database, figures, user, link=link, invited=person)


@pages.post("/people/{person_id}/link")
def make_link(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentAdmin,
    person_id: Id,
) -> HTMLResponse:
    """Show a new link to set a password, this once."""
    with database.begin() as session:
        person = rules.find(session, person_id)
        token = links.new_link(session, person, user)
    link = _link(request, settings, token)
    return _people(request, database, figures, user, link=link, invited=person)


@pages.post("/people/{person_id}/role")
def change_role(database: Database, user: CurrentAdmin, person_id: Id, role: Text) -> Response:
    """Give a person the other role."""
    with database.begin() as session:
        rules.change_role(session, person_id, role, user)
    return RedirectResponse("/people", 303)


@pages.post("/people/{person_id}/deactivate")
def deactivate(database: Database, user: CurrentAdmin, person_id: Id) -> Response:
    """Keep a person out."""
    with database.begin() as session:
        rules.deactivate(session, person_id, user)
    return RedirectResponse("/people", 303)


@pages.post("/people/{person_id}/activate")
def activate(database: Database, user: CurrentAdmin, person_id: Id) -> Response:
    """Let a person in again."""
    with database.begin() as session:
        rules.activate(session, person_id, user)
    return RedirectResponse("/people", 303)


@pages.post("/people/{person_id}/release")
def release(database: Database, user: CurrentAdmin, person_id: Id) -> Response:
    """Let others have the films that a person holds."""
    with database.begin() as session:
        worklists.release(session, person_id, moment(session), user)
    return RedirectResponse("/people", 303)


def _link(request: Request, settings: Settings, token: str) -> str:
    return links.link_address(settings.public_url or str(request.base_url), token)


def _people(
    request: Request,
    database: SessionFactory,
    figures: Counts,
    user: User,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        context["people"] = rules.people(session)
        context["counted"] = figures.show(session, "people", work.of_everybody)
        context["seen"] = work.last_seen(session)
        context["timed"] = work.TIMED
        context["factors"] = second_factor.of_everybody(session)
        context["bound"] = bound.everybody(session)
        context["required"] = requirement.roles(session)
        held = worklists.in_hands(session, moment(session))
    context["held"] = {each.reader_id: each for each in held}
    return render(request, "accounts/people.html", user, status=status, **context)

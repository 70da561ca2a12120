"""Logging in and out, setting a password by a one-time link, and the page of people."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from app import errors, log_ins
from app.accounts import passwords, rules
from app.db.engine import Database as SessionFactory
from app.db.people import LogIn, User
from app.db.tables import now
from app.dependencies import (
    CurrentAdmin,
    CurrentSettings,
    CurrentUser,
    Database,
    bearer_token,
    render,
)
from app.reading import leases
from app.security import cookie_name, uses_tls
from app.settings import Settings
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["accounts"])

Text = Annotated[str, Form(max_length=2000)]


class Credentials(BaseModel):
    """Who wants to log in."""

    name: str
    password: str


class Token(BaseModel):
    """Send it as `Authorization: Bearer <token>`."""

    token: str
    expires_at: str


@api.post("/login")
def log_in_by_api(database: Database, settings: CurrentSettings, credentials: Credentials) -> Token:
    """Exchange a name and a password for a token."""
    done = _log_in(database, settings, credentials.name, credentials.password)
    if done is None:
        raise _wrong()
    token, log_in = done
    return Token(token=token, expires_at=log_in.expires_at.isoformat())


@api.post("/logout", status_code=204)
def log_out_by_api(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentUser
) -> None:
    """End the log-in whose token is sent."""
    _log_out(request, database, settings, user)


@pages.get("/login")
def log_in_page(request: Request, next: str = "/") -> HTMLResponse:
    """Draw the log-in form."""
    return render(request, "accounts/login.html", None, next=local_path(next), error=None, name="")


@pages.post("/login")
def log_in(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    name: Text,
    password: Text,
    next: Text = "/",
) -> Response:
    """Log in, and go where the person wanted to go."""
    done = _log_in(database, settings, name, password)
    if done is None:
        context = {"next": local_path(next), "error": _wrong(), "name": name}
        return render(request, "accounts/login.html", None, status=401, **context)
    return _enter(settings, done[0], local_path(next))


@pages.post("/logout")
def log_out(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentUser
) -> Response:
    """End the log-in."""
    _log_out(request, database, settings, user)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(cookie_name(settings), secure=uses_tls(settings), httponly=True)
    return answer


@pages.get("/welcome/{token}")
def welcome_page(request: Request, database: Database, token: str) -> HTMLResponse:
    """Draw the form to set a password by a one-time link."""
    with database.begin() as session:
        user = rules.invited(session, token)
    return render(request, "accounts/welcome.html", None, person=user, error=None)


@pages.post("/welcome/{token}")
def set_password(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    token: str,
    password: Text,
    repeated: Text,
) -> Response:
    """Set the password and log in."""
    with database.begin() as session:
        user = rules.invited(session, token)
    try:
        if password != repeated:
            raise errors.Refused(_("The two passwords differ."), "password", _("Type it again."))
        passwords.check(password, user.name)
    except errors.Refused as error:
        context = {"person": user, "error": error}
        return render(request, "accounts/welcome.html", None, status=422, **context)
    password_hash = passwords.hash_password(password)
    with database.begin() as session:
        user = rules.set_password(session, token, password_hash)
        session_token, _began = log_ins.start(session, user, settings.session_hours)
    return _enter(settings, session_token, "/")


@pages.get("/people")
def people_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Draw the list of people and the form to invite one."""
    return _people(request, database, user)


@pages.post("/people")
def invite(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    name: Text,
    role: Text,
) -> HTMLResponse:
    """Add a person and show their link, this once."""
    try:
        with database.begin() as session:
            person, token = rules.add_person(session, name, role, user)
    except (errors.Refused, errors.Conflict) as error:
        return _people(request, database, user, status=422, error=error, typed=name)
    link = _link(request, settings, token)
    return _people(request, database, user, link=link, invited=person)


@pages.post("/people/{person_id}/link")
def make_link(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    person_id: int,
) -> HTMLResponse:
    """Show a new link to set a password, this once."""
    with database.begin() as session:
        person = rules.find(session, person_id)
        token = rules.new_link(session, person, user)
    link = _link(request, settings, token)
    return _people(request, database, user, link=link, invited=person)


@pages.post("/people/{person_id}/role")
def change_role(database: Database, user: CurrentAdmin, person_id: int, role: Text) -> Response:
    """Give a person the other role."""
    with database.begin() as session:
        rules.change_role(session, person_id, role, user)
    return RedirectResponse("/people", 303)


@pages.post("/people/{person_id}/deactivate")
def deactivate(database: Database, user: CurrentAdmin, person_id: int) -> Response:
    """Keep a person out."""
    with database.begin() as session:
        rules.deactivate(session, person_id, user)
    return RedirectResponse("/people", 303)


@pages.post("/people/{person_id}/activate")
def activate(database: Database, user: CurrentAdmin, person_id: int) -> Response:
    """Let a person in again."""
    with database.begin() as session:
        rules.activate(session, person_id, user)
    return RedirectResponse("/people", 303)


def local_path(wanted: str) -> str:
    """Return where to go after the log-in: a path of this server, never another site.

    Browsers read `//host` and `/\\host` as another site's address.
    """
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if local else "/"


def _wrong() -> errors.NotLoggedIn:
    return errors.NotLoggedIn(
        _("The name and the password do not belong together."),
        "",
        _(
            "Check both. After several failures an account is locked for up to 15 minutes; "
            "an admin can make a new link to set a password."
        ),
    )


def _log_in(
    database: SessionFactory, settings: Settings, name: str, password: str
) -> tuple[str, LogIn] | None:
    """Two units of work: the slow comparison between them must hold no lock on the database."""
    with database.begin() as session:
        tried = rules.attempt(session, name)
    matched = passwords.matches(tried.password_hash, password)
    new_hash = passwords.rehash(tried.password_hash, password) if matched else None
    with database.begin() as session:
        return rules.conclude(session, tried, matched, settings.session_hours, new_hash)


def _log_out(request: Request, database: SessionFactory, settings: Settings, user: User) -> None:
    """End the log-in; the page that is left with it can no longer give anything back."""
    token = bearer_token(request) or request.cookies.get(cookie_name(settings), "")
    with database.begin() as session:
        leases.give_back(session, user.id, now())
        log_ins.end(session, token)


def _enter(settings: Settings, token: str, where: str) -> RedirectResponse:
    answer = RedirectResponse(where, 303)
    answer.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_hours * 3600,
        secure=uses_tls(settings),
        httponly=True,
        samesite="lax",
    )
    return answer


def _link(request: Request, settings: Settings, token: str) -> str:
    return rules.link_address(settings.public_url or str(request.base_url), token)


def _people(
    request: Request, database: SessionFactory, user: User, *, status: int = 200, **context: object
) -> HTMLResponse:
    with database.begin() as session:
        everybody = rules.people(session)
    return render(request, "accounts/people.html", user, status=status, people=everybody, **context)

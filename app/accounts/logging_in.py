"""Logging in and out, and setting a password: by a one-time link, or by the old one.

What hashes a password runs in the door's own queue, its transactions and its page included.
"""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors, log_ins
from app.accounts import attempts, first_admin, links, passwords, rules
from app.accounts.codes import finish, wrong
from app.accounts.visits import LONGEST, Begun, CurrentVisit, Entered, Text, Visit
from app.audit import origins, record
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import LogIn, User
from app.dependencies import (
    CurrentLogIn,
    CurrentSettings,
    CurrentUser,
    Database,
    render,
    sent_token,
)
from app.security import Everybody, cookie_name, drop_cookie
from app.settings import Settings
from app.texts import _
from app.worklists import leases

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["accounts"])


class Credentials(BaseModel):
    """Who wants to log in; where there is a second factor, also its code or a recovery code."""

    name: Annotated[str, Field(max_length=LONGEST)]
    password: Annotated[str, Field(max_length=LONGEST)]
    code: Annotated[str, Field(max_length=LONGEST)] = ""


class Token(BaseModel):
    """Send it as `Authorization: Bearer <token>`."""

    token: str
    expires_at: str


@api.post("/login", dependencies=[Everybody])
async def log_in_by_api(visit: CurrentVisit, credentials: Credentials) -> Token:
    """Exchange a name and a password, and a code where one is needed, for a token."""
    origins.asked_by_program()
    done = await visit.queue.run(_log_in, visit, credentials.name, credentials.password)
    if isinstance(done, Begun):
        done = await visit.queue.run(_log_in_by_code, visit, done, credentials.code)
    if done is None:
        raise _wrong()
    return Token(token=done.token, expires_at=done.log_in.expires_at.isoformat())


@api.post("/logout", status_code=204)
def log_out_by_api(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentUser
) -> None:
    """End the log-in whose token is sent."""
    _log_out(request, database, settings, user)


@pages.get("/login", dependencies=[Everybody])
def log_in_page(request: Request, next: str = "/") -> HTMLResponse:
    """Draw the log-in form."""
    return render(request, "accounts/login.html", None, next=local_path(next), error=None, name="")


@pages.post("/login", dependencies=[Everybody])
async def log_in(visit: CurrentVisit, name: Text, password: Text, next: Text = "/") -> Response:
    """Log in, and go where the person wanted to go."""
    return await visit.queue.run(_answer_log_in, visit, name, password, local_path(next))


@pages.post("/logout")
def log_out(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentUser,
    log_in: CurrentLogIn,
) -> Response:
    """End the log-in, and have the browser forget the films it keeps.

    Its storage is left alone: a decision that has not reached the server yet is in it. So are its
    other cookies: they may be those of other servers in the same domain.
    """
    _log_out(request, database, settings, user)
    by_provider = isinstance(log_in, LogIn) and log_in.by_provider
    where = "/login/left" if by_provider else "/login"
    answer = RedirectResponse(where, 303, {"Clear-Site-Data": '"cache"'})
    drop_cookie(answer, settings, cookie_name(settings))
    return answer


@pages.get("/welcome/{token}", dependencies=[Everybody])
def welcome_page(request: Request, database: Database, token: str) -> HTMLResponse:
    """Draw the form to set a password by a one-time link."""
    with read_only(database) as session:
        user = links.find(session, token).user
    return render(request, "accounts/welcome.html", None, person=user, error=None, name="")


@pages.post("/welcome/{token}", dependencies=[Everybody])
async def set_password(
    visit: CurrentVisit, token: str, password: Text, repeated: Text, name: Text = ""
) -> Response:
    """Set the password and log in; the first admin also chooses a name."""
    return await visit.queue.run(_answer_welcome, visit, token, name, password, repeated)


@pages.get("/password")
def password_page(request: Request, user: CurrentUser, changed: bool = False) -> HTMLResponse:
    """Draw the form to change one's own password."""
    return render(request, "accounts/password.html", user, error=None, changed=changed)


@pages.post("/password")
async def change_password(
    visit: CurrentVisit, user: CurrentUser, current: Text, password: Text, repeated: Text
) -> Response:
    """Change one's own password; every other log-in of the person ends."""
    return await visit.queue.run(_answer_change, visit, user, current, password, repeated)


def local_path(path: str) -> str:
    """Return where to go after the log-in: a path of this server, never another site.

    Browsers read `//host` and `/\\host` as another site's address.
    """
    local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if local else "/"


def _answer_log_in(visit: Visit, name: str, password: str, where: str) -> Response:
    done = _log_in(visit, name, password)
    if done is None:
        context = {"next": where, "error": _wrong(), "name": name}
        return render(visit.request, "accounts/login.html", None, status=401, **context)
    return visit.enter(done, where)


def _log_in(visit: Visit, name: str, password: str) -> Entered | Begun | None:
    """Two units of work: the slow comparison between them must hold no lock on the database."""
    with visit.database.begin() as session:
        tried = attempts.attempt(session, name, visit.visitor)
    matched = passwords.matches(tried.password_hash, password)
    new_hash = passwords.rehash(tried.password_hash, password) if matched else None
    with visit.database.begin() as session:
        user = attempts.passes(session, tried, matched, "log in")
        if user is None:
            return None
        user.password_hash = new_hash or user.password_hash
        return visit.pass_on(session, user, "log in")


def _log_in_by_code(visit: Visit, has_begun: Begun, code: str) -> Entered:
    if has_begun.lacking == "set up":
        raise errors.Forbidden(
            _("Your role needs a second factor, and you have none."),
            "code",
            _("Log in with a browser once: it leads you through."),
        )
    if not code:
        raise errors.NotLoggedIn(
            _("The code of your second factor is missing."),
            "code",
            _("Send it as `code`, or use a token, which needs none."),
        )
    done = finish(visit, has_begun.token, code)
    if done is None:
        raise wrong()
    return done


def _answer_welcome(visit: Visit, token: str, name: str, password: str, repeated: str) -> Response:
    with visit.database.begin() as session:
        user = links.find(session, token).user
    try:
        called = user.name if user else rules.usable_name(name)
        _check_new(password, repeated, called)
        password_hash = passwords.hash_password(password)
        with visit.database.begin() as session:
            entered = first_admin.become(session, token, called, password_hash)
            done = visit.pass_on(session, entered)
    except (errors.Refused, errors.Conflict) as error:
        context = {"person": user, "error": error, "name": name}
        return render(visit.request, "accounts/welcome.html", None, status=422, **context)
    return visit.enter(done, "/")


def _answer_change(
    visit: Visit, user: User, current: str, password: str, repeated: str
) -> Response:
    try:
        _check_new(password, repeated, user.name)
        done = _change(visit, user, current, password)
    except errors.Refused as error:
        context = {"error": error, "changed": False}
        return render(visit.request, "accounts/password.html", user, status=422, **context)
    return visit.enter(done, "/password?changed=true")


def _change(visit: Visit, user: User, current: str, password: str) -> Entered:
    with visit.database.begin() as session:
        tried = attempts.attempt(session, user.name, visit.visitor)
    matched = passwords.matches(tried.password_hash, current)
    password_hash = passwords.hash_password(password) if matched else ""
    with visit.database.begin() as session:
        person = attempts.is_right(session, tried, matched, "change password")
        if person is not None:
            links.give_password(session, person, password_hash)
            return visit.begin(session, person)
    raise errors.Refused(
        _("The current password is wrong."),
        "current",
        _("Type it again. After several failures you have to wait for up to 15 minutes."),
    )


def _check_new(password: str, repeated: str, name: str) -> None:
    if password != repeated:
        raise errors.Refused(_("The two passwords differ."), "password", _("Type it again."))
    passwords.check(password, name)


def _wrong() -> errors.NotLoggedIn:
    return errors.NotLoggedIn(
        _("Wrong name or password."),
        "",
        _(
            "Check both. After several failures you have to wait for up to 15 minutes; "
            "an admin can make a new link to set a password."
        ),
    )


def _log_out(request: Request, database: SessionFactory, settings: Settings, user: User) -> None:
    """End the log-in; the page that is left with it can no longer give anything back."""
    with database.begin() as session:
        leases.give_back(session, user.id, moment(session))
        record(session, user, "log out", f"person {user.id}")
        log_ins.end(session, sent_token(request, settings))

"""What routes are given: the `Annotated` aliases, and `render` for pages.

A route says who may use it by the user it takes: `CurrentAdmin`, `CurrentReader`, `CurrentUser`;
one that everybody may use says `dependencies=[Everybody]`, and one that says neither is refused
when the application is made. An admin may use every page of a reader: small practices
have one person for both, and each label still names who gave it.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from app import credentials, errors, figures, rates, scopes, texts
from app.audit import origins
from app.credentials import Credential
from app.db import engine
from app.db.people import ApiToken, User
from app.imaging import storage
from app.names import named
from app.pages import render
from app.security import cookie_name, require_csrf, sent_csrf_token
from app.settings import Settings
from app.texts import _
from app.workspace import is_generated

__all__ = [
    "CurrentAdmin",
    "CurrentLogIn",
    "CurrentReader",
    "CurrentSettings",
    "CurrentUser",
    "Database",
    "Figures",
    "Store",
    "render",
    "require_role",
    "sent_token",
]


async def _database(request: Request) -> engine.Database:
    database: engine.Database = request.app.state.database
    return database


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _figures(request: Request) -> figures.Figures:
    known: figures.Figures = request.app.state.figures
    return known


async def _store(request: Request) -> storage.Store:
    store: storage.Store = request.app.state.store
    return store


Database = Annotated[engine.Database, Depends(_database)]
"""The session factory: `with database.begin() as session:`, closed before the answer."""
CurrentSettings = Annotated[Settings, Depends(_settings)]
Figures = Annotated[figures.Figures, Depends(_figures)]
"""What is counted over the whole archive."""
Store = Annotated[storage.Store, Depends(_store)]
"""The content-addressed files."""


def bearer_of(request: Request) -> str:
    """Return what the `Authorization` header carries, or an empty string."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def bearer_token(request: Request) -> str:
    """Return the token of the `Authorization` header, or an empty string; pages take none."""
    return bearer_of(request) if request.scope["path"].startswith(f"{scopes.API}/") else ""


def sent_token(request: Request, settings: Settings) -> str:
    """Return the token of the header, else of the cookie, or an empty string."""
    return bearer_token(request) or request.cookies.get(cookie_name(settings), "")


def present_log_in(
    request: Request, csrf_token: Annotated[str, Depends(sent_csrf_token)]
) -> Credential:
    # Not as dependencies, each of which every request would go through once more.
    database: engine.Database = request.app.state.database
    settings: Settings = request.app.state.settings
    with engine.looking_up(database) as session:
        token = sent_token(request, settings)
        found = credentials.find(session, token, settings.idle) if token else None
        if not request.scope["path"].startswith("/api/"):
            request.state.generated = is_generated(session)
    if found is None:
        raise errors.NotLoggedIn(
            _("You are not logged in, or your log-in has ended."), "", _("Log in.")
        )
    request.state.user = found.user
    request.state.use_to_note = credentials.has_use_to_note(database, found, settings.idle)
    if isinstance(found, ApiToken):
        origins.asked_by_token(found.reference)
        _count(request, found.reference)
        scopes.require(request.method, request.scope["route"].path, found.scopes)
        return found
    origins.belong_to(found.token_digest)
    if bearer_token(request):
        origins.asked_by_program()
        _count(request, origins.reference(found.token_digest))
    else:
        require_csrf(request, found.csrf_token, csrf_token)
    request.state.csrf_token = found.csrf_token
    return found


def _count(request: Request, token: str) -> None:
    """Count a request of a program, and refuse it where that is one too many."""
    request.state.rate = request.app.state.rates.count(token)
    rates.require(request.state.rate)


async def _in_own_language(log_in: Annotated[Credential, Depends(present_log_in)]) -> Credential:
    # Not in a thread: what a thread sets is forgotten when it returns.
    texts.speak(texts.or_current(log_in.user.language))
    return log_in


CurrentLogIn = Annotated[Credential, Depends(_in_own_language)]
"""The log-in or the token. A log-in is not kept from ending: for what a page asks by itself."""


async def _user(request: Request, log_in: CurrentLogIn) -> User:
    # In a thread only where there is something to write, which is once a minute.
    if request.state.use_to_note:
        await run_in_threadpool(credentials.note_use, request.app.state.database, log_in)
    return log_in.user


CurrentUser = Annotated[User, Depends(_user)]
"""Whoever is logged in."""


async def _reader(user: CurrentUser) -> User:
    return require_role(user, "reader", "admin")


async def _admin(user: CurrentUser) -> User:
    return require_role(user, "admin")


def require_role(user: User, *roles: str) -> User:
    """Return a person who has one of the roles.

    Raises:
        errors.Forbidden: they have another.
    """
    if user.role not in roles:
        raise errors.Forbidden(
            _("This needs the role {role}.", role=named(roles[0])),
            "",
            _("Ask an admin to do it or to change your role."),
        )
    return user


CurrentReader = Annotated[User, Depends(_reader)]
"""A reader, or an admin."""
CurrentAdmin = Annotated[User, Depends(_admin)]

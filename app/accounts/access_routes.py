"""Who and what can get in: a person's own log-ins and tokens, and, for an admin, everybody's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app import errors, scopes
from app.accounts import log_in_list, tokens
from app.accounts.confirming import confirmed
from app.accounts.visits import LONGEST, CurrentVisit, Text, Visit
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import ApiToken, User
from app.dependencies import (
    CurrentAdmin,
    CurrentSettings,
    CurrentUser,
    Database,
    render,
    require_role,
)
from app.scopes import Scope
from app.settings import Settings

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["accounts"])

Reference = Annotated[str, Path(pattern="^[0-9a-f]{16}$")]
"""What a log-in or a token is called, also in the audit log."""
Days = Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS)]
Everybody = Annotated[bool, Query()]
OFFERED_DAYS = (7, 30, tokens.USUAL_DAYS, 365)


class NewToken(BaseModel):
    """A token to be made: its name, scopes and days, and one's password where one has one."""

    name: Annotated[str, Field(max_length=LONGEST)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(scopes.NAMES))]
    days: Days = tokens.USUAL_DAYS
    password: Annotated[str, Field(max_length=LONGEST)] = ""


class TokenState(BaseModel):
    """A token without what opens the door; `state` is `active`, `expired` or `revoked`."""

    reference: str
    name: str
    person: str
    scopes: list[Scope]
    state: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_from: str


class MadeToken(BaseModel):
    """A token, shown this once: send it as `Authorization: Bearer <token>`."""

    token: str
    reference: str
    expires_at: datetime


class LogInState(BaseModel):
    """A log-in that has not ended; `here` is that of the request."""

    reference: str
    person: str
    device: str
    address: str
    began_at: datetime
    last_used_at: datetime
    here: bool


@dataclass(frozen=True)
class Made:
    """A token that was just made, for the page that shows it once."""

    text: str
    name: str


@pages.get("/access")
def access_page(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentUser
) -> HTMLResponse:
    """Draw a person's own log-ins and tokens, and the form to make one."""
    return _page(request, database, settings, user)


@pages.get("/people/access")
def everybodys_access_page(
    request: Request, database: Database, settings: CurrentSettings, user: CurrentAdmin
) -> HTMLResponse:
    """Draw everybody's log-ins and tokens."""
    with read_only(database) as session:
        live, existing = log_in_list.live(session, settings.idle), _states(session)
    return render(
        request,
        "accounts/everybodys_access.html",
        user,
        log_ins=live,
        tokens=existing,
        most=tokens.MOST_SHOWN,
    )


@pages.post("/access/tokens")
async def make_token(
    visit: CurrentVisit,
    user: CurrentUser,
    name: Text,
    password: Text = "",
    days: Annotated[int, Form(ge=1, le=tokens.LONGEST_DAYS)] = tokens.USUAL_DAYS,
    chosen: Annotated[list[Text], Form(alias="scopes", max_length=20)] = [],  # noqa: B006
) -> Response:
    """Make a token for oneself, and show it this once."""
    wanted = tokens.Wanted(name, chosen, days)
    return await visit.queue.run(_answer_making, visit, user, wanted, password)


@pages.post("/access/tokens/{reference}/revoke")
def revoke_token(
    database: Database, user: CurrentUser, reference: Reference, back: Text = ""
) -> Response:
    """Revoke a token."""
    with database.begin() as session:
        tokens.revoke(session, reference, user)
    return _back(back)


@pages.post("/access/log-ins/{reference}/end")
def end_log_in(
    database: Database,
    settings: CurrentSettings,
    user: CurrentUser,
    reference: Reference,
    back: Text = "",
) -> Response:
    """End a log-in."""
    with database.begin() as session:
        log_in_list.end(session, settings.idle, reference, user)
    return _back(back)


@pages.post("/access/log-ins/end-others")
def end_other_log_ins(database: Database, settings: CurrentSettings, user: CurrentUser) -> Response:
    """End every log-in of one's own but this one."""
    with database.begin() as session:
        log_in_list.end_others(session, settings.idle, user)
    return _back("")


@api.get("/log-ins")
def list_log_ins(
    database: Database, settings: CurrentSettings, user: CurrentUser, everybody: Everybody = False
) -> list[LogInState]:
    """List one's own log-ins that have not ended; an admin may ask for everybody's."""
    whose = _whose(user, everybody)
    with read_only(database) as session:
        live = log_in_list.live(session, settings.idle, whose)
    return [
        LogInState(
            reference=each.reference,
            person=each.person,
            device=each.device,
            address=each.address,
            began_at=each.began_at,
            last_used_at=each.seen_at,
            here=each.here,
        )
        for each in live
    ]


@api.delete("/log-ins/{reference}", status_code=204)
def end_log_in_by_api(
    database: Database, settings: CurrentSettings, user: CurrentUser, reference: Reference
) -> None:
    """End a log-in of one's own; an admin may end anybody's."""
    with database.begin() as session:
        log_in_list.end(session, settings.idle, reference, user)


@api.get("/tokens")
def list_tokens(
    database: Database, user: CurrentUser, everybody: Everybody = False
) -> list[TokenState]:
    """List one's own tokens; an admin may ask for everybody's."""
    whose = _whose(user, everybody)
    with read_only(database) as session:
        return _states(session, whose)


@api.post("/tokens", status_code=201)
async def make_token_by_api(visit: CurrentVisit, user: CurrentUser, wanted: NewToken) -> MadeToken:
    """Make a token for oneself. It acts for its person within its scopes, and is shown this once.

    Each operation names the scope that opens it. The password is asked for again.
    """
    asked = tokens.Wanted(wanted.name, wanted.scopes, wanted.days)
    text, row = await visit.queue.run(_make, visit, user, asked, wanted.password)
    return MadeToken(token=text, reference=row.reference, expires_at=row.expires_at)


@api.delete("/tokens/{reference}", status_code=204)
def revoke_token_by_api(database: Database, user: CurrentUser, reference: Reference) -> None:
    """Revoke a token of one's own; an admin may revoke anybody's."""
    with database.begin() as session:
        tokens.revoke(session, reference, user)


def _make(visit: Visit, user: User, wanted: tokens.Wanted, password: str) -> tuple[str, ApiToken]:
    with visit.database.begin() as session:
        tokens.check(session, user, wanted)
    with confirmed(visit, user, password) as (session, person):
        return tokens.make(session, person, wanted)


def _answer_making(visit: Visit, user: User, wanted: tokens.Wanted, password: str) -> HTMLResponse:
    page = (visit.request, visit.database, visit.settings, user)
    try:
        text, row = _make(visit, user, wanted, password)
    except (errors.Refused, errors.Conflict) as error:
        return _page(*page, status=422, error=error, typed=wanted)
    return _page(*page, made=Made(text, row.name))


def _page(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    user: User,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        context["log_ins"] = log_in_list.live(session, settings.idle, user.id)
        context["tokens"] = _states(session, user.id)
    context["offered"] = scopes.offered(user.role)
    context["days"] = OFFERED_DAYS
    context["usual"] = tokens.USUAL_DAYS
    return render(request, "accounts/access.html", user, status=status, **context)


def _states(session: Session, whose: int | None = None) -> list[TokenState]:
    now = moment(session)
    return [
        TokenState(
            reference=each.reference,
            name=each.name,
            person=each.user.name,
            scopes=each.scopes,
            state=tokens.standing(each, now),
            created_at=each.created_at,
            expires_at=each.expires_at,
            last_used_at=each.seen_at,
            last_used_from=each.seen_from,
        )
        for each in tokens.existing(session, whose)
    ]


def _whose(user: User, everybody: bool) -> int | None:
    if not everybody:
        return user.id
    require_role(user, "admin")
    return None


def _back(back: str) -> RedirectResponse:
    """Go back to the page that was left; there are two."""
    return RedirectResponse("/people/access" if back == "everybody" else "/access", 303)

"""Logging in and out at the hospital's provider."""

import json
import secrets
import time
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import IntegrityError

from app import errors, sealing
from app.accounts import links, provider_people
from app.accounts.logging_in import local_path
from app.accounts.provider import Provider
from app.accounts.provider_claims import Asked, untrue
from app.accounts.visits import CurrentVisit, Entered, Visit
from app.dependencies import render
from app.log_ins import new_token
from app.problems import status_of
from app.security import Everybody, drop_cookie, own_cookie, set_cookie
from app.texts import _

pages = APIRouter(include_in_schema=False)

COOKIE = "condyle-provider"
SECONDS = 600
"""For how long somebody may be away at the provider."""
BACK = "/login/provider/back"
Sent = Annotated[str, Query(max_length=8000)]


@dataclass(frozen=True)
class Departure:
    """Somebody who was sent to the provider: with what, until when, and where they wanted to go."""

    asked: Asked
    until: float
    where: str


@pages.get("/login/provider", dependencies=[Everybody])
async def leave(visit: CurrentVisit, next: str = "/") -> Response:
    """Send the browser to the provider."""
    provider = _provider(visit)
    if provider is None:
        return RedirectResponse("/login", 303)
    return await visit.request.app.state.provider_queue.run(
        _leave, visit, provider, local_path(next)
    )


@pages.get(BACK, dependencies=[Everybody])
async def come_back(
    visit: CurrentVisit, code: Sent = "", state: Sent = "", iss: Sent = ""
) -> Response:
    """Log in whom the provider sends back."""
    provider = _provider(visit)
    if provider is None:
        return RedirectResponse("/login", 303)
    return await visit.request.app.state.provider_queue.run(
        _come_back, visit, provider, code, state, iss
    )


@pages.get("/login/left", dependencies=[Everybody])
async def left(visit: CurrentVisit) -> Response:
    """Say that a log-in has ended here, and go on to end it at the provider, too."""
    provider = _provider(visit)
    if provider is None:
        return RedirectResponse("/login", 303)
    return await visit.request.app.state.provider_queue.run(_left, visit, provider)


def _leave(visit: Visit, provider: Provider, where: str) -> Response:
    asked = Asked(new_token(), new_token(), new_token())
    try:
        address = provider.address(asked, _back(visit))
    except errors.CondyleError as error:
        return _page(visit, error, where)
    answer = RedirectResponse(address, 303)
    departure = json.dumps(asdict(Departure(asked, time.time() + SECONDS, where)))
    sealed = _seal(visit).sealed(departure, COOKIE)
    set_cookie(answer, visit.settings, _cookie(visit), sealed, SECONDS)
    return answer


def _come_back(visit: Visit, provider: Provider, code: str, state: str, iss: str) -> Response:
    where = "/"
    try:
        departure = _sent_away(visit, state)
        where = departure.where
        if not code or iss not in ("", provider.issuer):
            raise untrue()
        done = _entered(visit, provider, departure, code)
    except errors.CondyleError as error:
        answer = _page(visit, error, where)
    else:
        answer = visit.let_in(RedirectResponse(where, 303), done)
    drop_cookie(answer, visit.settings, _cookie(visit))
    return answer


def _entered(visit: Visit, provider: Provider, departure: Departure, code: str) -> Entered:
    said = provider.said(departure.asked, code, _back(visit))
    role = provider_people.role_for(said, visit.request.app.state.provider_roles)
    try:
        with visit.database.begin() as session:
            if not provider_people.use_up(session, departure.asked.state):
                raise untrue()
            user = provider_people.admit(session, provider.issuer, said, role)
            if user is not None:
                return visit.begin(session, user, by_provider=True)
    except IntegrityError as error:  # the same state, or the same person, twice at once
        raise untrue() from error
    raise errors.Forbidden(
        _("You are known to the hospital's log-in, and may not use Condyle."),
        "",
        _("Ask an admin to have you put into a group that may, or to reactivate your account."),
    )


def _left(visit: Visit, provider: Provider) -> Response:
    try:
        address, error = provider.end_address(f"{_own(visit)}/login"), None
    except errors.CondyleError as away:
        address, error = "", away
    answer = render(visit.request, "accounts/left.html", None, address=address, error=error)
    if address:
        # No redirect: browsers let a form, as that of logging out, lead to no other site.
        answer.headers["Refresh"] = f"0; url={address}"
    return answer


def _sent_away(visit: Visit, state: str) -> Departure:
    try:
        kept = json.loads(
            _seal(visit).opened(visit.request.cookies.get(_cookie(visit), ""), COOKIE)
        )
    except sealing.NotOurs as error:
        raise untrue() from error
    departure = Departure(Asked(**kept["asked"]), kept["until"], kept["where"])
    same = secrets.compare_digest(departure.asked.state.encode(), state.encode())
    if not same or departure.until < time.time():
        raise untrue()
    return departure


def _page(visit: Visit, error: errors.CondyleError, where: str) -> Response:
    context = {"next": where, "error": error, "name": ""}
    status = status_of(error)
    return render(visit.request, "accounts/login.html", None, status=status, **context)


def _provider(visit: Visit) -> Provider | None:
    found: Provider | None = visit.request.app.state.provider
    return found


def _seal(visit: Visit) -> sealing.Seal:
    return sealing.Seal(visit.request.app.state.browser_key, "condyle log-ins at a provider")


def _cookie(visit: Visit) -> str:
    return own_cookie(visit.settings, COOKIE)


def _own(visit: Visit) -> str:
    return links.own_address(visit.settings).rstrip("/")


def _back(visit: Visit) -> str:
    return f"{_own(visit)}{BACK}"

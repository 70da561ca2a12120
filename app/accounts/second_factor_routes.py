"""One's own second factor; and, for an admin, who needs one and whose is reset."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.accounts import codes, log_in_list, requirement, second_factor
from app.accounts.confirming import confirmed
from app.accounts.offers import Offer, offer
from app.accounts.visits import CurrentVisit, Text, Visit
from app.db.engine import read_only
from app.db.people import ROLES, User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentUser, Database, render

pages = APIRouter(include_in_schema=False)


@pages.get("/second-factor")
def second_factor_page(visit: CurrentVisit, user: CurrentUser) -> HTMLResponse:
    """Draw how one's own second factor stands."""
    return _page(visit, user)


@pages.post("/second-factor/begin")
def begin(visit: CurrentVisit, user: CurrentUser) -> HTMLResponse:
    """Draw how to set one up, with a new secret. Nothing is kept until a code confirms it."""
    return _page(visit, user, proposed=offer(visit, user))


@pages.post("/second-factor")
async def set_up(
    visit: CurrentVisit, user: CurrentUser, password: Text, code: Text, offered: Text
) -> Response:
    """Set one's second factor up, and show the recovery codes this once."""
    return await visit.queue.run(_answer_set_up, visit, user, password, code, offered)


@pages.post("/second-factor/recovery-codes")
def renew_codes(visit: CurrentVisit, user: CurrentUser, code: Text) -> Response:
    """Make new recovery codes, and show them this once."""
    try:
        with visit.database.begin() as session:
            right = second_factor.passes(session, visit.seals, user, code, visit.visitor)
            made = second_factor.renew_codes(session, user) if right else []
    except errors.Refused as error:
        return _page(visit, user, error)
    return _shown_once(visit, user, made) if right else _page(visit, user, codes.wrong())


@pages.post("/second-factor/off")
def turn_off(visit: CurrentVisit, user: CurrentUser, code: Text) -> Response:
    """Turn one's own second factor off."""
    try:
        with visit.database.begin() as session:
            right = second_factor.passes(session, visit.seals, user, code, visit.visitor)
            if right:
                second_factor.turn_off(session, user)
    except errors.Refused as error:
        return _page(visit, user, error)
    return RedirectResponse("/second-factor", 303) if right else _page(visit, user, codes.wrong())


@pages.post("/people/second-factor")
def require(
    database: Database,
    user: CurrentAdmin,
    roles: Annotated[list[Text], Form(max_length=len(ROLES))] = [],  # noqa: B006
) -> Response:
    """Say which roles need a second factor."""
    with database.begin() as session:
        requirement.require(session, roles, user)
    return RedirectResponse("/people#second-factors", 303)


@pages.post("/people/second-factor/reset")
def reset(
    database: Database, user: CurrentAdmin, person_id: Annotated[Id, Form()], reason: Text
) -> Response:
    """Take the second factor of somebody away who has lost it."""
    with database.begin() as session:
        second_factor.reset(session, person_id, reason, user)
    return RedirectResponse("/people#second-factors", 303)


def _answer_set_up(visit: Visit, user: User, password: str, code: str, offered: str) -> Response:
    try:
        with confirmed(visit, user, password) as (session, person):
            made = second_factor.set_up(session, visit.seals, person, offered, code)
            log_in_list.end_others(session, visit.settings.idle, person)
    except (errors.Refused, errors.Conflict) as error:
        return _page(visit, user, error, offer(visit, user, offered))
    return _shown_once(visit, user, made)


def _shown_once(visit: Visit, user: User, made: list[str]) -> HTMLResponse:
    template = "accounts/recovery_codes.html"
    return render(visit.request, template, user, codes=made, next="/second-factor")


def _page(
    visit: Visit,
    user: User,
    error: errors.CondyleError | None = None,
    proposed: Offer | None = None,
) -> HTMLResponse:
    with read_only(visit.database) as session:
        standing = second_factor.standing(session, user)
    return render(
        visit.request,
        "accounts/second_factor.html",
        user,
        status=422 if error else 200,
        standing=standing,
        offer=proposed,
        error=error,
    )

"""The page after the password: the code, or the second factor that a role needs."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app import errors
from app.accounts import codes
from app.accounts.logging_in import local_path
from app.accounts.offers import offer
from app.accounts.visits import CurrentVisit, Text, Visit
from app.dependencies import render
from app.security import Everybody

pages = APIRouter(include_in_schema=False)


@pages.get("/login/code", dependencies=[Everybody])
def code_page(visit: CurrentVisit, next: str = "/") -> HTMLResponse:
    """Draw the form for the code; for somebody who needs a second factor, how to set it up."""
    beginner = codes.beginner(visit)
    if beginner is not None and beginner.sets_up:
        return _set_up_page(visit, beginner, local_path(next))
    return _code_page(visit.request, local_path(next))


@pages.post("/login/code", dependencies=[Everybody])
def enter_code(visit: CurrentVisit, code: Text, next: Text = "/") -> Response:
    """Log in by a code, and go where the person wanted to go."""
    where = local_path(next)
    try:
        done = codes.finish(visit, visit.begun_token, code)
    except errors.Refused as error:
        return _code_page(visit.request, where, error)
    if done is None:
        return _code_page(visit.request, where, codes.wrong())
    return visit.enter(done, where)


@pages.post("/login/set-up", dependencies=[Everybody])
def set_up(visit: CurrentVisit, code: Text, offered: Text, next: Text = "/") -> Response:
    """Set a second factor up and log in; the recovery codes are shown this once."""
    beginner = codes.beginner(visit)
    if beginner is None:
        raise codes.too_late()
    where = local_path(next)
    try:
        done, made = codes.finish_by_setting_up(visit, offered, code)
    except (errors.Refused, errors.Conflict) as error:
        return _set_up_page(visit, beginner, where, offered, error)
    template = "accounts/recovery_codes.html"
    return visit.let_in(render(visit.request, template, None, codes=made, next=where), done)


def _code_page(
    request: Request, where: str, error: errors.CondyleError | None = None
) -> HTMLResponse:
    status = 401 if error else 200
    template = "accounts/login_code.html"
    return render(request, template, None, status=status, next=where, error=error)


def _set_up_page(
    visit: Visit,
    beginner: codes.Beginner,
    where: str,
    sent: str = "",
    error: errors.CondyleError | None = None,
) -> HTMLResponse:
    return render(
        visit.request,
        "accounts/login_set_up.html",
        None,
        status=422 if error else 200,
        offer=offer(visit, beginner.user, sent),
        next=where,
        error=error,
    )

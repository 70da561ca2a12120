"""From an error to an answer: problem JSON (RFC 9457) under /api, a page elsewhere.

The only place that knows which error has which HTTP status.
"""

import logging
import secrets
import traceback
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.db.engine import is_full, is_passing
from app.labels.removed import count_refused
from app.pages import ROOT, render
from app.texts import _

log = logging.getLogger(__name__)

STATUS: dict[type[errors.CondyleError], int] = {
    errors.NotLoggedIn: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.UnknownFormat: 415,
    errors.Refused: 422,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}
LIMITER = "starlette.middleware.body_limit"
"""Where the exceptions live by which Starlette stops a body that is too large; none is public."""
KEPT_HEADERS = (b"allow", b"content-range", b"retry-after")
"""What an answer put into words keeps of the one it replaces."""


class Problem(BaseModel):
    """What went wrong (RFC 9457), and the same as what, where and do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    what: str
    where: str
    do: str


def install(app: FastAPI) -> None:
    """Make the application answer its errors as problems."""
    app.add_exception_handler(errors.CondyleError, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(OperationalError, _answer_unavailable)
    app.add_exception_handler(OSError, _answer_unavailable)
    app.add_middleware(Unexpected)


def status_of(error: errors.CondyleError) -> int:
    """Return the HTTP status of an error: that of the nearest class in `STATUS`."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def answer(request: Request, status: int, error: errors.CondyleError) -> Response:
    """Return the answer to a request that failed.

    Args:
        request: what was asked.
        status: the HTTP status.
        error: what, where and do.
    """
    path = request.scope["path"]
    if not path.startswith("/api/"):
        user = getattr(request.state, "user", None)
        response: Response = render(request, "problem.html", user, status=status, error=error)
    else:
        body = Problem(
            title=error.what,
            status=status,
            detail=error.do,
            instance=path,
            what=error.what,
            where=error.where,
            do=error.do,
        )
        kind = "application/problem+json"
        response = JSONResponse(body.model_dump(), status, media_type=kind)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, errors.TooMany | errors.Unavailable):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.CondyleError)
    if isinstance(error, errors.NotLoggedIn) and not request.scope["path"].startswith("/api/"):
        path = request.scope["path"] if request.method == "GET" else "/"
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        return RedirectResponse(f"/login?next={quote(path + query)}", 303)
    if isinstance(error, errors.Forbidden):
        _note_refusal(request)
    if isinstance(error, errors.Removed):
        with request.app.state.database.begin() as session:
            count_refused(session, error.removal_id)
    return answer(request, status_of(error), error)


def _note_refusal(request: Request) -> None:
    """Record that somebody who is logged in was refused; a stranger is nobody to be named."""
    user, route = getattr(request.state, "user", None), request.scope.get("route")
    if user is None or route is None:
        return
    state = request.app.state
    try:
        state.refusals.note(state.database, user.id, f"{request.method} {route.path}")
    except OperationalError as problem:
        log.warning("a refusal was not recorded: %s", _describe(problem))


def _answer_invalid(request: Request, error: Exception) -> Response:
    """Name the fields, never their values: they may hold what must not be repeated."""
    assert isinstance(error, RequestValidationError)
    fields = {".".join(str(part) for part in each["loc"][1:]) for each in error.errors()}
    where = ", ".join(sorted(fields - {""})) or _("the request's body")
    reasons = "; ".join(sorted({str(each["msg"]) for each in error.errors()}))
    refusal = errors.Refused(
        _("The request has missing or wrong fields."),
        where,
        _("Correct them: {reasons}.", reasons=reasons),
    )
    return answer(request, 422, refusal)


def _answer_unavailable(request: Request, error: Exception) -> Response:
    """Say which of database and disk is in the way; an error of neither stays unforeseen."""
    if isinstance(error, OperationalError) and is_passing(error):
        refusal = errors.Unavailable(
            _("The database does not answer."),
            "",
            _("Try again in a moment. If that does not help, tell the person who runs Condyle."),
        )
    elif is_full(error):
        refusal = errors.Unavailable(
            _("The disk is full."),
            "",
            _("Nothing was saved. Tell the person who runs Condyle to free some space."),
        )
    else:
        raise error
    log.warning("unavailable: %s", _describe(error))
    return answer(request, 503, refusal)


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    response = answer(request, error.status_code, _in_words(request, error.status_code))
    response.headers.update(error.headers or {})
    return response


def _in_words(request: Request, status: int) -> errors.CondyleError:
    words = {
        404: (_("There is no such page."), _("Go back, or start from the home page.")),
        405: (
            _("This address does not accept that method."),
            _("Use the method the documentation names."),
        ),
        413: (_("The request is too large."), _("Send less at once.")),
        416: (
            _("The file has no such part."),
            _("Ask for a range within the file, or for the whole file."),
        ),
        500: (
            _("Something went wrong. It is not your fault."),
            _("Try again. If it happens again, tell the person who runs Condyle."),
        ),
    }
    what, do = words.get(status, (_("The request could not be read."), _("Send it again.")))
    return errors.CondyleError(what, request.scope["path"], do)


class InWords:
    """ASGI middleware: an error that a library answered in plain text becomes a problem too.

    FastAPI's limit of the body, Starlette's answers to a `Range` and its last resort, a bare 500,
    pass no exception handler.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer in the place of whatever answers an error in plain text."""
        replaced = False

        async def watch(message: Message) -> None:
            nonlocal replaced
            if replaced:
                return
            replaced = message["type"] == "http.response.start" and _is_plain_error(message)
            if not replaced:
                await send(message)
                return
            request = Request(scope)
            response = answer(request, message["status"], _in_words(request, message["status"]))
            kept = [(name, value) for name, value in message["headers"] if name in KEPT_HEADERS]
            response.raw_headers.extend(kept)
            await response(scope, receive, send)

        await self.app(scope, receive, watch)


def _is_plain_error(message: Message) -> bool:
    kind: bytes = dict(message["headers"]).get(b"content-type", b"")
    return bool(message["status"] >= 400 and kind.startswith(b"text/plain"))


class Unexpected:
    """ASGI middleware: an error nobody foresaw becomes a number in the log and in the answer.

    The log holds the kind of error and the lines it passed, not its text: a database error quotes
    the row it failed on, and that row may be a report.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 where that raises before the answer has started."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if type(error).__module__ == LIMITER:
                raise
            number = secrets.token_hex(4)
            log.error("request %s failed: %s", number, _describe(error))
            if scope["type"] != "http" or started:
                return
            problem = errors.CondyleError(
                _("Something went wrong. It is not your fault."),
                _("request {number}", number=number),
                _("Try again. If it happens again, tell the person who runs Condyle this number."),
            )
            await answer(Request(scope, receive), 500, problem)(scope, receive, send)


def _describe(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT / "app")][-6:]
    lines = [f"{Path(f.filename).relative_to(ROOT)}:{f.lineno} {f.name}" for f in ours]
    return f"{type(error).__name__} at {' > '.join(lines)}"

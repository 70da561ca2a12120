"""What the routes of log-ins are given: who knocks, and the cookies that the answer sets."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app import log_ins
from app.accounts import begun, browsers, requirement, second_factor
from app.accounts.door import Queue
from app.accounts.factor_seals import Seals
from app.audit import record
from app.db.engine import Database as SessionFactory
from app.db.people import LogIn, User
from app.dependencies import CurrentSettings, Database, sent_token
from app.security import cookie_name, drop_cookie, own_cookie, set_cookie
from app.settings import Settings

LONGEST = 2000
Text = Annotated[str, Form(max_length=LONGEST)]
Lacking = Literal["code", "set up"]


@dataclass(frozen=True)
class Entered:
    """Somebody is in: the token of the log-in, and its row."""

    token: str
    log_in: LogIn


@dataclass(frozen=True)
class Begun:
    """Somebody's password was right: the token of what has begun, and what is still lacking."""

    token: str
    lacking: Lacking


@dataclass(frozen=True)
class Visit:
    """What logging in takes: the request, the database, the settings, and whose browser it is."""

    request: Request
    database: SessionFactory
    settings: Settings
    visitor: browsers.Visitor
    queue: Queue
    seals: Seals

    @property
    def begun_token(self) -> str:
        """The token of the log-in that the browser has begun, or an empty string."""
        return self.request.cookies.get(own_cookie(self.settings, begun.COOKIE), "")

    def pass_on(self, session: Session, user: User, action: str = "") -> Entered | Begun:
        """Log somebody in whose password was right, or say what else it takes.

        Args:
            session: an open unit of work.
            user: who.
            action: what the audit trail calls it where they are in; empty: it is not recorded.
        """
        lacking = _lacking(session, user)
        if lacking is not None:
            record(session, user, "enter password", f"person {user.id}")
            return Begun(begun.begin(session, user), lacking)
        if action:
            record(session, user, action, f"person {user.id}")
        return self.begin(session, user)

    def begin(self, session: Session, user: User, *, by_provider: bool = False) -> Entered:
        """Log somebody in, in place of who was logged in with this browser."""
        log_ins.end(session, sent_token(self.request, self.settings))
        hours = self.settings.session_hours
        return Entered(*log_ins.start(session, user, hours, by_provider))

    def enter(self, done: Entered | Begun, where: str) -> Response:
        """Return the answer to a right password: where to go now, with the cookies it takes."""
        if isinstance(done, Begun):
            answer = RedirectResponse(f"/login/code?{urlencode({'next': where})}", 303)
            name = own_cookie(self.settings, begun.COOKIE)
            set_cookie(answer, self.settings, name, done.token, begun.MINUTES * 60)
            return answer
        return self.let_in(RedirectResponse(where, 303), done)

    def let_in(self, answer: Response, done: Entered) -> Response:
        """Give an answer the cookies of a log-in and of a known browser."""
        seconds = self.settings.session_hours * 3600
        set_cookie(answer, self.settings, cookie_name(self.settings), done.token, seconds)
        known = (self.visitor.browser or browsers.new_browser()).after(done.log_in.user_id)
        name = own_cookie(self.settings, browsers.COOKIE)
        signed = browsers.write(known, self.request.app.state.browser_key)
        set_cookie(answer, self.settings, name, signed, browsers.DAYS * 24 * 3600)
        if self.begun_token:
            drop_cookie(answer, self.settings, own_cookie(self.settings, begun.COOKIE))
        return answer


def _lacking(session: Session, user: User) -> Lacking | None:
    if second_factor.has(session, user.id):
        return "code"
    return "set up" if requirement.lacks(session, user) else None


async def _visit(request: Request, database: Database, settings: CurrentSettings) -> Visit:
    state = request.app.state
    visitor = browsers.visitor(request, settings, state.browser_key)
    return Visit(request, database, settings, visitor, state.log_in_queue, state.factor_seals)


CurrentVisit = Annotated[Visit, Depends(_visit)]

"""The page of notifications, what each person chooses of them, and the same for programs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import scopes
from app.announcing import TOPICS
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentSettings, CurrentUser, Database, render
from app.errors import Refused
from app.notifications import choices, mails, rules
from app.notifications.addresses import LONGEST_ADDRESS
from app.notifications.faults import FAULTS
from app.notifications.rules import Told
from app.outgoing import tries
from app.settings import Settings

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["notifications"])

Topics = Annotated[list[Annotated[str, Field(max_length=50)]], Form(max_length=len(TOPICS))]
MOST_LISTED = 200


class NotificationState(BaseModel):
    """A notification: what it says, in the language of its person, and which page it is about.

    `data` holds what a webhook is sent of the same topic. `read_at` is null while it is unread.
    """

    id: int
    topic: str
    text: str
    page: str
    data: dict[str, int | str | None]
    created_at: datetime
    read_at: datetime | None


class UpTo(BaseModel):
    """The newest notification that is meant."""

    up_to: IdInJson


class Marked(BaseModel):
    """How many notifications were unread until now."""

    marked: int


@pages.get("/notifications")
def notifications_page(
    request: Request, database: Database, user: CurrentUser, before: Id | None = None
) -> HTMLResponse:
    """Draw what somebody was told, the newest first."""
    with read_only(database) as session:
        told = rules.listed(session, user, before)
    return render(
        request,
        "notifications/notifications.html",
        user,
        told=told,
        before=before,
        earlier=told[-1].notification_id if len(told) == rules.SHOWN else None,
        days=rules.KEPT.days,
        most=rules.KEPT_OF_A_PERSON,
    )


@pages.post("/notifications/{notification_id}/open")
def open_page(database: Database, user: CurrentUser, notification_id: Id) -> RedirectResponse:
    """Mark a notification as read, and go to what it is about."""
    with database.begin() as session:
        told = rules.read(session, user, notification_id)
    return RedirectResponse(told.page, 303)


@pages.post("/notifications/read")
def read_all(
    database: Database, user: CurrentUser, up_to: Annotated[Id, Form()]
) -> RedirectResponse:
    """Mark all that the page shows, and what is older, as read."""
    with database.begin() as session:
        rules.read_all(session, user, up_to)
    return RedirectResponse("/notifications", 303)


@pages.get("/notifications/choices")
def choices_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentUser,
    saved: bool = False,
) -> HTMLResponse:
    """Draw what somebody can be told of, and how their mails fare."""
    return _choices(request, database, settings, user, saved=saved)


@pages.post("/notifications/choices")
def choose(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentUser,
    in_app: Topics = [],  # noqa: B006
    by_mail: Topics = [],  # noqa: B006
    address: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "",
) -> Response:
    """Keep what somebody wants to be told of, and where mails go."""
    try:
        with database.begin() as session:
            choices.choose(session, user, in_app, by_mail if settings.mail_server else None)
            if settings.mail_server:
                choices.set_address(session, user, address)
    except Refused as error:
        return _choices(request, database, settings, user, status=422, error=error, typed=address)
    return RedirectResponse("/notifications/choices?saved=true", 303)


@pages.post("/notifications/mail/try")
def try_mail(database: Database, settings: CurrentSettings, user: CurrentUser) -> RedirectResponse:
    """Send somebody a mail that tells of nothing."""
    with database.begin() as session:
        mails.try_out(session, user, settings)
    return RedirectResponse("/notifications/choices", 303)


@api.get("/notifications")
def list_notifications(
    database: Database,
    user: CurrentUser,
    before: Id | None = None,
    unread: bool = False,
    most: Annotated[int, Query(ge=1, le=MOST_LISTED)] = rules.SHOWN,
) -> list[NotificationState]:
    """List your notifications, the newest first; `before` is the number of one."""
    with read_only(database) as session:
        return [_state(each) for each in rules.listed(session, user, before, unread, most)]


@api.post("/notifications/read")
def read_all_by_api(database: Database, user: CurrentUser, wanted: UpTo) -> Marked:
    """Mark one of your notifications and all older ones as read."""
    with database.begin() as session:
        return Marked(marked=rules.read_all(session, user, wanted.up_to))


@api.post("/notifications/{notification_id}/read")
def read_by_api(database: Database, user: CurrentUser, notification_id: Id) -> NotificationState:
    """Mark one of your notifications as read."""
    with database.begin() as session:
        return _state(rules.read(session, user, notification_id))


def _state(told: Told) -> NotificationState:
    return NotificationState(
        id=told.notification_id,
        topic=told.topic,
        text=told.sentence,
        page=told.page,
        data=dict(told.data),
        created_at=told.at,
        read_at=told.read_at,
    )


def _choices(
    request: Request,
    database: SessionFactory,
    settings: Settings,
    user: User,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        shown = choices.choices(session, user)
        last = mails.latest(session, user.id) if settings.mail_server else None
        of_all = settings.mail_server and user.role == "admin"
        standing = mails.standing(session) if of_all else None
    return render(
        request,
        "notifications/choices.html",
        user,
        status=status,
        choices=shown,
        mail=bool(settings.mail_server),
        last=last,
        standing=standing,
        faults=FAULTS,
        most_tries=tries.most(),
        days=mails.KEPT.days,
        **context,
    )

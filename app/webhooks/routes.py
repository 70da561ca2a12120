"""The page of webhooks, and the same for programs."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import scopes
from app.announcing import TOPICS, TRIAL
from app.db.engine import read_only
from app.db.tables import Id
from app.db.webhooks import Delivery, Webhook
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.errors import CondyleError, Conflict, Refused
from app.outgoing import tries
from app.webhooks import addresses, deliveries, rules
from app.webhooks.faults import FAULTS

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix=scopes.API, tags=["webhooks"])

Address = Annotated[str, Field(max_length=rules.LONGEST)]
Topics = Annotated[list[Annotated[str, Field(max_length=50)]], Field(max_length=len(TOPICS))]
MOST_LISTED = 200


class NewWebhook(BaseModel):
    """A webhook to be set up: where to, and what it is told of."""

    address: Address
    topics: Topics


class WebhookState(BaseModel):
    """A webhook without its secret; `state` is `active` or `paused`."""

    id: int
    address: str
    topics: list[str]
    state: Literal["active", "paused"]
    created_at: datetime


class WebhookWithSecret(WebhookState):
    """A webhook with its secret, which is shown this once."""

    secret: str


class DeliveryState(BaseModel):
    """What one webhook is told, and how that fares.

    `key` is the `webhook-id` that the receiver sees. `answer` has the first bytes of the last
    answer; `fault` says why there was none.
    """

    id: int
    key: str
    webhook: int
    topic: str
    body: str
    status: Literal["waiting", "delivered", "failed"]
    attempts: int
    created_at: datetime
    tried_at: datetime | None
    next_try_at: datetime | None
    answer_status: int | None
    answer: str
    fault: str


@pages.get("/webhooks")
def webhooks_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    before: Id | None = None,
    failed: bool = False,
) -> HTMLResponse:
    """Draw the webhooks and what they were told."""
    return _page(request, database, user, before=before, failed=failed)


@pages.post("/webhooks")
def set_up(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    address: Annotated[str, Form(max_length=rules.LONGEST)],
    topics: Annotated[list[str], Form(max_length=len(TOPICS))] = [],  # noqa: B006
) -> Response:
    """Set a webhook up, and show its secret this once."""
    try:
        with database.begin() as session:
            networks = addresses.listed(settings)
            made = rules.add(session, address, topics, networks, user)
    except (Refused, Conflict) as error:
        typed = {"address": address, "topics": topics}
        return _page(request, database, user, status=422, error=error, typed=typed)
    return _page(request, database, user, made=made)


@pages.post("/webhooks/{webhook_id}/secret")
def renew_secret(
    request: Request, database: Database, user: CurrentAdmin, webhook_id: Id
) -> Response:
    """Give a webhook another secret, and show it this once."""
    with database.begin() as session:
        made = rules.renew_secret(session, webhook_id, user)
    return _page(request, database, user, made=made, renewed=True)


@pages.post("/webhooks/{webhook_id}/pause")
def pause(database: Database, user: CurrentAdmin, webhook_id: Id) -> Response:
    """Let what happens wait for a webhook."""
    with database.begin() as session:
        rules.pause(session, webhook_id, True, user)
    return _back()


@pages.post("/webhooks/{webhook_id}/resume")
def resume(database: Database, user: CurrentAdmin, webhook_id: Id) -> Response:
    """Send a paused webhook what has waited, and what happens."""
    with database.begin() as session:
        rules.pause(session, webhook_id, False, user)
    return _back()


@pages.post("/webhooks/{webhook_id}/try")
def try_out(database: Database, user: CurrentAdmin, webhook_id: Id) -> Response:
    """Send a webhook something that tells of nothing."""
    with database.begin() as session:
        rules.try_out(session, webhook_id, user)
    return _back()


@pages.post("/webhooks/{webhook_id}/remove")
def remove(database: Database, user: CurrentAdmin, webhook_id: Id) -> Response:
    """Remove a webhook."""
    with database.begin() as session:
        rules.remove(session, webhook_id, user)
    return _back()


@pages.post("/webhooks/deliveries/{delivery_id}/again")
def send_again(database: Database, user: CurrentAdmin, delivery_id: Id) -> Response:
    """Have a delivery be tried anew."""
    with database.begin() as session:
        deliveries.send_again(session, delivery_id, user)
    return _back()


@api.get("/webhooks")
def list_webhooks(database: Database, user: CurrentAdmin) -> list[WebhookState]:
    """List the webhooks."""
    with read_only(database) as session:
        return [WebhookState(**_state(each)) for each in rules.existing(session)]


@api.post("/webhooks", status_code=201)
def set_up_by_api(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, wanted: NewWebhook
) -> WebhookWithSecret:
    """Set a webhook up. Its secret, by which deliveries are signed, is shown this once."""
    with database.begin() as session:
        networks = addresses.listed(settings)
        made = rules.add(session, wanted.address, wanted.topics, networks, user)
    return WebhookWithSecret(secret=made.secret, **_state(made))


@api.post("/webhooks/{webhook_id}/secret")
def renew_secret_by_api(
    database: Database, user: CurrentAdmin, webhook_id: Id
) -> WebhookWithSecret:
    """Give a webhook another secret. For a day deliveries are signed by the former, too."""
    with database.begin() as session:
        made = rules.renew_secret(session, webhook_id, user)
    return WebhookWithSecret(secret=made.secret, **_state(made))


@api.post("/webhooks/{webhook_id}/pause")
def pause_by_api(database: Database, user: CurrentAdmin, webhook_id: Id) -> WebhookState:
    """Let what happens wait for a webhook."""
    with database.begin() as session:
        return WebhookState(**_state(rules.pause(session, webhook_id, True, user)))


@api.post("/webhooks/{webhook_id}/resume")
def resume_by_api(database: Database, user: CurrentAdmin, webhook_id: Id) -> WebhookState:
    """Send a paused webhook what has waited, and what happens."""
    with database.begin() as session:
        return WebhookState(**_state(rules.pause(session, webhook_id, False, user)))


@api.post("/webhooks/{webhook_id}/try", status_code=202)
def try_out_by_api(database: Database, user: CurrentAdmin, webhook_id: Id) -> DeliveryState:
    """Send a webhook something that tells of nothing, of the type `webhook.trial`."""
    with database.begin() as session:
        return _delivery(rules.try_out(session, webhook_id, user))


@api.delete("/webhooks/{webhook_id}", status_code=204)
def remove_by_api(database: Database, user: CurrentAdmin, webhook_id: Id) -> None:
    """Remove a webhook; what waits for it is given up."""
    with database.begin() as session:
        rules.remove(session, webhook_id, user)


@api.get("/webhooks/deliveries")
def list_deliveries(
    database: Database,
    user: CurrentAdmin,
    before: Id | None = None,
    failed: bool = False,
    most: Annotated[int, Query(ge=1, le=MOST_LISTED)] = deliveries.SHOWN,
) -> list[DeliveryState]:
    """List what webhooks were told, the newest first; `before` is the number of a delivery."""
    with read_only(database) as session:
        return [_delivery(each) for each in deliveries.listed(session, before, failed, most)]


@api.post("/webhooks/deliveries/{delivery_id}/again", status_code=202)
def send_again_by_api(database: Database, user: CurrentAdmin, delivery_id: Id) -> DeliveryState:
    """Have a delivery be tried anew, at once, under the same `webhook-id`."""
    with database.begin() as session:
        return _delivery(deliveries.send_again(session, delivery_id, user))


def _page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    *,
    before: int | None = None,
    failed: bool = False,
    status: int = 200,
    error: CondyleError | None = None,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        webhooks = rules.existing(session)
        listed = deliveries.listed(session, before, failed)
    return render(
        request,
        "webhooks/webhooks.html",
        user,
        status=status,
        webhooks=webhooks,
        deliveries=listed,
        earlier=listed[-1].id if len(listed) == deliveries.SHOWN else None,
        before=before,
        failed=failed,
        topics=TOPICS,
        trial=TRIAL,
        faults=FAULTS,
        most_tries=tries.most(),
        days=deliveries.KEPT.days,
        server_of=rules.server_of,
        ids_of=deliveries.ids_of,
        error=error,
        **context,
    )


def _state(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "address": webhook.address,
        "topics": webhook.topics,
        "state": "paused" if webhook.paused else "active",
        "created_at": webhook.created_at,
    }


def _delivery(each: Delivery) -> DeliveryState:
    return DeliveryState(
        id=each.id,
        key=each.key,
        webhook=each.webhook_id,
        topic=each.topic,
        body=each.body,
        status=each.status,
        attempts=each.attempts,
        created_at=each.created_at,
        tried_at=each.tried_at,
        next_try_at=each.due_at if each.status == "waiting" else None,
        answer_status=each.answer_status,
        answer=each.answer,
        fault=each.fault,
    )


def _back() -> RedirectResponse:
    return RedirectResponse("/webhooks", 303)

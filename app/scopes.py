"""What a token may be used for: a few scopes, and which of the API's routes each opens.

This is the one place that says so. A route that is in none is closed to every token.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from app import errors
from app.texts import _, noop

Scope = Literal[
    "films",
    "reading",
    "notifications",
    "archive",
    "import",
    "store",
    "remove",
    "runs",
    "models",
    "classify",
    "export",
    "webhooks",
    "outbox",
]
NAMES: tuple[Scope, ...] = get_args(Scope)
API = "/api/v1"
BY_A_PERSON = "a person"
"""Opens to who has logged in, and to no token: what gives or takes access, and films that may show
a name."""
FOR_READERS = frozenset[str]({"films", "reading", "notifications"})
"""Scopes that a reader's token may have, too; the others need an admin's."""
TITLES: dict[Scope, str] = {
    "films": noop("See films and the guideline"),
    "reading": noop("Read, review and practise, as at the desk"),
    "notifications": noop("See your notifications, mark them as read"),
    "archive": noop("Find films, list or exclude them, overrule labels"),
    "import": noop("Import films, tables and reports"),
    "store": noop("Send films, as a PACS does by DICOMweb"),
    "remove": noop("Take imports back, remove films for good"),
    "runs": noop("Start, follow and cancel runs"),
    "models": noop("See models, evaluations and the monitor, promote a model"),
    "classify": noop("Have single films classified"),
    "export": noop("Download labels, reads, predictions, models and the activity"),
    "webhooks": noop("Set webhooks up, see and repeat what they were told"),
    "outbox": noop("See what the PACS was sent, send it again, or the worst errors of a model"),
}

OPENS: dict[str, tuple[str, ...]] = {
    "films": (
        "GET /images/{image_id}",
        "GET /images/{image_id}/pixels",
        "POST /images/{image_id}/pixels",
        "GET /images/{image_id}/preview",
        "GET /images/{image_id}/comparison",
        "GET /thumbnails/{digest}",
        "GET /guideline",
    ),
    "reading": (
        "POST /worklists/{worklist}/next",
        "POST /worklists/{worklist}/skip",
        "POST /worklists/{worklist}/undo",
        "GET /worklists/{worklist}/progress",
        "POST /leases/give-back",
        "POST /images/{image_id}/annotations",
        "POST /images/{image_id}/knee",
        "GET /images/{image_id}/history",
        "GET /reads/{worklist}",
        "GET /reads/{worklist}/{image_id}",
        "POST /reads/{worklist}/{image_id}/correction",
        "POST /pseudo-labels/{pseudo_label_id}/decision",
        "POST /pseudo-labels/{pseudo_label_id}/blind-read",
        "GET /pseudo-labels/{pseudo_label_id}/attention",
        "POST /grid/{class_id}/page",
        "POST /grid/{class_id}/decisions",
        "POST /grid/undo",
        "GET /classes",
        "GET /practice",
        "POST /practice/next",
        "POST /practice/answers",
        "GET /keys",
        "PUT /keys",
    ),
    "notifications": (
        "GET /notifications",
        "POST /notifications/read",
        "POST /notifications/{notification_id}/read",
    ),
    "archive": (
        "POST /worklists/seed/draw",
        "GET /images",
        "POST /images/lists/preview",
        "POST /images/lists",
        "POST /images/exclude/preview",
        "POST /images/exclude",
        "POST /images/take-back",
        "POST /images/duplicates/preview",
        "POST /images/duplicates",
        "POST /images/{image_id}/overrule",
        "POST /images/{image_id}/put-back",
    ),
    "import": (
        "POST /uploads",
        "PUT /uploads/{upload}/files",
        "DELETE /uploads/{upload}",
        "POST /imports/columns",
        "POST /imports",
        "GET /arrivals",
        "PUT /arrivals/settings",
        "POST /arrivals/import",
        "GET /arrivals/put-aside",
        "POST /arrivals/put-aside/{film_id}/let-in",
        "GET /arrivals/senders",
        "DELETE /arrivals/senders",
        "GET /pull",
    ),
    "store": (
        "POST /dicomweb/studies",
        "POST /dicomweb/studies/{study_uid}",
    ),
    "remove": (
        "POST /imports/{import_id}/take-back",
        "POST /removals",
        "DELETE /arrivals/put-aside/{film_id}",
    ),
    "runs": (
        "POST /runs",
        "GET /runs/{run_id}",
        "POST /runs/{run_id}/cancel",
        "GET /runs/{run_id}/events",
    ),
    "models": (
        "GET /models",
        "GET /monitor",
        "POST /models/{version_id}/promote",
        "POST /monitor/stops/{stop_id}/lift",
        "GET /evaluations/{evaluation_id}",
    ),
    "classify": ("POST /classify",),
    "export": (
        "GET /export/{what}",
        "GET /export/model/{run_id}",
        "POST /images/export",
        "GET /evaluations/{evaluation_id}/predictions.csv",
        "GET /practice/people",
        "GET /activity.csv",
    ),
    "webhooks": (
        "GET /webhooks",
        "POST /webhooks",
        "DELETE /webhooks/{webhook_id}",
        "POST /webhooks/{webhook_id}/secret",
        "POST /webhooks/{webhook_id}/pause",
        "POST /webhooks/{webhook_id}/resume",
        "POST /webhooks/{webhook_id}/try",
        "GET /webhooks/deliveries",
        "POST /webhooks/deliveries/{delivery_id}/again",
    ),
    "outbox": (
        "GET /outbox",
        "POST /outbox/again",
        "POST /outbox/{report_id}/again",
        "GET /outbox/selections",
        "POST /outbox/selections/again",
        "POST /outbox/selections/{selection_id}/again",
        "POST /evaluations/{evaluation_id}/key-objects",
    ),
    BY_A_PERSON: (
        "POST /logout",
        "GET /log-ins",
        "DELETE /log-ins/{reference}",
        "GET /tokens",
        "POST /tokens",
        "DELETE /tokens/{reference}",
        "GET /held/{film_id}/films/{part}",
    ),
}
"""The routes under /api/v1 that each opens. Those that need no log-in need no scope."""
_OF_ROUTE = {route: scope for scope, routes in OPENS.items() for route in routes}


@dataclass(frozen=True)
class Offer:
    """A scope as a person chooses it: its name, what it is for, whether a reader may have it."""

    name: Scope
    title: str
    for_readers: bool


def offered(role: str) -> list[Offer]:
    """Return the scopes that a person of a role can give to a token."""
    offers = [Offer(name, _(TITLES[name]), name in FOR_READERS) for name in NAMES]
    return [each for each in offers if role == "admin" or each.for_readers]


def of_route(method: str, path: str) -> str | None:
    """Return the scope that opens a route of the API, `BY_A_PERSON`, or None where it is in none.

    Args:
        method: of HTTP, in capitals.
        path: as the route declares it, with the names of its parameters.
    """
    return _OF_ROUTE.get(f"{method} {path.removeprefix(API)}")


def require(method: str, path: str, scopes: Collection[str]) -> None:
    """Refuse a route that none of a token's scopes opens.

    Raises:
        errors.Forbidden: none does.
    """
    needed = of_route(method, path)
    if needed in scopes:
        return
    if needed in TITLES:
        raise errors.Forbidden(
            _("This token does not open that."),
            _("scope {scope}", scope=needed),
            _("Make a token with this scope, on Your profile > Log-ins and tokens."),
        )
    raise errors.Forbidden(
        _("No token opens this."), "", _("Log in with your name and password instead.")
    )

"""Every route, mount and web socket, and who may use it. One that is not in the table fails.

To add a route, add its line to `ROUTES`: method, path, and the least role that may use it.
"""

import re

import pytest
from fastapi import FastAPI, Response
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import Mount, WebSocketRoute
from starlette.testclient import TestClient
from support.access_routes import OF_ACCESS, OF_LOG_INS, OF_PEOPLE
from support.arrival_routes import ARRIVALS
from support.class_routes import OF_CLASSES
from support.notification_routes import OF_NOTIFICATIONS
from support.outbox_routes import OF_OUTBOX
from support.web import Web
from support.webhook_routes import OF_WEBHOOKS

from app import access
from app.db.engine import Database
from app.settings import Settings

ANYONE, READER, ADMIN = "anyone", "reader", "admin"

ROUTES = (
    OF_ACCESS
    | OF_CLASSES
    | OF_LOG_INS
    | OF_PEOPLE
    | OF_NOTIFICATIONS
    | OF_OUTBOX
    | OF_WEBHOOKS
    | {
        ("GET", "/api/v1/openapi.json"): ANYONE,
        ("GET", "/api/v1/texts"): ANYONE,
        ("GET", "/healthz"): ANYONE,
        ("GET", "/readyz"): ANYONE,
        ("GET", "/metrics"): ANYONE,
        ("GET", "/"): READER,
        ("GET", "/settings"): ADMIN,
        ("GET", "/api/v1/classes"): READER,
        ("POST", "/logout"): READER,
        ("GET", "/profile"): READER,
        ("POST", "/profile"): READER,
        ("GET", "/help"): READER,
        ("GET", "/help/glossary"): READER,
        ("GET", "/help/documents/{document}"): READER,
        ("GET", "/help/pictures/{picture}"): READER,
        ("POST", "/help/tour/begin"): READER,
        ("POST", "/help/tour/end"): READER,
        ("GET", "/password"): READER,
        ("POST", "/password"): READER,
        ("GET", "/activity"): ADMIN,
        ("GET", "/api/v1/activity.csv"): ADMIN,
        ("POST", "/api/v1/logout"): READER,
        ("GET", "/imports"): ADMIN,
        ("POST", "/api/v1/uploads"): ADMIN,
        ("PUT", "/api/v1/uploads/{upload}/files"): ADMIN,
        ("DELETE", "/api/v1/uploads/{upload}"): ADMIN,
        ("POST", "/api/v1/imports"): ADMIN,
        ("POST", "/api/v1/imports/columns"): ADMIN,
        ("GET", "/imports/{import_id}"): ADMIN,
        ("POST", "/imports/{import_id}/take-back"): ADMIN,
        ("POST", "/api/v1/imports/{import_id}/take-back"): ADMIN,
        ("GET", "/removals"): ADMIN,
        ("POST", "/removals"): ADMIN,
        ("POST", "/removals/{removal_id}/lift"): ADMIN,
        ("POST", "/api/v1/removals"): ADMIN,
        ("GET", "/both-knees"): ADMIN,
        ("POST", "/both-knees"): ADMIN,
        ("POST", "/both-knees/{view_id}/remove"): ADMIN,
        ("POST", "/api/v1/images/{image_id}/knee"): READER,
        ("POST", "/imports/quarantine/dismiss"): ADMIN,
        ("GET", "/held"): ADMIN,
        ("GET", "/api/v1/held/{film_id}/films/{part}"): ADMIN,
        ("POST", "/held/{film_id}/release"): ADMIN,
        ("POST", "/held/{film_id}/leave-out"): ADMIN,
        ("POST", "/imports/quarantine/{file_id}/dismiss"): ADMIN,
        **ARRIVALS,
        ("GET", "/reading"): READER,
        ("GET", "/reading/{worklist}"): READER,
        ("POST", "/api/v1/worklists/{worklist}/next"): READER,
        ("POST", "/api/v1/leases/give-back"): READER,
        ("POST", "/api/v1/images/{image_id}/annotations"): READER,
        ("POST", "/api/v1/worklists/{worklist}/skip"): READER,
        ("POST", "/api/v1/worklists/{worklist}/undo"): READER,
        ("GET", "/api/v1/images/{image_id}"): READER,
        ("GET", "/api/v1/images/{image_id}/history"): READER,
        ("GET", "/images/{image_id}/history"): READER,
        ("GET", "/images/{image_id}/view"): READER,
        ("GET", "/api/v1/images/{image_id}/pixels"): READER,
        ("POST", "/api/v1/images/{image_id}/pixels"): READER,
        ("GET", "/worklists"): ADMIN,
        ("POST", "/worklists/seed/order"): ADMIN,
        ("POST", "/worklists/review/order"): ADMIN,
        ("POST", "/worklists/{worklist}/assignment"): ADMIN,
        ("POST", "/worklists/hands/{reader_id}/give-back"): ADMIN,
        ("POST", "/worklists/named/{list_id}"): ADMIN,
        ("POST", "/worklists/named/{list_id}/end"): ADMIN,
        ("GET", "/archive"): ADMIN,
        ("GET", "/api/v1/images"): ADMIN,
        ("POST", "/api/v1/images/exclude/preview"): ADMIN,
        ("POST", "/api/v1/images/exclude"): ADMIN,
        ("POST", "/api/v1/images/take-back"): ADMIN,
        ("POST", "/api/v1/images/duplicates/preview"): ADMIN,
        ("POST", "/api/v1/images/duplicates"): ADMIN,
        ("POST", "/images/{image_id}/exclude"): ADMIN,
        ("POST", "/images/{image_id}/keep"): ADMIN,
        ("POST", "/images/{image_id}/take-back"): ADMIN,
        ("POST", "/api/v1/images/lists/preview"): ADMIN,
        ("POST", "/api/v1/images/lists"): ADMIN,
        ("POST", "/api/v1/images/export"): ADMIN,
        ("POST", "/archive/export"): ADMIN,
        ("POST", "/images/{image_id}/overrule"): ADMIN,
        ("POST", "/images/{image_id}/put-back"): ADMIN,
        ("POST", "/api/v1/images/{image_id}/overrule"): ADMIN,
        ("POST", "/api/v1/images/{image_id}/put-back"): ADMIN,
        ("GET", "/find-films"): ADMIN,
        ("POST", "/find-films"): ADMIN,
        ("POST", "/find-films/by-look"): ADMIN,
        ("GET", "/practice"): READER,
        ("GET", "/practice/desk"): READER,
        ("GET", "/api/v1/practice"): READER,
        ("POST", "/api/v1/practice/next"): READER,
        ("POST", "/api/v1/practice/answers"): READER,
        ("GET", "/practice/set"): ADMIN,
        ("POST", "/practice/set"): ADMIN,
        ("POST", "/practice/set/draw"): ADMIN,
        ("POST", "/practice/set/{image_id}/remove"): ADMIN,
        ("POST", "/practice/terms"): ADMIN,
        ("GET", "/api/v1/practice/people"): ADMIN,
        ("GET", "/guideline"): READER,
        ("GET", "/api/v1/guideline"): READER,
        ("GET", "/guideline/edit"): ADMIN,
        ("POST", "/guideline/edit"): ADMIN,
        ("GET", "/findings"): ADMIN,
        ("POST", "/findings"): ADMIN,
        ("POST", "/findings/{finding_id}/retire"): ADMIN,
        ("POST", "/findings/{finding_id}/offer"): ADMIN,
        ("GET", "/api/v1/images/{image_id}/comparison"): READER,
        ("GET", "/api/v1/images/{image_id}/preview"): READER,
        ("GET", "/reads"): READER,
        ("GET", "/reads/{worklist}/{image_id}"): READER,
        ("GET", "/api/v1/reads/{worklist}"): READER,
        ("GET", "/api/v1/reads/{worklist}/{image_id}"): READER,
        ("POST", "/api/v1/reads/{worklist}/{image_id}/correction"): READER,
        ("GET", "/api/v1/worklists/{worklist}/progress"): READER,
        ("GET", "/api/v1/keys"): READER,
        ("PUT", "/api/v1/keys"): READER,
        ("GET", "/review"): READER,
        ("POST", "/api/v1/pseudo-labels/{pseudo_label_id}/decision"): READER,
        ("POST", "/api/v1/pseudo-labels/{pseudo_label_id}/blind-read"): READER,
        ("GET", "/api/v1/pseudo-labels/{pseudo_label_id}/attention"): READER,
        ("GET", "/review/settings"): ADMIN,
        ("POST", "/review/settings"): ADMIN,
        ("GET", "/review/grid"): READER,
        ("GET", "/review/grid/{class_id}"): READER,
        ("POST", "/api/v1/grid/{class_id}/page"): READER,
        ("POST", "/api/v1/grid/{class_id}/decisions"): READER,
        ("POST", "/api/v1/grid/undo"): READER,
        ("GET", "/api/v1/thumbnails/{digest}"): READER,
        ("POST", "/models/export"): ADMIN,
        ("GET", "/api/v1/export/model/{run_id}"): ADMIN,
        ("GET", "/runs"): ADMIN,
        ("POST", "/runs"): ADMIN,
        ("GET", "/runs/{run_id}"): ADMIN,
        ("POST", "/runs/{run_id}/again"): ADMIN,
        ("POST", "/runs/{run_id}/cancel"): ADMIN,
        ("POST", "/api/v1/runs"): ADMIN,
        ("GET", "/api/v1/runs/{run_id}"): ADMIN,
        ("POST", "/api/v1/runs/{run_id}/cancel"): ADMIN,
        ("GET", "/api/v1/runs/{run_id}/events"): ADMIN,
        ("GET", "/acceptance"): ADMIN,
        ("GET", "/agreement"): ADMIN,
        ("POST", "/double-reading"): ADMIN,
        ("GET", "/evaluations"): ADMIN,
        ("GET", "/evaluations/{evaluation_id}"): ADMIN,
        ("GET", "/evaluations/{evaluation_id}/evaluation.html"): ADMIN,
        ("GET", "/evaluations/{evaluation_id}/films"): ADMIN,
        ("GET", "/evaluations/{evaluation_id}/films/{image_id}"): ADMIN,
        ("POST", "/evaluations/{evaluation_id}/read-again"): ADMIN,
        ("GET", "/api/v1/evaluations/{evaluation_id}"): ADMIN,
        ("GET", "/api/v1/evaluations/{evaluation_id}/predictions.csv"): ADMIN,
        ("GET", "/monitor"): ADMIN,
        ("POST", "/monitor/stops/{stop_id}/lift"): ADMIN,
        ("GET", "/api/v1/monitor"): ADMIN,
        ("POST", "/api/v1/monitor/stops/{stop_id}/lift"): ADMIN,
        ("GET", "/models"): ADMIN,
        ("GET", "/models/compare"): ADMIN,
        ("POST", "/models/{version_id}/promote"): ADMIN,
        ("POST", "/models/{group}/roll-back"): ADMIN,
        ("GET", "/api/v1/models"): ADMIN,
        ("POST", "/api/v1/models/{version_id}/promote"): ADMIN,
        ("POST", "/api/v1/classify"): ADMIN,
        ("GET", "/api/v1/export/{what}"): ADMIN,
        ("mount", "/static"): ANYONE,
    }
)

PROBES, LEADING_ELSEWHERE = (
    {"/healthz", "/readyz", "/metrics"},
    {
        "/reading",
        "/review/grid",
        "/login/provider",
        "/login/provider/back",
        "/login/left",
    },
)
A_FILE = {"/evaluations/{evaluation_id}/evaluation.html"}  # of what is on the page before it
A_PICTURE = {"/help/pictures/{picture}"}
NO_PAGES = PROBES | LEADING_ELSEWHERE | A_FILE | A_PICTURE

PAGES = sorted(
    path
    for method, path in ROUTES
    if method == "GET" and not path.startswith("/api/") and path not in NO_PAGES
)

PROTECTED = [route for route, least in ROUTES.items() if least != ANYONE]


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Web:
    """The application; who may do what does not depend on the kind of database."""
    return Web(sqlite_database, settings)


def ask(client: TestClient, method: str, path: str, **headers: str) -> int:
    """Send a request without a body to a path whose parameters are filled in; return its status."""
    concrete = path.replace("{worklist}", "seed").replace("{what}", "labels")
    return client.request(method, re.sub(r"{\w+}", "999", concrete), headers=headers).status_code


def kinds_of(route: RouteContext) -> set[str]:
    """Return a route's methods, or `mount` or `web socket`: those have none, and are doors too."""
    if isinstance(route.original_route, Mount):
        return {"mount"}
    if isinstance(route.original_route, WebSocketRoute):
        return {"web socket"}
    return set(getattr(route, "methods", None) or {"unknown"}) - {"HEAD"}


def test_every_route_mount_and_web_socket_has_a_line_in_the_table(site: Web) -> None:
    served = {
        (kind, str(route.path))
        for route in iter_route_contexts(site.app.routes)
        for kind in kinds_of(route)
    }
    assert served == set(ROUTES)


def test_the_rule_a_route_declares_is_that_of_the_table(site: Web) -> None:
    access.require_rules(site.app)
    declared = access.open_paths(site.app) | access.OPEN
    assert declared == {path for (_, path), least in ROUTES.items() if least == ANYONE}


@pytest.mark.parametrize("add", ["route", "web socket", "mount", "plain route"])
def test_an_application_with_a_door_that_declares_no_rule_is_refused(site: Web, add: str) -> None:
    async def anything() -> None:
        """Be an endpoint."""

    if add == "route":
        site.app.add_api_route("/door", anything)
    elif add == "web socket":
        site.app.add_api_websocket_route("/door", anything)
    elif add == "mount":
        site.app.mount("/door", FastAPI())
    else:
        site.app.add_route("/door", lambda request: Response())
    with pytest.raises(RuntimeError, match="/door"):
        access.require_rules(site.app)


def test_nobody_gets_in_without_a_log_in(site: Web) -> None:
    for method, path in PROTECTED:
        expected = 401 if path.startswith("/api/") else 303
        assert ask(site.anonymous(), method, path) == expected, (method, path)


def test_each_role_may_use_its_own_routes_and_no_others(site: Web) -> None:
    for role in (READER, ADMIN):
        for method, path in PROTECTED:
            status = ask(site.browser(role, role), method, path)
            allowed = role == ADMIN or ROUTES[method, path] == READER
            assert (status not in (401, 403)) == allowed, (role, method, path, status)
            assert status < 500, (role, method, path)

"""The web application: which features it has, and what surrounds them."""

from collections.abc import Sequence
from functools import cache
from math import ceil
from types import ModuleType
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.staticfiles import StaticFiles
from fastapi.telemetry import TelemetryConfig
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from app import access, documentation, privacy, problems, texts
from app.acceptance import routes as acceptance
from app.accounts import access_routes as ways_in
from app.accounts import browsers, factor_seals, logging_in, profile, provider_people
from app.accounts import code_routes as second_steps
from app.accounts import provider_routes as provider_log_ins
from app.accounts import routes as accounts
from app.accounts import second_factor_routes as second_factors
from app.accounts.door import LogInDoor, Queue
from app.accounts.provider import Provider
from app.activity import routes as activity
from app.agreement import routes as agreement
from app.archive import choice_routes as chosen_images
from app.archive import exclusion_routes as exclusions
from app.archive import image_routes as own_page
from app.archive import routes as archive
from app.archive.index import Index
from app.classification import routes as classification
from app.db.engine import open_database
from app.evaluation import routes as evaluation
from app.export import routes as export
from app.figures import Figures
from app.guideline import routes as guideline
from app.help import routes as help_room
from app.imaging.stores import open_store
from app.imports import held_routes as held
from app.imports import routes as imports
from app.knees import routes as knees
from app.labels import class_routes as label_set
from app.labels import routes as labels
from app.languages import routes as languages
from app.metrics import routes as metrics
from app.metrics.figures import Figures as Metrics
from app.metrics.keys import metrics_key
from app.metrics.readiness import Readiness
from app.metrics.requests import Counting
from app.monitor import routes as monitor
from app.notifications import routes as notifications
from app.outbox import routes as outbox
from app.overview import routes as overview
from app.pages import ROOT
from app.practice import routes as practice
from app.practice import set_routes as practice_set
from app.pulling import api_routes as pulling_api
from app.pulling import routes as pulling
from app.rates import RateHeaders, Rates
from app.reading import own_routes as own_reads
from app.reading import routes as reading
from app.receiving import api_routes as arrivals_api
from app.receiving import routes as receiving
from app.receiving import stow_routes as stow
from app.refusals import Refusals
from app.registry import routes as registry
from app.removal import routes as removal
from app.review import routes as review
from app.runs import routes as runs
from app.search import routes as search
from app.security import KnownOrigin, SecurityHeaders, no_token_in_address, same_site
from app.settings import Settings
from app.settings import settings as settings_of_the_process
from app.telemetry.requests import Tracing
from app.telemetry.spans import tracer_of
from app.telemetry.statements import trace_statements
from app.viewer import routes as viewer
from app.webhooks import routes as webhooks
from app.well_formed import well_formed
from app.worklists import routes as worklists

FEATURES: tuple[ModuleType, ...] = (
    reading,
    overview,
    logging_in,
    second_steps,
    provider_log_ins,
    accounts,
    profile,
    second_factors,
    ways_in,
    imports,
    knees,
    held,
    receiving,
    arrivals_api,
    stow,
    pulling,
    pulling_api,
    removal,
    own_reads,
    practice,
    practice_set,
    viewer,
    archive,
    chosen_images,
    exclusions,
    own_page,
    review,
    labels,
    label_set,
    guideline,
    worklists,
    search,
    runs,
    acceptance,
    agreement,
    activity,
    notifications,
    registry,
    classification,
    evaluation,
    monitor,
    export,
    webhooks,
    outbox,
    help_room,
    languages,
    metrics,
)
"""Each has `pages`, an APIRouter of HTML pages, or `api`, one under /api/v1, or both. A route is
looked for in this order: the first are asked for the most often."""


NOT_FASTAPIS: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own spans hold whole addresses with their queries, its logs the words of errors."""


class Application(FastAPI):
    """FastAPI whose every answer, its own middleware's too, is in words and has our headers."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application with everything that surrounds it."""
        answers = problems.InWords(super().build_middleware_stack())
        known = KnownOrigin(languages.InLanguage(answers, self.state.language))
        counted = Counting(SecurityHeaders(RateHeaders(known)))
        return Tracing(counted, self.state.tracer) if self.state.tracer else counted

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI with who may call and how errors are answered."""
        if not self.openapi_schema:
            documentation.complete(super().openapi(), access.open_paths(self))
        return super().openapi()


async def _proper(request: Request) -> None:
    """Refuse what no route answers. One dependency: FastAPI solves each with every request."""
    await no_token_in_address(request)
    await same_site(request)
    await well_formed(request)


@cache
def _routes_of_features() -> Sequence[BaseRoute]:
    """Return the routes of all features: what each takes is worked out once in a process."""
    house = APIRouter(dependencies=[Depends(_proper)], max_body_size=1024 * 1024)
    for feature in FEATURES:
        for router in (getattr(feature, "pages", None), getattr(feature, "api", None)):
            if router is not None:
                house.include_router(router)
    return house.routes


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application on its database, which must be migrated.

    Args:
        settings: None means the process's own, from the environment.
    """
    settings = settings or settings_of_the_process()
    privacy.keep_to_the_owner(settings)
    app = Application(
        title="Condyle",
        version="0.1.0",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=NOT_FASTAPIS,
    )
    app.state.settings = settings
    app.state.language = texts.language(settings.language)
    app.state.database = open_database(settings.resolved_database_url)
    app.state.tracer = tracer_of(settings, "condyle-web")
    if app.state.tracer:
        trace_statements(app.state.database.kw["bind"], app.state.tracer)
    app.state.figures = Figures()
    app.state.refusals = Refusals()
    app.state.archive = Index()
    app.state.store = open_store(settings)
    app.state.browser_key = browsers.key_of(settings.home)
    app.state.factor_seals = factor_seals.seals_of(settings)
    app.state.log_in_queue = Queue()
    app.state.provider_queue = Queue()
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    app.state.provider_roles = provider_people.roles_of(settings) if settings.oidc_issuer else {}
    app.state.readiness = Readiness()
    app.state.rates = Rates(settings)
    app.state.metrics = Metrics()
    app.state.metrics_key = metrics_key(settings)
    app.add_middleware(
        LogInDoor,
        key=app.state.browser_key,
        per_address=ceil(settings.log_ins_per_address / settings.web_processes),
        together=ceil(settings.log_ins_per_minute / settings.web_processes),
    )
    problems.install(app)
    # Before the routes: a page asks for dozens of files, and none is looked for among hundreds.
    app.mount("/static", StaticFiles(directory=ROOT / "static"), name="static")
    app.router.routes.extend(_routes_of_features())
    access.require_rules(app)
    return app

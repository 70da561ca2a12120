"""The page of model versions, and the same as JSON."""

from datetime import datetime
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app import unseen_classes
from app.db.engine import read_only
from app.db.learning import ModelVersion
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Figures, Store, render
from app.evaluation import charts, pictures
from app.registry import comparison, rules, standings
from app.runs import doorbell
from app.runs import rules as runs
from app.runs.kinds import EXPORT
from app.texts import _
from app.training import curves

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["models"])
LONGEST_REASON = 500
WrittenReason = Annotated[str, Form(max_length=LONGEST_REASON)]


class Version(BaseModel):
    """A registered checkpoint."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    role: str
    method: str
    run_id: int
    digest: str
    training_digest: str
    recipe: dict[str, Any]
    metrics: dict[str, Any]
    doubtful: str
    promoted_at: datetime | None
    created_at: datetime


class Reason(BaseModel):
    """Why a version is promoted."""

    reason: str = Field("", max_length=LONGEST_REASON)


@pages.get("/models")
def list_page(
    request: Request, database: Database, store: Store, user: CurrentAdmin
) -> HTMLResponse:
    """Draw the leaderboard of both groups, and the latest promotions."""
    with read_only(database) as session:
        groups = {
            "classifier": standings.classifiers(session, store),
            "labeler": standings.labelers(session),
        }
        promoted = {group: rules.promoted(session, group) for group in rules.GROUPS}
        before = {group: rules.before(session, group) for group in rules.GROUPS}
        promotions = rules.promotions(session)
    return render(
        request,
        "registry/list.html",
        user,
        groups=groups,
        promoted=promoted,
        before=before,
        promotions=promotions,
        weights=weights,
        drawing=curves.drawing,
        unseen=unseen_classes.in_words,
    )


@pages.get("/models/compare")
def compare_page(
    request: Request,
    database: Database,
    store: Store,
    figures: Figures,
    user: CurrentAdmin,
    a: Id | None = None,
    b: Id | None = None,
) -> HTMLResponse:
    """Draw two versions beside each other; without numbers, the one in use and the newest other."""
    classifiers, labelers = None, None
    with read_only(database) as session:
        two = comparison.pair(session, a, b) if a and b else comparison.usual(session)
        versions = {group: rules.versions(session, group) for group in rules.GROUPS}
        if two and two.group == "classifier":
            classifiers = comparison.of_classifiers(session, store, two)
        elif two:
            one, other = two.first.id, two.second.id
            count = partial(comparison.of_labelers, first=one, second=other)
            labelers = figures.show(session, ("labelers", one, other), count)
    if classifiers and classifiers.differ:
        with database.begin() as session:
            pictures.note_seen(session, user, classifiers.differ)
    return render(
        request,
        "registry/compare.html",
        user,
        two=two,
        versions=versions,
        classifiers=classifiers,
        labelers=labelers,
        charts=charts,
        weights=weights,
        drawing=curves.drawing,
    )


@pages.post("/models/{version_id}/promote")
def promote_from_page(
    database: Database, user: CurrentAdmin, version_id: Id, reason: WrittenReason = ""
) -> Response:
    """Make a version the one that does the work."""
    with database.begin() as session:
        rules.promote(session, version_id, user, rules.require_reason(reason))
    return RedirectResponse("/models", 303)


@pages.post("/models/{group}/roll-back")
def roll_back_from_page(
    database: Database, user: CurrentAdmin, group: str, reason: WrittenReason = ""
) -> Response:
    """Return to the version promoted before."""
    with database.begin() as session:
        rules.roll_back(session, group, user, rules.require_reason(reason))
    return RedirectResponse("/models", 303)


@pages.post("/models/export")
def export_from_page(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    version_id: Annotated[str, Form()],
    format: Annotated[str, Form()],
) -> Response:
    """Start to write a classifier as a file, and show the run."""
    asked = EXPORT.typed({"version_id": version_id, "format": format})
    with database.begin() as session:
        rules.classifier(session, asked.version_id)
        run = runs.request(session, EXPORT, asked, user.id)
    doorbell.ring(run, settings)
    return RedirectResponse(f"/runs/{run.id}", 303)


@api.get("/models")
def list_versions(database: Database, user: CurrentAdmin) -> list[Version]:
    """Return every model version, labelers first, newest first."""
    with read_only(database) as session:
        rows = [version for group in rules.GROUPS for version in rules.versions(session, group)]
    return [Version.model_validate(row) for row in rows]


@api.post("/models/{version_id}/promote")
def promote(
    database: Database, user: CurrentAdmin, version_id: Id, why: Reason | None = None
) -> Version:
    """Make a version the one that does the work."""
    with database.begin() as session:
        version = rules.promote(session, version_id, user, why.reason if why else "")
    return Version.model_validate(version)


def weights(version: ModelVersion) -> str:
    """Say what a version's training began with."""
    model = version.metrics.get("language_model_name")
    if version.method == "language_model":
        return _("the language model {name}", name=model)
    if version.method == "text":
        encoder = PurePath(version.recipe.get("text_encoder", ""))
        name = encoder.name if encoder.is_absolute() else str(encoder)
        name = version.metrics.get("encoder", name)
        if name in ("", "."):
            return _("word counts of the report")
        return _("the text encoder {name}", name=name)
    began = str(version.metrics.get("weights") or _("none, from scratch"))
    if model:
        return _("{weights}; asks the language model {name}", weights=began, name=model)
    return began

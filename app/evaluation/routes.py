"""Evaluation reports: the list, the page, their films, and the files to recompute them from."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.learning import Evaluation
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Store, render
from app.evaluation import page, pictures, rules, selecting
from app.evaluation.films import JudgedFilm, Wanted
from app.evaluation.read_predictions import Predictions, predictions_of
from app.evaluation.report import EvaluationReport
from app.imaging.storage import Store as Files
from app.settings import Settings
from app.worklists.sights import note_sight

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["evaluations"])
MOST_AT_ONCE = 200
"""Films that are put on the list again at once."""
MOST_SELECTED = 1000


class Worst(BaseModel):
    """How many films are sent at most."""

    most: int = Field(selecting.MOST, ge=1, le=MOST_SELECTED, strict=True)


class SelectedErrors(BaseModel):
    """How many films are in how many selections, and how many of these were not in the outbox."""

    films: int
    selections: int
    added: int


@pages.get("/evaluations")
def list_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Render the list of evaluation reports."""
    with read_only(database) as session:
        evaluations = rules.recent(session)
    rows = [(each, page.context(rules.report_of(each))) for each in evaluations]
    return render(request, "evaluation/list.html", user, evaluations=rows)


@pages.get("/evaluations/{evaluation_id}")
def report_page(
    request: Request,
    database: Database,
    store: Store,
    settings: CurrentSettings,
    user: CurrentAdmin,
    evaluation_id: Id,
) -> HTMLResponse:
    """Render one evaluation report, with the films behind it."""
    evaluation, shown, to_send = _found(database, evaluation_id), None, None
    if known := pictures.stored(store, evaluation):
        with read_only(database) as session:
            shown = pictures.of_report(session, known)
            if shown.wrong.of and selecting.is_on(settings):
                to_send = selecting.sendable(session, settings, known, evaluation_id)
        _note(database, user, [*shown.wrong.films, *shown.differ.films])
    context = page.context(rules.report_of(evaluation)) | {"pictures": shown, "to_send": to_send}
    return render(request, "evaluation/report.html", user, evaluation=evaluation, **context)


@pages.get("/evaluations/{evaluation_id}/films")
def films_page(
    request: Request,
    database: Database,
    store: Store,
    user: CurrentAdmin,
    evaluation_id: Id,
    wanted: Annotated[Wanted, Query()],
) -> HTMLResponse:
    """Render films of an evaluation as pictures, the most confident errors first."""
    evaluation, known = _fetched(database, store, evaluation_id)
    with read_only(database) as session:
        sheet = pictures.sheet(session, known, wanted)
    _note(database, user, sheet.films)
    return render(
        request, "evaluation/films.html", user, evaluation=evaluation, sheet=sheet, wanted=wanted
    )


@pages.get("/evaluations/{evaluation_id}/films/{image_id}")
def film_page(
    request: Request,
    database: Database,
    store: Store,
    user: CurrentAdmin,
    evaluation_id: Id,
    image_id: Id,
    wanted: Annotated[Wanted, Query()],
) -> HTMLResponse:
    """Render one film of an evaluation, with what each classifier said of it."""
    evaluation, known = _fetched(database, store, evaluation_id)
    with read_only(database) as session:
        single = pictures.single(session, known, wanted, image_id)
    _note(database, user, [single.film])
    return render(
        request, "evaluation/film.html", user, evaluation=evaluation, single=single, wanted=wanted
    )


@pages.post("/evaluations/{evaluation_id}/read-again")
def read_again(
    database: Database,
    store: Store,
    user: CurrentAdmin,
    evaluation_id: Id,
    image_id: Annotated[list[Id], Form(max_length=MOST_AT_ONCE)],
    controls: Annotated[bool, Form()] = False,
) -> Response:
    """Have films of an evaluation read by somebody else, blind."""
    _evaluation, known = _fetched(database, store, evaluation_id)
    with database.begin() as session:
        pictures.read_again(session, known, evaluation_id, image_id, controls, user)
    return RedirectResponse(f"/evaluations/{evaluation_id}/films", 303)


@pages.post("/evaluations/{evaluation_id}/key-objects")
def send_worst(
    database: Database,
    store: Store,
    settings: CurrentSettings,
    user: CurrentAdmin,
    evaluation_id: Id,
) -> Response:
    """Put the worst errors of an evaluation into the outbox, for the PACS to show."""
    _select(database, store, settings, evaluation_id, selecting.MOST, user)
    return RedirectResponse("/outbox?what=selections", 303)


@pages.get("/evaluations/{evaluation_id}/evaluation.html")
def report_file(database: Database, user: CurrentAdmin, evaluation_id: Id) -> Response:
    """Return the report as one file that stands alone."""
    with read_only(database) as session:
        report = rules.report_of(rules.find(session, evaluation_id))
    return _download(page.render_html(report).encode(), "text/html", "evaluation.html")


@api.get("/evaluations/{evaluation_id}", response_model_exclude_unset=True)
def read_report(database: Database, user: CurrentAdmin, evaluation_id: Id) -> EvaluationReport:
    """Return an evaluation report, as `evaluation.json`."""
    with read_only(database) as session:
        return rules.report_of(rules.find(session, evaluation_id))


@api.get("/evaluations/{evaluation_id}/predictions.csv", response_class=Response)
def read_predictions(
    database: Database, store: Store, user: CurrentAdmin, evaluation_id: Id
) -> Response:
    """Return every validation prediction of both classifiers, to recompute the figures.

    The labels are among them: nothing that was read by now is read blind after it.
    """
    evaluation = _found(database, evaluation_id)
    with database.begin() as session:
        note_sight(session, user.id, None, moment(session))
    return _download(store.read(evaluation.predictions_digest), "text/csv", "predictions.csv")


@api.post("/evaluations/{evaluation_id}/key-objects", status_code=202)
def send_worst_by_api(
    database: Database,
    store: Store,
    settings: CurrentSettings,
    user: CurrentAdmin,
    evaluation_id: Id,
    wanted: Worst,
) -> SelectedErrors:
    """Put the worst errors of an evaluation into the outbox: a Key Object Selection for each study.

    The same errors asked for again are not sent again: `added` is then 0.
    """
    selected = _select(database, store, settings, evaluation_id, wanted.most, user)
    return SelectedErrors(**asdict(selected))


def _select(
    database: SessionFactory, store: Files, settings: Settings, number: int, most: int, by: User
) -> selecting.Selected:
    _evaluation, known = _fetched(database, store, number)
    with read_only(database) as session:
        worst = selecting.choose(session, settings, known, number, most)
    with database.begin() as session:
        return selecting.put(session, number, worst, by)


def _found(database: SessionFactory, number: int) -> Evaluation:
    with read_only(database) as session:
        return rules.find(session, number)


def _fetched(database: SessionFactory, store: Files, number: int) -> tuple[Evaluation, Predictions]:
    """Fetch what an evaluation has stored, with no transaction open: it may come from far."""
    evaluation = _found(database, number)
    return evaluation, predictions_of(store, evaluation.predictions_digest)


def _note(database: SessionFactory, user: User, films: Sequence[JudgedFilm]) -> None:
    if films:
        with database.begin() as session:
            pictures.note_seen(session, user, films)


def _download(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)

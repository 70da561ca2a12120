"""Evaluation reports: the list, the page, and the files anyone can recompute them from."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.db.clock import moment
from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, Store, render
from app.evaluation import page, rules
from app.evaluation.report import EvaluationReport
from app.worklists.sights import note_sight

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["evaluations"])


@pages.get("/evaluations")
def list_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Render the list of evaluation reports."""
    with read_only(database) as session:
        evaluations = rules.recent(session)
    rows = [(each, page.context(rules.report_of(each))) for each in evaluations]
    return render(request, "evaluation/list.html", user, evaluations=rows)


@pages.get("/evaluations/{evaluation_id}")
def report_page(
    request: Request, database: Database, user: CurrentAdmin, evaluation_id: Id
) -> HTMLResponse:
    """Render one evaluation report."""
    with read_only(database) as session:
        evaluation = rules.find(session, evaluation_id)
    context = page.context(rules.report_of(evaluation))
    return render(request, "evaluation/report.html", user, evaluation=evaluation, **context)


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
    with read_only(database) as session:
        digest = rules.find(session, evaluation_id).predictions_digest
    with database.begin() as session:
        note_sight(session, user.id, None, moment(session))
    return _download(store.read(digest), "text/csv", "predictions.csv")


def _download(data: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)

"""The page of lots: what was accepted without a read, and what the audits say of it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from app import not_read, unseen_classes
from app.acceptance import audited, lots, stops, unlike, whole_set
from app.acceptance.whole_set import WholeSet
from app.db.engine import read_only
from app.db.learning import ModelVersion, Sweep
from app.dependencies import CurrentAdmin, Database, Figures, render
from app.figures import Counted
from app.sweeps import latest_sweep

pages = APIRouter(include_in_schema=False)


@pages.get("/acceptance")
def lots_page(
    request: Request, database: Database, figures: Figures, user: CurrentAdmin
) -> HTMLResponse:
    """Draw the lots of the latest sweep."""
    with read_only(database) as session:
        sweep = latest_sweep(session)
        standings = lots.standings(session, sweep.id) if sweep else []
        whole = _whole(session, figures, sweep) if sweep else None
        released = audited.released_error_bound(session, sweep.id) if sweep else None
        labeler = session.get(ModelVersion, sweep.labeler_id) if sweep else None
        stopped = stops.standing(session) is not None
    return render(
        request,
        "acceptance/lots.html",
        user,
        sweep=sweep,
        lots=standings,
        stopped=stopped,
        in_words=lots.in_words,
        counted=whole,
        whole_in_words=whole_set.in_words,
        released_error_bound=released,
        sites_in_words=lots.sites_in_words,
        held_back=unlike.in_words(sweep.selection) if sweep else "",
        not_read=not_read.in_words(sweep.selection) if sweep else "",
        unseen=unseen_classes.in_words(labeler),
    )


def _whole(session: Session, figures: Figures, sweep: Sweep) -> Counted[WholeSet | None]:
    """Return how far the promise for all labels is."""
    return figures.show(
        session, ("whole set", sweep.id), lambda counting: whole_set.standing_of(counting, sweep.id)
    )

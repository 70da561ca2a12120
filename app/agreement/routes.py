"""The page of agreement between readers, and the plan of what several of them read."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from app.agreement import rules
from app.db.engine import read_only
from app.dependencies import CurrentAdmin, Database, Figures, render
from app.evaluation import charts
from app.names import named
from app.practice.drift import Month, drift
from app.worklists.double_reading import MOST_READERS, plan

pages = APIRouter(include_in_schema=False)


@pages.get("/agreement")
def agreement_page(
    request: Request,
    database: Database,
    figures: Figures,
    user: CurrentAdmin,
    worklist: Literal["all", "seed", "validation"] = "all",
) -> HTMLResponse:
    """Draw how far independent readers agree."""
    scopes = rules.SCOPES if worklist == "all" else (worklist,)
    with read_only(database) as session:
        counted = figures.show(session, ("agreement", scopes), partial(_all, scopes=scopes))
        found, progress, months = counted.value or (None, {}, [])
        planned = rules.plans(session, progress)
    return render(
        request,
        "agreement/agreement.html",
        user,
        worklist=worklist,
        counted=counted,
        agreement=found,
        months=months,
        plans=planned,
        category=category,
        charts=charts,
        most_readers=MOST_READERS,
    )


def _all(
    session: Session, scopes: Sequence[rules.Scope]
) -> tuple[rules.Agreement | None, dict[rules.Scope, rules.Progress], list[Month]]:
    return rules.agreement(session, scopes), rules.progress(session), drift(session)


@pages.post("/double-reading")
def set_double_reading(
    database: Database,
    user: CurrentAdmin,
    worklist: Annotated[rules.Scope, Form()],
    readers: Annotated[int, Form(ge=2, le=MOST_READERS)],
    percent: Annotated[float, Form(ge=0, le=100)],
    rng: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> RedirectResponse:
    """Set how many readers read which share of a worklist, each without the others."""
    with database.begin() as session:
        plan(session, worklist, readers, percent / 100, rng, user)
    return RedirectResponse("/agreement", 303)


def category(name: str) -> str:
    """Return a class as it was named, or our own word for an image without one."""
    return named(name) if name == rules.NO_LABEL else name.replace("_", " ")

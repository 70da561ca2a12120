"""Drawing a page: the templates, and what every page shows."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy.exc import SQLAlchemyError

from app import badges, formats, texts, workspace
from app.db.engine import read_only
from app.db.people import User
from app.figures import Counted
from app.glossary import TERMS
from app.languages.templates import install
from app.names import named

ASKED_AGAIN_SECONDS = 2
MOST_FIGURES = 8
"""Of a model version; the page of a run has room for all an import tells."""
ROWS = {"model_version", "evaluation", "sweep", "labeler"}
ROOT = Path(__file__).parents[1]
templates = Jinja2Templates(ROOT / "templates")


def render(
    request: Request, template: str, user: User | None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Return a page drawn from a template that extends `base.html`.

    Call it after the unit of work is closed, with rows or plain values in `context`. A page whose
    figures are being counted is asked for again by the browser.

    Args:
        request: the request being answered.
        template: its path under `templates/`.
        user: who sees it, None where nobody is logged in.
        status: the HTTP status.
        context: what the template uses besides `user`, `csrf_token`, `generated`, `badges` and
            `language`.
    """
    context |= {
        "user": user,
        "csrf_token": getattr(request.state, "csrf_token", ""),
        "generated": is_generated(request),
        "badges": _badges(request, user, status),
        "language": texts.current(),
    }
    page = templates.TemplateResponse(request, template, context, status_code=status)
    if any(isinstance(shown, Counted) and shown.again for shown in context.values()):
        page.headers["Refresh"] = str(ASKED_AGAIN_SECONDS)
    return page


def is_generated(request: Request) -> bool:
    """Whether this workspace's knees are drawn by a program, which every page then says."""
    known: bool | None = getattr(request.state, "generated", None)
    if known is not None:
        return known
    try:
        with read_only(request.app.state.database) as session:
            return workspace.is_generated(session)
    except SQLAlchemyError:
        # The page that says the database is away must itself be drawn without it.
        return False


def _badges(request: Request, user: User | None, status: int) -> badges.Badges:
    """Return what waits for a person; nothing on a page that says what is out of order."""
    if user is None or status >= 500:
        return badges.Badges()
    try:
        with read_only(request.app.state.database) as session:
            return badges.of(session, user)
    except SQLAlchemyError:
        return badges.Badges()


def _words(value: str) -> str:
    return value.replace("_", " ")


def figures(
    result: dict[str, Any], most: int = MOST_FIGURES, prefix: str = ""
) -> list[tuple[str, float]]:
    """Return the numbers in a run's result or a version's metrics, each with its name in words.

    Numbers of rows (`model_version`, `evaluation`) are links elsewhere, not figures.
    """
    found: list[tuple[str, float]] = []
    for name, value in result.items():
        label = f"{prefix} {named(name)}".strip()
        if isinstance(value, dict):
            found += figures(value, most, prefix if name == "metrics" else label)
        elif isinstance(value, int | float) and not isinstance(value, bool) and name not in ROWS:
            found.append((label, value))
    return found[:most]


templates.env.filters |= formats.FILTERS | {"words": _words, "figures": figures}
templates.env.globals["glossary"] = TERMS
install(templates.env)
templates.env.trim_blocks = templates.env.lstrip_blocks = True

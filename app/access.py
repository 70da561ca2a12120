"""Every route says who may use it, or there is no application."""

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts

from app.dependencies import present_log_in
from app.security import open_to_everybody

OPEN = {"/static", "/api/v1/openapi.json"}
"""A mount and a route of the framework's own kind, which no rule of ours reaches: they hold nothing
that is not in the repository."""


def require_rules(app: FastAPI) -> None:
    """Refuse an application with a route, a mount or a web socket that does not say who may use it.

    Raises:
        RuntimeError: it names them.
    """
    open_doors = sorted(
        str(context.path) for context in iter_route_contexts(app.routes) if not has_rule(context)
    )
    if open_doors:
        raise RuntimeError(
            f"Nothing says who may use {', '.join(open_doors)}: "
            "take a CurrentUser, CurrentReader or CurrentAdmin, or depend on `Everybody`."
        )


def has_rule(context: RouteContext) -> bool:
    """Whether a route takes whoever is logged in, or says that it is open to everybody."""
    dependant: Dependant | None = getattr(context, "dependant", None)
    if dependant is None:
        return context.path in OPEN
    return any(call in (present_log_in, open_to_everybody) for call in _calls(dependant))


def open_paths(app: FastAPI) -> set[str]:
    """Return the paths that nobody has to log in for."""
    return {
        str(context.path)
        for context in iter_route_contexts(app.routes)
        if open_to_everybody in _calls(getattr(context, "dependant", None) or Dependant())
    }


def _calls(dependant: Dependant) -> Iterator[object]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)

"""The admin's page of worklists: what is in whose hands, and the order of two of them.

For programs: the draw of a seed set.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, Figures, render
from app.worklists import assignments, named_lists, orders, rules, seeds
from app.worklists.queues import WorklistName
from app.worklists.review_order import ReviewOrder, chosen_order, order_in_use

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["archive"])


class WantedSeed(BaseModel):
    """Patients to draw at random for the seed set."""

    patients: int = Field(ge=1, le=10_000_000, strict=True)
    rng: int = Field(0, ge=0, lt=2**32, strict=True)
    """The seed of the draw: the same on the same archive draws the same patients."""


class DrawnSeed(BaseModel):
    """What came onto the seed worklist."""

    images: int


@pages.get("/worklists")
def worklists_page(
    request: Request, database: Database, figures: Figures, user: CurrentAdmin
) -> HTMLResponse:
    """Draw how much is on each worklist."""
    return _draw(request, database, figures, user)


@pages.post("/worklists/seed/order")
def order_seed(
    request: Request,
    database: Database,
    figures: Figures,
    user: CurrentAdmin,
    order: Annotated[ReviewOrder, Form()],
    rng: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    """Put the seed images that are still to be read in another order."""
    try:
        with database.begin() as session:
            orders.reorder_seed(session, order, rng, user)
    except errors.Refused as error:
        return _draw(request, database, figures, user, status=422, error=error)
    return RedirectResponse("/worklists", 303)


@pages.post("/worklists/review/order")
def order_review(
    database: Database,
    user: CurrentAdmin,
    order: Annotated[ReviewOrder, Form()],
    rng: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> RedirectResponse:
    """Put what is still to be reviewed in another order."""
    with database.begin() as session:
        orders.reorder_review(session, order, rng, user)
    return RedirectResponse("/worklists", 303)


@pages.post("/worklists/{worklist}/assignment")
def assign(
    request: Request,
    database: Database,
    figures: Figures,
    user: CurrentAdmin,
    worklist: WorklistName,
    readers: Annotated[list[Id], Form(max_length=1000)] = [],  # noqa: B006
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Assign a worklist to people, or to everybody."""
    try:
        with database.begin() as session:
            assignments.assign(session, worklist, readers, due, user)
    except errors.Refused as error:
        return _draw(request, database, figures, user, status=422, error=error)
    return RedirectResponse("/worklists", 303)


@pages.post("/worklists/named/{list_id}")
def change_named_list(
    request: Request,
    database: Database,
    figures: Figures,
    user: CurrentAdmin,
    list_id: Id,
    name: Annotated[str, Form(max_length=200)],
    readers: Annotated[list[Id], Form(max_length=1000)] = [],  # noqa: B006
    due: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Give a named list another name, other people or another day."""
    try:
        with database.begin() as session:
            named_lists.change(session, list_id, name, readers, due, user)
    except errors.Refused as error:
        return _draw(request, database, figures, user, status=422, error=error)
    return RedirectResponse("/worklists#named-title", 303)


@pages.post("/worklists/named/{list_id}/end")
def end_named_list(database: Database, user: CurrentAdmin, list_id: Id) -> RedirectResponse:
    """End a named list."""
    with database.begin() as session:
        named_lists.end(session, list_id, user)
    return RedirectResponse("/worklists#named-title", 303)


@pages.post("/worklists/hands/{reader_id}/give-back")
def give_back(database: Database, user: CurrentAdmin, reader_id: Id) -> RedirectResponse:
    """Let others have what a reader holds."""
    with database.begin() as session:
        rules.release(session, reader_id, moment(session), user)
    return RedirectResponse("/worklists", 303)


@api.post("/worklists/seed/draw", status_code=201)
def draw_seed(database: Database, user: CurrentAdmin, wanted: WantedSeed) -> DrawnSeed:
    """Draw seed patients at random, and put the validation split on its worklist.

    A seed set of typical patients is chosen by a run of the kind `draw_seed`.
    """
    with database.begin() as session:
        images = seeds.begin_seed(session, wanted.patients, wanted.rng, user)
    return DrawnSeed(images=images)


def _draw(
    request: Request,
    database: SessionFactory,
    figures: Figures,
    user: User,
    *,
    status: int = 200,
    **context: object,
) -> HTMLResponse:
    with read_only(database) as session:
        context["counted"] = figures.show(session, "worklists", rules.standings)
        now = moment(session)
        context["assigned"] = assignments.assigned(session, now)
        context["named"] = named_lists.standing(session, now)
        context["people"] = rules.active_people(session)
        context["hands"] = rules.in_hands(session, now)
        context["review_order"], context["review_rng"] = chosen_order(session)
        context["order_in_use"], _ = order_in_use(session)
    context["longest_name"] = named_lists.LONGEST_NAME
    return render(request, "worklists/worklists.html", user, status=status, **context)

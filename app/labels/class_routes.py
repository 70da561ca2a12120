"""The label set: the admin's page of it, and the classes for programs."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentReader, Database, render
from app.imports.rules import DEFAULT_CLASSES
from app.labels import label_set
from app.labels.classes import COLOURS, Class, every_class
from app.labels.label_set import LONGEST_DESCRIPTION, LONGEST_NAME, MOST

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["labels"])
PAGE = "/classes"
Name = Annotated[str, Form(max_length=LONGEST_NAME)]
LONGEST_LIST = MOST * (LONGEST_NAME + 2)


@pages.get("/classes")
def classes_page(request: Request, database: Database, user: CurrentAdmin) -> HTMLResponse:
    """Render the label set, or the form that sets it up."""
    return _rendered(request, database, user)


@api.get("/classes")
def list_classes(database: Database, reader: CurrentReader) -> list[Class]:
    """Return the label set in the order of its number keys, retired classes too."""
    with read_only(database) as session:
        return every_class(session)


@pages.post("/classes/set-up")
def set_up_classes(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    names: Annotated[str, Form(max_length=LONGEST_LIST)] = "",
) -> Response:
    """Make the label set, one class a line."""
    return _done(
        request,
        database,
        user,
        lambda session: label_set.set_up(session, names.splitlines(), user),
        names=names,
    )


@pages.post("/classes")
def add_class(
    request: Request, database: Database, user: CurrentAdmin, name: Name = ""
) -> Response:
    """Add a class behind the others."""
    return _done(
        request, database, user, lambda session: label_set.add(session, name, user), name=name
    )


@pages.post("/classes/{class_id}")
def change_class(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    class_id: Id,
    name: Name = "",
    description: Annotated[str, Form(max_length=LONGEST_DESCRIPTION)] = "",
    colour: Annotated[int, Form(ge=0, le=COLOURS)] = 0,
) -> Response:
    """Change the name, the description and the colour of a class."""
    return _done(
        request,
        database,
        user,
        lambda session: label_set.change(session, class_id, name, description, colour, user),
    )


@pages.post("/classes/{class_id}/up")
def move_class_up(
    request: Request, database: Database, user: CurrentAdmin, class_id: Id
) -> Response:
    """Let a class change places with the one before it."""
    return _done(
        request, database, user, lambda session: label_set.move_up(session, class_id, user)
    )


@pages.post("/classes/{class_id}/remove")
def remove_class(
    request: Request, database: Database, user: CurrentAdmin, class_id: Id
) -> Response:
    """Take a class out of a label set that no film uses yet."""
    return _done(request, database, user, lambda session: label_set.remove(session, class_id, user))


@pages.post("/classes/{class_id}/retire")
def retire_class(
    request: Request, database: Database, user: CurrentAdmin, class_id: Id
) -> Response:
    """Let readers give a class no more."""
    return _done(
        request, database, user, lambda session: label_set.offer(session, class_id, False, user)
    )


@pages.post("/classes/{class_id}/offer")
def offer_class(request: Request, database: Database, user: CurrentAdmin, class_id: Id) -> Response:
    """Let readers give a class again."""
    return _done(
        request, database, user, lambda session: label_set.offer(session, class_id, True, user)
    )


def _done(
    request: Request,
    database: SessionFactory,
    user: User,
    act: Callable[[Session], object],
    **typed: object,
) -> Response:
    """Carry out a change and lead back to the page; say on it why it was refused."""
    try:
        with database.begin() as session:
            act(session)
    except (errors.Refused, errors.Conflict) as error:
        return _rendered(request, database, user, status=422, error=error, **typed)
    return RedirectResponse(PAGE, 303)


def _rendered(
    request: Request, database: SessionFactory, user: User, *, status: int = 200, **context: object
) -> HTMLResponse:
    with read_only(database) as session:
        context["classes"] = every_class(session)
        context["freedom"] = label_set.freedom(session)
        context["unaware"] = label_set.unaware(session)
    context |= {"defaults": DEFAULT_CLASSES, "longest": LONGEST_NAME}
    context["longest_description"] = LONGEST_DESCRIPTION
    return render(request, "labels/classes.html", user, status=status, **context)

"""An image's own page: the film, what is known of it, its whole history, and what can be done."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.archive import duplicates, exclusions, images, overrules, put_back
from app.archive.put_back import REASONS, Reason
from app.db.archive import Image
from app.db.clock import moment
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentAdmin, CurrentReader, Database, render
from app.labels.classes import classes, every_class
from app.labels.history import history
from app.viewer.films import film, films
from app.worklists.sights import note_history, note_sights

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["archive"])

LONGEST_REASON = 500
OF_STUDY = 12
"""Other films of the study that are shown beside one."""


class Overruled(BaseModel):
    """Another label than the reads give, and why."""

    class_id: IdInJson | None
    """Null lets the reads decide again."""
    reason: str = Field(max_length=LONGEST_REASON)
    seen: str = Field(max_length=30)
    """The `state` that the history had: what was said since is not overruled unseen."""


class PutBack(BaseModel):
    """Why a film is to be read again."""

    reason: Reason


@pages.get("/images/{image_id}/history")
def image_page(
    request: Request, database: Database, reader: CurrentReader, image_id: Id
) -> HTMLResponse:
    """Draw an image with everything that was said of it; who said it, for an admin."""
    return _draw(request, database, reader, image_id)


@pages.get("/images/{image_id}/view")
def viewer_page(
    request: Request, database: Database, reader: CurrentReader, image_id: Id
) -> HTMLResponse:
    """Open an image in the viewer, with the patient's other films beside it and nothing to say."""
    with read_only(database) as session:
        return render(request, "archive/view.html", reader, film=film(session, image_id))


@pages.post("/images/{image_id}/overrule")
def overrule_on_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    image_id: Id,
    seen: Annotated[str, Form(max_length=30)],
    reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
    class_id: Annotated[Id | None, Form()] = None,
) -> Response:
    """Overrule the label, or let the reads decide again."""
    try:
        with database.begin() as session:
            now = moment(session)
            overrules.overrule(session, image_id, class_id, reason, seen, user, now)
    except (errors.Refused, errors.Conflict) as error:
        return draw_refused(request, database, user, image_id, error)
    return RedirectResponse(f"/images/{image_id}/history", 303)


@pages.post("/images/{image_id}/put-back")
def put_back_on_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    image_id: Id,
    reason: Annotated[Reason, Form()],
) -> Response:
    """Put the image on the list of its split, for a first read or one more."""
    try:
        with database.begin() as session:
            put_back.put_back(session, image_id, reason, user)
    except (errors.Refused, errors.Conflict) as error:
        return draw_refused(request, database, user, image_id, error)
    return RedirectResponse(f"/images/{image_id}/history", 303)


@api.post("/images/{image_id}/overrule", status_code=204)
def overrule(database: Database, user: CurrentAdmin, image_id: Id, said: Overruled) -> None:
    """Overrule an image's label, with a reason; reads that are open stay open."""
    with database.begin() as session:
        now = moment(session)
        overrules.overrule(session, image_id, said.class_id, said.reason, said.seen, user, now)


@api.post("/images/{image_id}/put-back", status_code=204)
def put_on_list(database: Database, user: CurrentAdmin, image_id: Id, asked: PutBack) -> None:
    """Put an image on the list of its split, for a first read or one more."""
    with database.begin() as session:
        put_back.put_back(session, image_id, asked.reason, user)


def draw_refused(
    request: Request,
    database: SessionFactory,
    user: User,
    image_id: int,
    error: errors.CondyleError,
) -> HTMLResponse:
    """Draw an image's page with what was refused; one that is gone has none."""
    if isinstance(error, errors.Removed):
        raise error
    status = 409 if isinstance(error, errors.Conflict) else 422
    return _draw(request, database, user, image_id, status=status, error=error)


def _draw(
    request: Request, database: SessionFactory, user: User, image_id: int, **more: Any
) -> HTMLResponse:
    with read_only(database) as session:
        found = history(session, image_id, with_names=user.role == "admin")
        shown: dict[str, Any] = {"film": next(iter(films(session, [image_id])), None)}
        names = {each.id: each.name for each in every_class(session)}
        if user.role == "admin":
            shown |= _for_admins(session, image_id)
        learned = images.unseen(session, user.id, shown.get("mates", ()))
    if found.reads or learned:
        with database.begin() as session:
            now = moment(session)
            if found.reads:
                note_history(session, user, image_id, now)
            if learned:
                note_sights(session, user.id, learned, now)
    return render(
        request, "archive/image.html", user, history=found, classes=names, **shown, **more
    )


def _for_admins(session: Session, image_id: int) -> dict[str, Any]:
    """Return what else admins are shown: whose film it is, what models say, what can be done."""
    study = select(Image.study_id).where(Image.id == image_id).scalar_subquery()
    others = select(Image.id).where(Image.study_id == study, Image.id != image_id)
    mates = session.scalars(others.order_by(Image.id).limit(OF_STUDY)).all()
    names = every_class(session)
    image = next(iter(images.shown(session, [image_id], names)), None)
    return {
        "image": image,
        "mates": images.shown(session, mates, names),
        "teaches": overrules.teaches(session, image_id),
        "overruled": overrules.standing(session, image_id),
        "offered": classes(session),
        "exclusions": exclusions.said(session, image_id),
        "why_excluded": exclusions.NAMES,
        "kept": duplicates.kept_for(session, image_id),
        "duplicates": duplicates.duplicates_of(session, image_id),
        "same": duplicates.with_same_picture(session, image_id),
        "exclusion_reasons": exclusions.REASONS,
        "reasons": REASONS,
    }

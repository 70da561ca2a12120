"""The page of one's own account: how the pages look, in which language, keys and password."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import update

from app import errors, texts
from app.accounts import second_factor
from app.db.engine import read_only
from app.db.people import User
from app.dependencies import CurrentUser, Database, render
from app.texts import _
from app.viewer import keys

pages = APIRouter(include_in_schema=False)

Theme = Literal["auto", "dark", "light"]


@pages.get("/profile")
def profile_page(
    request: Request, database: Database, user: CurrentUser, saved: bool = False
) -> HTMLResponse:
    """Draw what a person has chosen for their own account."""
    with read_only(database) as session:
        own = keys.own_keys(session, user.id)
        factor = second_factor.has(session, user.id)
    names = {code: texts.OWN_NAMES.get(code, code) for code in texts.languages()}
    installed = request.app.state.language.code
    return render(
        request,
        "accounts/profile.html",
        user,
        saved=saved,
        keys=own,
        factor=factor,
        languages=names,
        installed=names.get(installed, installed),
    )


@pages.post("/profile")
def keep_profile(
    database: Database,
    user: CurrentUser,
    theme: Annotated[Theme, Form()],
    language: Annotated[str, Form(max_length=20)] = "",
) -> RedirectResponse:
    """Keep the theme and the language that a person has chosen."""
    if language and language not in texts.languages():
        raise errors.Refused(
            _("There are no texts in this language."), "language", _("Choose another one.")
        )
    chosen = update(User).where(User.id == user.id).values(theme=theme, language=language or None)
    with database.begin() as session:
        session.execute(chosen)
    return RedirectResponse("/profile?saved=true", 303)

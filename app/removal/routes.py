"""The pages of an import and of removals, and the same as JSON."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from app import errors
from app.db.engine import read_only
from app.db.tables import Id, IdInJson
from app.dependencies import CurrentAdmin, CurrentSettings, Database, render
from app.imports import so_far
from app.removal import doing, files, rules, take_back
from app.removal.rules import AT_ONCE, REASONS, Reason, What
from app.runs import rules as runs
from app.runs.kinds import IMPORT
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["removals"])

LONGEST_LIST = 12 * AT_ONCE
"""Characters of the numbers that an address or a form may name."""
Numbers = Annotated[str, Query(max_length=LONGEST_LIST)]


class WantedRemoval(BaseModel):
    """What is to be removed for good, and why."""

    what: What
    numbers: Annotated[list[IdInJson], Field(min_length=1, max_length=AT_ONCE)]
    """Of one patient or study, or of images."""
    reason: Reason


class Removed(BaseModel):
    """The removal that was made."""

    removal_id: int


@pages.get("/imports/{import_id}")
def import_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    import_id: Id,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> HTMLResponse:
    """Draw an import: its films, what it left out, and what taking it back would do."""
    with read_only(database) as session:
        run = runs.find(session, import_id)
        if run.kind != IMPORT.name:
            raise errors.NotFound(
                _("This run is not an import."),
                _("run {number}", number=import_id),
                _("Choose one on the page Imports."),
            )
        standing = take_back.standing(session, run)
        films = so_far.films(session, import_id, after)
        put_aside = so_far.put_aside(session, import_id)
        removal = so_far.taken_back(session, import_id)
    return render(
        request,
        "removal/import.html",
        user,
        run=run,
        standing=standing,
        films=films,
        after=after,
        full=len(films) == so_far.SHOWN,
        put_aside=put_aside,
        removal=removal,
    )


@pages.post("/imports/{import_id}/take-back")
def take_import_back(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, import_id: Id
) -> Response:
    """Take an import back, and show how far that is."""
    doing.take_back(database, settings, import_id, user.id)
    return RedirectResponse(f"/imports/{import_id}", 303)


@pages.get("/removals")
def removals_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    what: What = "image",
    numbers: Numbers = "",
) -> HTMLResponse:
    """Draw what was removed, and what a removal that is asked for would take away."""
    found, refusal = None, None
    with read_only(database) as session:
        listed = rules.listed(session)
        waiting = files.waiting_by_removal(session)
        if numbers.strip():
            try:
                found = rules.extent(session, what, _numbers(what, numbers))
            except errors.CondyleError as error:
                refusal = error
    return render(
        request,
        "removal/removals.html",
        user,
        status=200,
        listed=listed,
        waiting=waiting,
        reasons=REASONS,
        what=what,
        numbers=numbers,
        extent=found,
        error=refusal,
    )


@pages.post("/removals")
def remove(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    what: Annotated[What, Form()],
    numbers: Annotated[str, Form(max_length=LONGEST_LIST)],
    reason: Annotated[Reason, Form()],
) -> Response:
    """Remove a patient, a study or images for good."""
    doing.remove(database, settings, what, _numbers(what, numbers), reason, user.id)
    return RedirectResponse("/removals", 303)


@pages.post("/removals/{removal_id}/lift")
def lift(database: Database, user: CurrentAdmin, removal_id: Id) -> Response:
    """Let what was removed be imported again."""
    with database.begin() as session:
        rules.lift(session, removal_id, user.id)
    return RedirectResponse("/removals", 303)


@api.post("/removals", status_code=201)
def remove_by_api(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, wanted: WantedRemoval
) -> Removed:
    """Remove a patient, a study or images for good."""
    _require_one(wanted.what, wanted.numbers)
    numbers = sorted(set(wanted.numbers))
    made = doing.remove(database, settings, wanted.what, numbers, wanted.reason, user.id)
    return Removed(removal_id=made)


@api.post("/imports/{import_id}/take-back", status_code=201)
def take_back_by_api(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, import_id: Id
) -> Removed:
    """Take an import back; a run of its own does it step by step."""
    return Removed(removal_id=doing.take_back(database, settings, import_id, user.id))


def _numbers(what: What, text: str) -> list[int]:
    """Return the numbers that somebody has typed, with commas or spaces between them."""
    words = text.replace(",", " ").split()
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise errors.Refused(
            _("These are not numbers."), _("numbers"), _("Enter numbers separated by commas.")
        )
    numbers = sorted({int(word) for word in words})
    if not 1 <= numbers[0] <= numbers[-1] < 2**31:
        raise errors.Refused(
            _("These numbers do not exist."),
            _("numbers"),
            _("Enter the numbers shown in the archive."),
        )
    _require_one(what, numbers)
    return numbers


def _require_one(what: What, numbers: list[int]) -> None:
    if what != "image" and len(numbers) > 1:
        raise errors.Refused(
            _("One patient or study is removed at a time."), _("numbers"), _("Enter one number.")
        )

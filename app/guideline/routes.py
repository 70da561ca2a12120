"""The guideline: for readers a page and what the desk shows, for admins its editor."""

from itertools import zip_longest
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import errors
from app.db.engine import Database as SessionFactory
from app.db.engine import read_only
from app.db.people import User
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentReader, Database, render
from app.guideline import page, rules
from app.labels.classes import classes
from app.labels.guideline_versions import newest_version
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["reading"])

SPARE = 3
"""Empty rows for further examples."""
Text = Annotated[str, Form(max_length=rules.LONGEST_TEXT)]
Row = tuple[str, int | None, str]
"""A row of the form of examples: an image as it was typed, its class and its caption."""
Version = Annotated[int, Query(ge=0, lt=2**31)]


@pages.get("/guideline")
def guideline_page(
    request: Request, database: Database, reader: CurrentReader, version: Version = 0
) -> HTMLResponse:
    """Draw the guideline that holds, or an earlier version."""
    with read_only(database) as session:
        newest = newest_version(session)
        shown = page.published(session, version or newest) if version or newest else None
        all_versions = page.versions(session, with_names=reader.role == "admin")
    return render(
        request,
        "guideline/guideline.html",
        reader,
        guideline=shown,
        newest=newest,
        versions=all_versions,
    )


@api.get("/guideline")
def guideline(
    database: Database, reader: CurrentReader, version: Version = 0
) -> page.Published | None:
    """Return a version of the guideline; without one, that which holds, or null."""
    with read_only(database) as session:
        wanted = version or newest_version(session)
        return page.published(session, wanted) if wanted else None


@pages.get("/guideline/edit")
def edit_page(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    image_id: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> HTMLResponse:
    """Draw the editor, with the version that holds; with an image as one more example."""
    with read_only(database) as session:
        version = newest_version(session)
        draft = rules.draft_of(session, version)
        class_id = rules.label_of(session, image_id) if image_id else None
    rows: list[Row] = [(f"{each.image_id}", each.class_id, each.caption) for each in draft.examples]
    if image_id and f"{image_id}" not in [row[0] for row in rows]:
        rows.append((f"{image_id}", class_id, ""))
    return _editor(request, database, user, draft, rows, version)


@pages.post("/guideline/edit")
def publish(
    request: Request,
    database: Database,
    user: CurrentAdmin,
    based_on: Annotated[int, Form(ge=0, lt=2**31)],
    text: Text = "",
    change: Annotated[str, Form(max_length=500)] = "",
    rule_class: Annotated[list[Id], Form()] = [],  # noqa: B006
    rule_text: Annotated[list[str], Form()] = [],  # noqa: B006
    example_image: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006
    example_class: Annotated[list[Id], Form(max_length=200)] = [],  # noqa: B006
    example_caption: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006
) -> Response:
    """Publish what was written as the next version."""
    texts = {class_id: said.strip() for class_id, said in zip(rule_class, rule_text, strict=False)}
    columns = zip_longest(example_image, example_class, example_caption)
    rows = [(image or "", class_id, caption or "") for image, class_id, caption in columns]
    draft = rules.Draft(text.strip(), texts, change=change.strip())
    try:
        draft = rules.Draft(draft.text, draft.rules, _examples(rows), draft.change)
        with database.begin() as session:
            rules.publish(session, draft, based_on, user)
    except (errors.Refused, errors.Conflict, errors.NotFound) as error:
        return _editor(request, database, user, draft, rows, based_on, status=422, error=error)
    return RedirectResponse("/guideline", 303)


def _examples(rows: list[Row]) -> list[rules.Example]:
    """Return the examples of the rows that name an image, as they were typed."""
    examples: list[rules.Example] = []
    for image, class_id, caption in rows:
        typed = image.strip()
        if not typed:
            continue
        number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
        if not number or class_id is None:
            raise errors.Refused(
                _("An example is named by the number of its image."),
                _("example {number}", number=len(examples) + 1),
                _("Copy the number from the image's history, or clear the field."),
            )
        examples.append(rules.Example(number, class_id, caption.strip()[: rules.LONGEST_CAPTION]))
    return examples


def _editor(
    request: Request,
    database: SessionFactory,
    user: User,
    draft: rules.Draft,
    rows: list[Row],
    based_on: int,
    *,
    status: int = 200,
    error: errors.CondyleError | None = None,
) -> HTMLResponse:
    with read_only(database) as session:
        label_set = classes(session)
    return render(
        request,
        "guideline/edit.html",
        user,
        status=status,
        error=error,
        draft=draft,
        rows=rows + [("", None, "")] * SPARE,
        based_on=based_on,
        classes=label_set,
        longest=rules.LONGEST_TEXT,
        longest_caption=rules.LONGEST_CAPTION,
    )

"""The page of imports: upload files or choose a folder of the inbox, and see what came of it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app import errors
from app.db.engine import drop_traces, read_only
from app.db.learning import Run
from app.db.tables import Id
from app.dependencies import CurrentAdmin, CurrentSettings, Database, Figures, render
from app.imports import asked_columns, held, quarantine, so_far, totals, uploads
from app.imports.columns import MANIFEST, REPORTS, TableKind
from app.imports.table_limits import LONGEST_NAME, MOST_COLUMNS
from app.imports.tally import Tally
from app.runs import rules as runs
from app.runs.kinds import IMPORT
from app.runs.starting import start
from app.texts import _

pages = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["imports"])

ANY_SIZE = 2**62
"""Instead of the limit for other requests; an upload's own limit is a setting."""


def _with_what_is_chosen(schema: dict[str, Any]) -> None:
    schema["properties"] |= IMPORT.chosen_schema()
    schema["additionalProperties"] = False


class WantedUpload(BaseModel):
    """What is to be uploaded, so that too much is refused before it is sent; 0 where unknown."""

    size: int = Field(0, ge=0, lt=2**62, strict=True, description="Bytes of all files together.")
    files: int = Field(0, ge=0, lt=2**31, strict=True)


class Upload(BaseModel):
    """A place to put files."""

    upload: str


class Stored(BaseModel):
    """A file that arrived."""

    size: int


class WantedImport(BaseModel):
    """What to import: an upload, or something in the inbox; exactly one of them.

    The rest is what a person chooses of an import, which `app.runs.asking` looks at.
    """

    model_config = ConfigDict(extra="allow", json_schema_extra=_with_what_is_chosen)

    upload: str | None = None
    inbox: str | None = None
    reports: str | None = Field(None, description="A CSV file of the upload with the reports.")

    @model_validator(mode="after")
    def _one_source(self) -> "WantedImport":
        if (self.upload is None) == (self.inbox is None):
            raise ValueError("name either an upload or something in the inbox")
        return self


class Started(BaseModel):
    """The import's run."""

    run_id: int


class Headers(BaseModel):
    """The first line of a table; none of its cells."""

    headers: list[Annotated[str, Field(max_length=LONGEST_NAME)]] = Field(max_length=MOST_COLUMNS)


class ReadAs(BaseModel):
    """How a table would be read as one kind of table."""

    required: list[str] = Field(description="Columns that must be there.")
    optional: list[str]
    columns: dict[str, str] = Field(description="The column that each header is taken for.")
    remembered: bool = Field(description="It was said so of a table with the same headers.")
    unasked: bool = Field(description="An import reads it so without being told.")


class TableRead(BaseModel):
    """What a table with these headers is, and how it would be read."""

    kind: Literal["manifest", "reports", ""] = Field(description="Empty where nobody can tell.")
    manifest: ReadAs
    reports: ReadAs
    identifying: dict[str, str] = Field(
        description="Headers that say who a person is, with what they seem to hold."
    )


@pages.get("/imports")
def imports_page(
    request: Request,
    database: Database,
    settings: CurrentSettings,
    figures: Figures,
    user: CurrentAdmin,
) -> HTMLResponse:
    """Draw the archive's totals, both ways to import, and the quarantine."""
    with read_only(database) as session:
        counted = figures.show(session, "totals", totals.totals)
        quarantined = totals.quarantine(session)
        held_films = held.waiting(session)[1]
        imports = so_far.imports(session)
        active = [run.id for run in runs.recent(session) if _is_active_import(run)]
    return render(
        request,
        "imports/imports.html",
        user,
        counted=counted,
        quarantined=quarantined,
        active=active,
        asks={parameter.name: parameter for parameter in IMPORT.chosen},
        inbox=uploads.inbox(settings.home),
        inbox_path=settings.home.resolve() / "inbox",
        upload_mb=settings.upload_mb,
        kept_days=quarantine.KEPT_DAYS,
        held=held_films,
        imports=imports,
        finds_text=find_spec("rapidocr") is not None or not settings.embedded,
    )


@pages.post("/imports/quarantine/dismiss")
def dismiss_all(database: Database, user: CurrentAdmin) -> Response:
    """Forget all files that could not be imported, and their names."""
    with database.begin() as session:
        quarantine.dismiss_all(session)
    drop_traces(database)
    return RedirectResponse("/imports", 303)


@pages.post("/imports/quarantine/{file_id}/dismiss")
def dismiss(database: Database, user: CurrentAdmin, file_id: Id) -> Response:
    """Forget one file that could not be imported, and its name."""
    with database.begin() as session:
        quarantine.dismiss(session, file_id)
    drop_traces(database)
    return RedirectResponse("/imports", 303)


@api.post("/uploads", status_code=201)
def begin_upload(
    database: Database,
    settings: CurrentSettings,
    user: CurrentAdmin,
    wanted: WantedUpload | None = None,
) -> Upload:
    """Make a place to put files, and remove those that were abandoned."""
    with read_only(database) as session:
        used = uploads.in_use(session)
    uploads.remove_abandoned(settings.home, used)
    wanted = wanted or WantedUpload()
    return Upload(upload=uploads.begin(settings, Tally(wanted.size, wanted.files)))


@api.put("/uploads/{upload}/files", status_code=201, max_body_size=ANY_SIZE)
async def receive_file(
    request: Request,
    settings: CurrentSettings,
    user: CurrentAdmin,
    upload: str,
    name: Annotated[str, Query(min_length=1, max_length=2000)],
) -> Stored:
    """Store one file, the request's body, as it arrives: it is never whole in memory."""
    size = 0
    incoming = await run_in_threadpool(uploads.IncomingFile, settings, upload, name)
    with incoming:
        async for chunk in request.stream():
            await run_in_threadpool(incoming.write, chunk)
            size += len(chunk)
        await run_in_threadpool(incoming.keep)
    return Stored(size=size)


@api.delete("/uploads/{upload}", status_code=204)
def discard_upload(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, upload: str
) -> None:
    """Remove an upload that will not be imported."""
    with read_only(database) as session:
        used = uploads.in_use(session)
    uploads.discard(settings.home, upload, used)


@api.post("/imports/columns")
def read_headers(database: Database, user: CurrentAdmin, wanted: Headers) -> TableRead:
    """Say how a table would be read, by its headers: nothing is imported or kept."""
    headers = wanted.headers
    with read_only(database) as session:
        manifest = asked_columns.reading(session, MANIFEST, headers)
        reports = asked_columns.reading(session, REPORTS, headers)
    return TableRead(
        kind=asked_columns.probably(manifest, reports),
        manifest=_read_as(MANIFEST, manifest),
        reports=_read_as(REPORTS, reports),
        identifying=asked_columns.identifying(headers),
    )


@api.post("/imports", status_code=201)
def start_import(
    database: Database, settings: CurrentSettings, user: CurrentAdmin, wanted: WantedImport
) -> Started:
    """Start the import of an upload or of something in the inbox."""
    if wanted.upload is not None:
        source = uploads.folder_of(settings.home, wanted.upload)
    else:
        source = uploads.in_inbox(settings.home, wanted.inbox or "")
    chosen = IMPORT.chosen_by(wanted.model_extra or {})
    given = {
        "paths": [str(source.resolve())],
        "reports": wanted.reports and str(_reports(source, wanted.reports)),
    }
    asked = IMPORT.checked({**chosen, **given})
    asked_columns.require_clear_columns(asked)
    run = start(database, settings, IMPORT, asked, user.id)
    return Started(run_id=run.id)


def _read_as(kind: TableKind, found: asked_columns.Reading) -> ReadAs:
    return ReadAs(required=[*kind.required], optional=[*kind.optional], **vars(found))


def _reports(source: Path, name: str) -> Path:
    path = source.resolve() / uploads.safe_path(name)
    if not path.is_file():
        raise errors.NotFound(
            _("The file with the reports is not there."), "reports", _("Choose it again.")
        )
    return path


def _is_active_import(run: Run) -> bool:
    return run.kind == IMPORT.name and run.finished_at is None

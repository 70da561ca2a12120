"""Downloads of labels, reads, pseudo-labels and the audit trail."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import FileResponse, StreamingResponse

from app import errors
from app.audit import record
from app.db.clock import moment
from app.db.engine import read_only, snapshot
from app.db.tables import Id
from app.dependencies import CurrentAdmin, Database, Store
from app.downloads import download, written
from app.export import rules
from app.texts import _
from app.worklists.sights import note_sight

api = APIRouter(prefix="/api/v1", tags=["export"])


@api.get("/export/{what}", response_class=StreamingResponse)
def export(
    database: Database,
    user: CurrentAdmin,
    what: Literal["labels", "reads", "pseudo-labels", "audit"],
    format: Literal["csv", "json"] = "csv",
) -> StreamingResponse:
    """Download a table. Each holds what readers said: nothing of that is read blind after it.

    What is recorded is committed before it is written: who writes a long table must not hold up
    who labels.
    """
    with database.begin() as session:
        record(session, user, "export", what, format=format)
        note_sight(session, user.id, None, moment(session))
    with snapshot(database) as session:
        file = written(rules.table(session, what, format))
    return download(file, f"{what}.{format}")


@api.get("/export/model/{run_id}", response_class=FileResponse)
def export_model(database: Database, store: Store, user: CurrentAdmin, run_id: Id) -> FileResponse:
    """Download the file that an `export` run wrote."""
    with read_only(database) as session:
        digest, name = rules.model_file(session, run_id)
    try:
        path = store.local(digest)
    except errors.NotFound as missing:
        raise errors.NotFound(
            _("The file is missing from the store."),
            _("run {number}", number=run_id),
            _("Export the classifier again."),
        ) from missing
    with database.begin() as session:
        record(session, user, "export", "model", run=run_id, file=name)
    return FileResponse(path, media_type="application/octet-stream", filename=name)

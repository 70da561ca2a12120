"""Downloads of labels, reads, pseudo-labels and the audit trail."""

import tempfile
from collections.abc import Iterator
from typing import Literal, TextIO

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from app.audit import record
from app.dependencies import CurrentAdmin, Database
from app.export import rules

api = APIRouter(prefix="/api/v1", tags=["export"])


@api.get("/export/{what}", response_class=StreamingResponse)
def export(
    database: Database,
    user: CurrentAdmin,
    what: Literal["labels", "reads", "pseudo-labels", "audit"],
    format: Literal["csv", "json"] = "csv",
) -> StreamingResponse:
    """Download a table.

    It is written to a temporary file first: a slow download must not hold the database open.
    """
    file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
    with database.begin() as session:
        record(session, user, "export", what, format=format)
        file.writelines(_text(session, what, format))
    file.seek(0)
    return StreamingResponse(
        _chunks(file),
        media_type="text/csv; charset=utf-8" if format == "csv" else "application/json",
        headers={"Content-Disposition": f'attachment; filename="{what}.{format}"'},
    )


def _text(session: Session, what: str, format: str) -> Iterator[str]:
    lines = rules.rows(session, what)
    return rules.as_csv(rules.columns(what), lines) if format == "csv" else rules.as_json(lines)


def _chunks(file: TextIO) -> Iterator[str]:
    with file:
        while chunk := file.read(1 << 16):
            yield chunk

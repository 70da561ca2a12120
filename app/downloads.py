"""Tables that are downloaded: written to a temporary file first, and sent from there.

A slow download must not hold the database open.
"""

import tempfile
from collections.abc import Iterable, Iterator
from typing import TextIO

from fastapi.responses import StreamingResponse

PIECE = 1 << 16


def written(text: Iterable[str]) -> TextIO:
    """Write a text, piece by piece, to a temporary file; return the file at its beginning."""
    file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
    file.writelines(text)
    file.seek(0)
    return file


def download(file: TextIO, name: str) -> StreamingResponse:
    """Send a file, and close it.

    Args:
        file: of text, at its beginning.
        name: it is saved under; ends in `.csv` or `.json`.
    """
    return StreamingResponse(
        _pieces(file),
        media_type="application/json" if name.endswith(".json") else "text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _pieces(file: TextIO) -> Iterator[str]:
    with file:
        while piece := file.read(PIECE):
            yield piece

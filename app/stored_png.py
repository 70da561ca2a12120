"""Answering with a PNG that lies in the store."""

from fastapi.responses import FileResponse, Response

from app.errors import NotFound
from app.imaging.storage import Store


def stored_png(
    store: Store, digest: str | None, missing: NotFound, *, for_ever: bool, if_none_match: str = ""
) -> Response:
    """Return a PNG of the store, tagged with its digest.

    Args:
        store: where it lies.
        digest: its name there; None where nobody knows of such a file.
        missing: what is said where there is no file.
        for_ever: whether the browser may keep it without asking again.
        if_none_match: the request's header; a browser that has the file is told so.

    Raises:
        NotFound: `missing`.
    """
    if digest is None:
        raise missing
    kept = "max-age=31536000, immutable" if for_ever else "no-cache"
    headers = {"ETag": f'"{digest}"', "Cache-Control": f"private, {kept}"}
    if headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    try:
        path = store.local(digest)
    except NotFound:
        raise missing from None
    return FileResponse(path, media_type="image/png", headers=headers)

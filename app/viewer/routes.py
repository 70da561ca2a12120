"""What the viewer asks for beside the film itself: previews, films to compare with, own keys."""

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from app import errors
from app.db.engine import read_only
from app.db.tables import Id
from app.dependencies import CurrentReader, CurrentUser, Database, Store
from app.stored_png import stored_png
from app.texts import _
from app.viewer import comparison, keys

api = APIRouter(prefix="/api/v1", tags=["reading"])


@api.get("/images/{image_id}/comparison")
def films_beside(
    database: Database, reader: CurrentReader, image_id: Id
) -> list[comparison.Beside]:
    """Describe the other films of an image's patient, the same study's first."""
    with read_only(database) as session:
        return comparison.films_beside(session, image_id)


@api.get(
    "/images/{image_id}/preview",
    response_class=FileResponse,
    responses={200: {"content": {"image/png": {}}}},
)
def preview(
    database: Database, store: Store, reader: CurrentReader, image_id: Id, digest: str = ""
) -> Response:
    """Return a small 8-bit PNG of an image through its own window: its model rendition.

    An address with the `digest` of the film's pixels may be kept for ever.
    """
    with read_only(database) as session:
        found, for_ever = comparison.preview_digest(session, image_id, digest)
    missing = errors.NotFound(
        _("The preview of this image is missing from the store."),
        _("image {number}", number=image_id),
        _("Ask an admin to restore the store folder from a backup."),
    )
    return stored_png(store, found, missing, for_ever=for_ever)


@api.get("/keys")
def own_keys(database: Database, user: CurrentUser) -> keys.Keys:
    """Return the keys this person has changed, by command."""
    with read_only(database) as session:
        return keys.own_keys(session, user.id)


@api.put("/keys", status_code=204)
def keep_keys(database: Database, user: CurrentUser, chosen: keys.Keys) -> None:
    """Keep this person's own keys, in place of those kept before."""
    with database.begin() as session:
        keys.save_keys(session, user.id, chosen)

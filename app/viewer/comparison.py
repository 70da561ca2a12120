"""Other films of the same patient, to lay beside the one that is to be decided on.

Nothing here says what any reader or model thinks of a film: the blind pages use it too. Dates do
not survive the de-identification, so an earlier study cannot be told from a later one.
"""

from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Row, case, select
from sqlalchemy.orm import Session

from app.db.archive import Image, Rendition
from app.errors import NotFound
from app.labels.images import no_such_image
from app.texts import _
from app.viewer.films import ViewerImage, films

AT_MOST = 50
"""Films beside one: more can nobody compare."""


class Beside(BaseModel):
    """A film to compare with."""

    film: ViewerImage
    relation: Literal["study", "patient"]
    """Of the same study, or of another study of the same patient."""


def films_beside(session: Session, image_id: int) -> list[Beside]:
    """Return the other films of an image's patient.

    Args:
        image_id: the film that is to be decided on.

    Returns:
        The same study's first; then the other studies', in the order they were imported. A film of
        both knees comes once, as the knee of the same side; the image's own film does not.

    Raises:
        NotFound: if there is no such image.
    """
    image = session.get(Image, image_id)
    if image is None:
        raise no_such_image(image_id)
    same = Image.study_id == image.study_id
    others = (
        select(Image.id, Image.study_id, Image.source_digest, Image.laterality)
        .where(Image.patient_id == image.patient_id, Image.source_digest != image.source_digest)
        .order_by(case((same, 0), else_=1), Image.study_id, Image.id)
        .limit(2 * AT_MOST)
    )
    by_film: dict[str, Row[*tuple[Any, ...]]] = {}
    for row in session.execute(others):
        if row.source_digest not in by_film or row.laterality == image.laterality:
            by_film[row.source_digest] = row
    studies = {row.id: row.study_id for row in islice(by_film.values(), AT_MOST)}
    return [
        Beside(film=film, relation=_relation(studies[film.image_id], image.study_id))
        for film in films(session, list(studies))
    ]


def preview_digest(session: Session, image_id: int, stored_digest: str) -> tuple[str, bool]:
    """Return the digest of an image's model rendition, which is its preview.

    Args:
        stored_digest: what the caller takes for the digest of the de-identified film.

    Returns:
        The digest, and whether it never changes: the caller was right, and the preview is made
        from the whole of the film. That of one knee does when the knee is put right.

    Raises:
        NotFound: if there is no such image, or it has no preview.
    """
    found = session.execute(
        select(Rendition.digest, Image.stored_digest, Image.region_left)
        .join(Image, Image.id == Rendition.image_id)
        .where(Rendition.image_id == image_id, Rendition.kind == "model")
    ).first()
    if found is None or found.digest is None:
        raise NotFound(
            _("There is no preview of this image."), _("image {number}", number=image_id)
        )
    of_whole_film = found.region_left is None
    return found.digest, of_whole_film and found.stored_digest == stored_digest


def _relation(study: int, own: int) -> Literal["study", "patient"]:
    return "study" if study == own else "patient"

"""Rows of an archive whose images differ in everything that can be asked for."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import Image
from app.db.exclusion import ExcludedImage
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, ReferenceLabel, WorklistItem

SITES, VIEWS = ("north", "south", ""), ("AP", "LATERAL")


def read(session: Session, reader: int, image: int, class_id: int | None, key: str = "") -> None:
    """A read of an image that stands, with the reference label it amounts to."""
    said = {"class_id": class_id, "unusable": class_id is None, "worklist": "seed", "turn": 1}
    read = Annotation(image_id=image, reader_id=reader, idempotency_key=key or f"k{image}", **said)
    session.add(read)
    session.flush()
    if class_id is not None:
        session.merge(ReferenceLabel(image_id=image, class_id=class_id, basis="single_read"))
    session.flush()


def furnish(session: Session) -> list[int]:
    """Forty images of two sites that differ in everything that can be asked for."""
    classes, reader = add_classes(session), add_readers(session, 1)[0]
    images = add_images(session, 28, per_patient=2) + add_images(
        session, 12, split="validation", name="v"
    )
    films = session.scalars(select(Image).where(Image.id.in_(images)).order_by(Image.id)).all()
    for n, film in enumerate(films):
        film.site, film.view, film.laterality = SITES[n % 3], VIEWS[n % 2], "LR"[n // 2 % 2]
        film.details = {"Manufacturer": "Agfa"} if n % 4 else {}
        film.imported_at += timedelta(days=31 * (n % 3))
    for n, image in enumerate(images[::3]):
        read(session, reader, image, [*classes, None][n % 4])
    for n, label in enumerate(add_sweep(session, images[:30])):
        row = session.get_one(PseudoLabel, label)
        row.class_id, row.confidence = classes[n % 3], [0.5, 0.5, 0.72, 0.9, 0.99][n % 5]
        row.conflict, row.status = n % 4 == 0, ["needs_review", "accepted", "approved"][n % 3]
    list_images(session, "seed", images[5:9])
    session.execute(update(WorklistItem).where(WorklistItem.position > 2).values(done=True))
    list_images(session, "validation", images[30:33])
    session.add(ExcludedImage(image_id=images[13], reason="quality"))
    session.flush()
    return images

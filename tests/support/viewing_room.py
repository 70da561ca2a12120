"""Films for the tests of the viewer: what they hold, whose they are, and what is shown."""

import base64

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page
from sqlalchemy import select
from support.reading_room import Room, Shelf

from app.db.archive import Image, Rendition, Study
from app.imaging import rendering
from app.imaging.rendering import Picture
from app.imaging.storage import Store


def hang(room: Room, number: int, picture: Picture, **about: object) -> None:
    """Put other pixels behind one of the room's films, preview included, and say more about it."""
    store = Shelf(room.server.settings.home / "store")
    small = rendering.model(picture)
    with room.database.begin() as session:
        image = session.get_one(Image, room.images[number])
        for name, value in about.items():
            setattr(image, name, value)
        for kind, shown_as in (("viewer", picture), ("model", small)):
            rendition = select(Rendition).where(
                Rendition.image_id == image.id, Rendition.kind == kind
            )
            found = session.scalars(rendition).one()
            _describe(found, shown_as, store)
            if kind == "viewer":
                image.stored_digest = found.digest


def one_patient(room: Room) -> None:
    """Make the room's films one patient's: two in the first study, three in another."""
    with room.database.begin() as session:
        images = [session.get_one(Image, image_id) for image_id in room.images]
        other = Study(patient_id=images[0].patient_id, key="another", report="Effusion.")
        session.add(other)
        session.flush()
        for number, image in enumerate(images):
            image.patient_id = images[0].patient_id
            image.study_id = images[0].study_id if number < 2 else other.id


def shown(page: Page, canvas: Locator | None = None) -> NDArray[np.uint8]:
    """The grey levels of a canvas, of the film to label's where none is named."""
    url = (canvas or page.locator(".stage canvas").first).evaluate(
        """canvas => new Promise(done => requestAnimationFrame(() => setTimeout(
            () => done(canvas.toDataURL('image/png')))))"""
    )
    png = np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8)
    return cv2.imdecode(png, cv2.IMREAD_GRAYSCALE).astype(np.uint8)


def middle(page: Page, canvas: Locator | None = None) -> tuple[float, float]:
    """The middle of a canvas on the page, in CSS pixels."""
    box = (canvas or page.locator(".stage canvas").first).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def centred(canvas: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.int64]:
    """The film's part of a canvas on which it lies centred at one to one."""
    top, left = round((canvas.shape[0] - rows) / 2), round((canvas.shape[1] - columns) / 2)
    return canvas[top : top + rows, left : left + columns].astype(int)


def _describe(rendition: Rendition, picture: Picture, store: Store) -> None:
    rendition.digest = store.put(rendering.png(picture))
    rendition.height, rendition.width = picture.pixels.shape
    rendition.bits = picture.bits
    rendition.window_centre, rendition.window_width = picture.centre, picture.width

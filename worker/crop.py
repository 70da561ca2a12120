"""A `crop` run: model renditions of knees whose place on their film was corrected.

Every run that reads model renditions makes the missing ones first, so that
none learns from, predicts or judges a knee as it was before a correction.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from app import errors
from app.db.archive import Image, Rendition
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import RenditionFile
from app.knees import corrections
from app.runs.parameters import Parameters
from app.runs.results import CropResult
from worker.arrivals import stored
from worker.progress import Running

AT_ONCE = 50
"""Knees looked up together."""

P = TypeVar("P", bound=Parameters)
T = TypeVar("T")


def execute(running: Running[Any]) -> CropResult:
    """Make every missing model rendition, also of what is corrected meanwhile."""
    made = 0
    with Decoder(running.settings) as decoder:
        while some := _uncropped(running):
            for image in some:
                running.check()
                made += _crop(running, decoder, image)
            running.report(made, made, "Cropping corrected knees")
    return CropResult(images=made)


def after_crops(kind: Callable[[Running[P]], T]) -> Callable[[Running[P]], T]:
    """Return a kind of run, or its plan, that first makes missing model renditions."""

    def execute_after(running: Running[P]) -> T:
        if _uncropped(running):
            execute(running)
        return kind(running)

    return execute_after


def _uncropped(running: Running) -> list[Image]:
    with running.reading() as session:
        return list(corrections.uncropped(session, AT_ONCE))


def _crop(running: Running, decoder: Decoder, image: Image) -> bool:
    region = image.region
    assert region is not None
    with running.reading() as session:
        viewer = session.scalars(
            select(Rendition).where(Rendition.image_id == image.id, Rendition.kind == "viewer")
        ).one()
    try:
        made = stored(running.store, "model", decoder.crop(_film(running, image, viewer), region))
    except (Undecodable, errors.NotFound) as reason:
        raise errors.Refused(reason.what, f"image {image.id}", reason.do) from reason
    with running.transaction() as session:
        return corrections.add_crop(session, image.id, region, made)


def _film(running: Running, image: Image, viewer: Rendition) -> Path | RenditionFile:
    """Return what a region is cut from: what readers see, where it is made."""
    if viewer.digest is None:
        return running.store.local(image.stored_digest)
    return RenditionFile(
        running.store.local(viewer.digest),
        viewer.width,
        viewer.height,
        viewer.bits,
        viewer.window_centre,
        viewer.window_width,
    )

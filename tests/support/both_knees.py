"""Films of both knees for tests: one half darker than the other, so that each can be told."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from files import bad_films
from PIL import Image as Pillow
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.worklist_rows import add_images

from app.db.archive import Image, Rendition
from app.db.engine import Database
from app.imaging.knees import Region
from app.imaging.storage import Store
from app.settings import Settings


def halves(right: int, left: int, height: int = 40, width: int = 60) -> np.ndarray:
    """Grey levels: one half of the film around each of two, with a little noise."""
    noise = np.random.default_rng(right).integers(0, 10, (height, width))
    noise[:, : width // 2] += right
    noise[:, width // 2 :] += left
    return noise.astype(np.uint16)


def dicom(path: Path, **attributes: Any) -> Path:
    """A film of both knees, the right one darker."""
    pixels = halves(1000, 3000, 64, 48)
    dataset = bad_films.good(PixelData=pixels.astype("<u2").tobytes(), **attributes)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bad_films.as_file(dataset))
    return path


def png(path: Path, right: int = 50, left: int = 200) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(halves(right, left).astype(np.uint8)).save(path)
    return path


def listed(folder: Path, header: str, *lines: str) -> Path:
    """A folder with one film of both knees and its manifest."""
    png(folder / "film.png")
    (folder / "manifest.csv").write_text("\n".join(["file,patient_id," + header, *lines]))
    return folder


def images(database: Database) -> list[Image]:
    with database() as session:
        return list(session.scalars(select(Image).order_by(Image.laterality)))


def brightness(database: Database, settings: Settings) -> dict[str, float]:
    """The mean grey of each side's model rendition."""
    store = Store(settings.home / "store")
    with database() as session:
        rows = session.execute(
            select(Image.laterality, Rendition.digest)
            .join(Rendition, Rendition.image_id == Image.id)
            .where(Rendition.kind == "model")
        ).all()
    return {
        side: float(cv2.imread(str(store.path(digest)), cv2.IMREAD_UNCHANGED).mean())
        for side, digest in rows
    }


def pair(session: Session, right: int, left: int) -> None:
    """Let two images be the knees of one film, halved at its middle."""
    knees = session.get_one(Image, right), session.get_one(Image, left)
    width, height = knees[0].width, knees[0].height
    half = width // 2
    regions = Region(0, 0, half, height), Region(half, 0, width, height)
    viewer = session.scalars(
        select(Rendition).where(Rendition.image_id == right, Rendition.kind == "viewer")
    ).one()
    for knee, side, region in zip(knees, "RL", regions, strict=True):
        knee.laterality, knee.region, knee.view = side, region, "AP"
        knee.source_digest, knee.key = "one film", f"K-{side}"
        knee.study_id, knee.patient_id = knees[0].study_id, knees[0].patient_id
        own = select(Rendition).where(Rendition.image_id == knee.id, Rendition.kind == "viewer")
        shown = session.scalars(own).one()
        shown.digest, shown.width, shown.height = viewer.digest, viewer.width, viewer.height
    session.flush()


def both_knees(session: Session) -> tuple[int, int]:
    """Add a film of both knees, 64 pixels wide and 80 high; return its images, the right first."""
    right, left = add_images(session, 2, per_patient=2, name="both")
    pair(session, right, left)
    return right, left

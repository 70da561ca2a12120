"""Draws the pictures of the documentation that are made from generated knees.

`make pictures` runs it.
"""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from app.demo.knees import draw
from app.demo.patients import Shot, Study, studies_of

FOLDER = Path(__file__).parent / "pictures"
WIDTH, HEIGHT, CAPTION, GAP = 264, 330, 26, 6
SHOWN = (
    ("DEMO-0012-L", "AP"),
    ("DEMO-0008-L", "LATERAL"),
    ("DEMO-0008-R", "AP"),
    ("DEMO-0010-R", "AP"),
    ("DEMO-0033-R", "AP"),
    ("DEMO-0030-R", "LATERAL"),
    ("DEMO-0041-L", "AP"),
    ("DEMO-0013-R", "LATERAL"),
)


def main() -> None:
    """Write `generated-knees.png`: eight films through their own windows, with their labels."""
    studies = {study.key: study for study in studies_of(200, rng=0)}
    tiles = [_tile(studies[key], view) for key, view in SHOWN]
    rows = [np.hstack(tiles[:4]), np.hstack(tiles[4:])]
    few_greys = np.vstack(rows) // 5 * 5  # what the eye tells apart, at half the size
    Image.fromarray(few_greys).save(FOLDER / "generated-knees.png", optimize=True)


def _tile(study: Study, view: str) -> np.ndarray:
    shot = next(shot for shot in study.shots if shot.view == view)
    film = cv2.resize(_shown(study, shot), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    tile = Image.new("L", (WIDTH + GAP, HEIGHT + CAPTION + GAP), 24)
    tile.paste(Image.fromarray(film), (GAP // 2, GAP // 2))
    middle = (tile.width / 2, HEIGHT + GAP / 2 + CAPTION / 2)
    words = f"{study.label}, {view.lower() if view == 'LATERAL' else view}"
    ImageDraw.Draw(tile).text(middle, words, 205, ImageFont.load_default(14), anchor="mm")
    return np.asarray(tile)


def _shown(study: Study, shot: Shot) -> np.ndarray:
    film = draw(study, shot)
    tone = (film.pixels - film.window_centre) / film.window_width + 0.5
    upright = 1 - tone if shot.development.inverted else tone
    return np.round(255 * np.clip(upright, 0, 1)).astype(np.uint8)


if __name__ == "__main__":
    main()

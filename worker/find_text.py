"""Looking for text drawn into a film: names that no header knows of.

RapidOCR finds and reads it with the networks of its own package (PP-OCRv6, small); nothing is
loaded from elsewhere. What the text says is looked at here and kept nowhere.
"""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app import errors
from app.imaging.film import RenditionFile

NETWORKS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
}
SIDES = (1000, 700, 2000)
"""Longer sides, in pixels, at which a film is looked at in turn: the detector finds letters of some
15 to 40 pixels best, and a film's letters are of any size. Nothing is enlarged."""
SHORTEST = 4
"""Letters and digits of a text that could lead to a person: markers and initials are shorter."""
_MARKERS = (
    "LEFT RIGHT LINKS RECHTS GAUCHE DROITE DROIT IZQUIERDA DERECHA SINISTRA DESTRA STANDING STEHEND"
    " LIEGEND SUPINE PRONE ERECT UPRIGHT SITTING WEIGHT BEARING WEIGHTBEARING PORTABLE MOBILE"
    " LATERAL FRONTAL OBLIQUE SKYLINE SUNRISE ROSENBERG TUNNEL NOTCH MERCHANT PATELLA KNEE KNIE"
    " GENOU FLEXION EXTENSION STRESS VALGUS VARUS INTERNAL EXTERNAL POSTOP PREOP CROSS TABLE"
    " CALIBRATION MAGNIFICATION SCALE GRID BUCKY FOCUS SINGLE IMAGE VIEW DETECTOR DEGREES"
)
MARKERS = frozenset(_MARKERS.split())
MEASURED = re.compile(r"[\d.,]+(?:MM|CM|KV|KVP|MAS|MS|%|°|X)?")


class TextFinder:
    """Finds text on renditions.

    Args:
        threads: CPU threads to use; 0 means every core.

    Raises:
        errors.Refused: what it needs is not installed.
    """

    def __init__(self, threads: int) -> None:
        if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
            raise errors.Refused(
                "Text on films cannot be looked for: this worker lacks what reads it.",
                "rapidocr",
                "Install it with `pip install condyle[text]`, or import without the search.",
            )
        import rapidocr

        models = Path(rapidocr.__file__).parent / "models"
        named: dict[str, Any] = {name: str(models / file) for name, file in NETWORKS.items()}
        named["EngineConfig.onnxruntime.intra_op_num_threads"] = threads or -1
        named["Global.log_level"] = "critical"
        self._reader = rapidocr.RapidOCR(params=named)

    def places(self, rendition: RenditionFile) -> list[list[float]]:
        """Return where a film shows text that could lead to a person.

        Args:
            rendition: the viewer rendition, a greyscale PNG that is made.

        Returns:
            Left, top, width and height of each text as shares of the film's width and height;
            empty where there is none but markers and measures.
        """
        shown = _shown(rendition)
        own = max(rendition.width, rendition.height)
        for side in sorted({min(side, own) for side in SIDES}, key=[*SIDES, own].index):
            if found := self._read(_reduced(shown, side / own)):
                return found
        return []

    def _read(self, picture: NDArray[np.uint8]) -> list[list[float]]:
        found: Any = self._reader(picture)
        if found.txts is None or found.boxes is None:
            return []
        return [
            _share(box, *picture.shape[:2])
            for text, box in zip(found.txts, found.boxes, strict=True)
            if may_identify(text)
        ]


def may_identify(text: str) -> bool:
    """Whether a text on a film is more than a marker, a measure or initials."""
    words = re.findall(r"[^\W_]+(?:[.,][^\W_]+)*[%°]?", text.upper())
    left = [word for word in words if word not in MARKERS and not MEASURED.fullmatch(word)]
    digits = "".join(sign for sign in text if sign.isdigit())
    return any(len(word) >= SHORTEST for word in left) or len(digits) >= 6


def _shown(rendition: RenditionFile) -> NDArray[np.uint8]:
    """Return a rendition as it is shown at first, 8 bit, in three equal colours."""
    pixels = cv2.imread(str(rendition.path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise errors.Refused("A stored file is missing.", "viewer rendition", "Import it again.")
    low = rendition.window_centre - rendition.window_width / 2
    table = np.clip((np.arange(2**16) - low) / rendition.window_width * 255, 0, 255)
    shown = table.astype(np.uint8)[pixels]
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


def _reduced(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale >= 1:
        return picture
    smaller = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def _share(box: NDArray[Any], high: int, wide: int) -> list[float]:
    (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
    return [
        round(float(value), 4)
        for value in (left / wide, top / high, (right - left) / wide, (bottom - top) / high)
    ]

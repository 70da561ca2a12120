"""Real films show right: bone is brighter than the air beside it, whatever the file's polarity."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from support import dcmtk
from support.film_files import read, shown

from app.imaging import decoder, rendering

DATA = Path(__file__).parents[2] / "../shared/data"
PLACES = {
    "knee_dx_ap_L": [(0.60, 0.25), (0.97, 0.40)],
    "knee_dx_ap_R": [(0.53, 0.25), (0.06, 0.50)],
    "knee_dx_lat_R": [(0.55, 0.50), (0.10, 0.50)],
    "extremity_cr_mono1_j2k_lossless": [(0.49, 0.40), (0.30, 0.50)],
    "extremity_cr_mono1_j2k_lossy": [(0.49, 0.40), (0.30, 0.50)],
    "chest_cr_mono1_10bit": [(0.50, 0.60), (0.25, 0.45)],
    "chest_cr_mono1_j2k_lossy": [(0.50, 0.70), (0.30, 0.30)],
    "teeth_cr_mono1_modality_lut": [(0.50, 0.50), (0.50, 0.10)],
    "modality_lut": [(0.73, 0.67), (0.25, 0.67)],
    "voi_lut": [(0.73, 0.67), (0.25, 0.67)],
}
"""Where something dense and something that is not (in the test patterns 100 % and 0 %) lie, as
shares of width and height, found by eye."""


def model_of(path: Path) -> NDArray[np.uint8]:
    return rendering.model(rendering.viewer(decoder.read(path, bytes(32)))).pixels


def at(pixels: NDArray[np.uint8], place: tuple[float, float]) -> float:
    x, y = (
        round(share * (side - 1)) for share, side in zip(place, pixels.shape[::-1], strict=True)
    )
    return float(np.median(pixels[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4]))


@pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")
@pytest.mark.parametrize("name", PLACES)
def test_what_is_dense_is_bright(name: str) -> None:
    pixels = model_of(DATA / "dicom" / f"{name}.dcm")
    dense, thin = (at(pixels, place) for place in PLACES[name])
    assert dense > thin + 40


@pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")
@pytest.mark.parametrize("name", PLACES)
def test_a_real_film_looks_as_dcmtk_shows_it(name: str, tmp_path: Path) -> None:
    """From the pixels on: Debian's DCMTK decodes no JPEG 2000."""
    dataset = dcmread(DATA / "dicom" / f"{name}.dcm")
    if "WindowCenter" not in dataset and "VOILUTSequence" not in dataset:
        dataset.WindowCenter, dataset.WindowWidth = 300, 500
    film = read(dataset, tmp_path)
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.PixelData = film.pixels.tobytes()
    how = dcmtk.VOI_LUT if film.voi_luts else dcmtk.WINDOW
    theirs = dcmtk.shown(dataset, tmp_path, *how)
    assert np.abs(shown(film) - theirs).max() < 1 / 255


@pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")
@pytest.mark.parametrize("name", PLACES)
def test_the_grey_scale_is_used_and_little_is_clipped(name: str) -> None:
    pixels = model_of(DATA / "dicom" / f"{name}.dcm")
    if "lut" not in name and "extremity" not in name:  # these have white or black surrounds
        assert np.mean((pixels == 0) | (pixels == 255)) < 0.05
    assert np.percentile(pixels, 95) - np.percentile(pixels, 5) > 80


@pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")
def test_whole_films_arrive_as_they_are() -> None:
    for path in sorted((DATA / "knee-extra/images").iterdir()):
        film = decoder.read(path, bytes(32))
        model = rendering.model(rendering.viewer(film)).pixels
        assert max(model.shape) == min(512, max(film.pixels.shape))
        assert abs(float(model.mean()) - float(film.pixels.mean())) < 1

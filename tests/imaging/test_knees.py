"""Where the knees of a film of both are, and that a model is shown what a reader sees of each."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import pytest
from files import bad_films, packed
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.imaging import crops, rendering
from app.imaging.decoding import Decoder, Undecodable
from app.imaging.film import RenditionFile
from app.imaging.knees import Orientation, Region, divided, lies_beside, regions
from app.imaging.rendering import Picture
from app.settings import Settings

WIDE = np.zeros((6, 11))


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    with Decoder(Settings(home=tmp_path_factory.mktemp("home"))) as decoder:
        yield decoder


@pytest.mark.parametrize(
    ("rows", "columns", "first"),
    [
        ("", "", "R"),  # nothing said: the patient's right hangs on the viewer's left
        ("L", "F", "R"),
        ("R", "F", "L"),  # as a PA film comes that nobody has turned
        ("LA", "FP", "R"),
        ("RP", "F", "L"),
        ("A", "F", "R"),  # rows that say nothing of left and right
        ("P", "FL", "R"),
    ],
)
def test_a_film_is_halved_at_its_middle_and_its_rows_say_which_half_is_which(
    rows: str, columns: str, first: str
) -> None:
    second = {"L": "R", "R": "L"}[first]
    found = regions(WIDE, Orientation(rows, columns))
    assert found == [(first, Region(0, 0, 5, 6)), (second, Region(5, 0, 11, 6))]


@pytest.mark.parametrize(("columns", "first"), [("L", "R"), ("R", "L"), ("LF", "R")])
def test_a_film_that_lies_on_its_side_is_halved_across(columns: str, first: str) -> None:
    second = {"L": "R", "R": "L"}[first]
    found = regions(WIDE, Orientation("F", columns))
    assert found == [(first, Region(0, 0, 11, 3)), (second, Region(0, 3, 11, 6))]


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from(["", "L", "R", "AL", "LP", "F", "H"]),
    st.sampled_from(["", "L", "R", "F", "RH"]),
)
def test_halves_are_of_both_sides_and_share_no_pixel_and_miss_none(
    height: int, width: int, rows: str, columns: str
) -> None:
    found = regions(np.zeros((height, width)), Orientation(rows, columns))
    if not found:
        assert min(height, width) < 2
        return
    assert {side for side, _ in found} == {"L", "R"}
    seen = np.zeros((height, width), int)
    for _, region in found:
        part = region.of(seen)
        assert part.size
        part += 1
    assert (seen == 1).all()


def test_a_line_moves_the_edges_that_face_each_other_and_no_other() -> None:
    left, right = Region(0, 2, 40, 98), Region(50, 1, 100, 99)
    assert lies_beside(left, right)
    assert divided(left, right, 30) == (Region(0, 2, 30, 98), Region(30, 1, 100, 99))
    upper, lower = Region(0, 0, 90, 40), Region(2, 40, 88, 80)
    assert divided(upper, lower, 50) == (Region(0, 0, 90, 50), Region(2, 50, 88, 80))
    with pytest.raises(ValueError, match="without pixels"):
        divided(left, right, 100)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        (["L", "F"], ("L", "F")),
        (["R ", " f"], ("R", "F")),
        (["LA", "F"], ("LA", "F")),
        (["L"], ("", "")),
        ("L", ("", "")),
        (["L", "F", "A"], ("", "")),
        (["Doe", "Jane"], ("", "")),
        (None, ("", "")),
    ],
)
def test_the_orientation_of_a_dicom_file_is_read_and_kept(
    decoder: Decoder, tmp_path: Path, said: object, understood: tuple[str, str]
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(bad_films.as_file(bad_films.good(PatientOrientation=said)))
    first = decoder.decode(path)
    assert first.orientation == understood
    path.write_bytes(first.stored.read_bytes())
    assert decoder.decode(path).orientation == understood


@st.composite
def films(draw: st.DrawFn) -> tuple[Picture, Region]:
    """A viewer rendition of any size and depth, and a part of it."""
    height, width = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    bits = draw(st.sampled_from([8, 10, 12, 16]))
    dtype = np.uint8 if bits == 8 else np.uint16
    noise = np.random.default_rng(draw(st.integers(0, 99)))
    pixels = noise.integers(0, 2**bits, (height, width)).astype(dtype)
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    right, bottom = draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))
    centre = draw(st.floats(0, 2**bits))
    window = draw(st.floats(1, 2**bits))
    return Picture(pixels, bits, centre, window), Region(left, top, right, bottom)


@given(films())
@hypothesis_settings(max_examples=60)
def test_a_knees_model_rendition_is_what_a_reader_sees_in_its_frame(
    film: tuple[Picture, Region],
) -> None:
    """Small films are not reduced, so every pixel of the frame can be compared."""
    picture, region = film
    with TemporaryDirectory() as folder:
        viewer = rendering.write(picture, Path(folder) / "viewer.png")
        asked = {**vars(viewer), "path": str(viewer.path)}
        made = crops.crop(crops.opened(asked), region, Path(folder))
        shown = cv2.imread(made["path"], cv2.IMREAD_UNCHANGED)
    values = picture.pixels[region.top : region.bottom, region.left : region.right].astype(float)
    brightness = np.clip((values - picture.centre) / picture.width + 0.5, 0, 1)
    assert shown.dtype == np.uint8
    assert shown.shape == (made["height"], made["width"]) == values.shape
    assert (shown == np.rint(255 * brightness)).all()


def test_the_decoding_process_finds_both_knees_and_reduces_each_by_itself(
    decoder: Decoder, tmp_path: Path
) -> None:
    """A film of 2,048 columns: each half becomes 512 wide, by the mean of two pixels by two."""
    grey = np.random.default_rng(0).integers(0, 256, (256, 512)).astype(np.uint8)
    viewer = viewer_file(tmp_path, np.kron(grey, np.ones((4, 4), np.uint8)))
    found = decoder.knees(viewer.path, Orientation("R", "F"))
    assert [(knee.side, knee.region) for knee in found] == [
        ("L", Region(0, 0, 1024, 1024)),
        ("R", Region(1024, 0, 2048, 1024)),
    ]
    for knee, half in zip(found, (grey[:, :256], grey[:, 256:]), strict=True):
        made = cv2.imread(str(knee.model.path), cv2.IMREAD_UNCHANGED)
        assert (made == np.kron(half, np.ones((2, 2), np.uint8))).all()
    cropped = decoder.crop(viewer, Region(1024, 0, 2048, 1024))
    assert cropped.path.read_bytes() == found[1].model.path.read_bytes()


def test_a_knee_is_cut_alike_from_a_film_and_from_what_readers_see_of_it(
    decoder: Decoder, tmp_path: Path
) -> None:
    path = tmp_path / "film.dcm"
    path.write_bytes(packed.film("JPEG-LS"))
    made = decoder.decode(path, with_viewer=True)
    region = Region(20, 3, 41, 60)
    seen = decoder.crop(made.viewer, region).path.read_bytes()
    assert decoder.crop(made.stored, region).path.read_bytes() == seen


def test_a_film_too_narrow_has_no_knees_and_a_picture_that_is_gone_is_refused(
    decoder: Decoder, tmp_path: Path
) -> None:
    narrow = viewer_file(tmp_path, np.zeros((9, 1), np.uint8))
    assert decoder.knees(narrow.path, Orientation()) == []
    narrow.path.write_bytes(b"no picture")
    with pytest.raises(Undecodable, match="missing or damaged"):
        decoder.crop(narrow, Region(0, 0, 1, 9))


def viewer_file(folder: Path, pixels: np.ndarray) -> RenditionFile:
    """An 8-bit viewer rendition, shown as it is."""
    return rendering.write(Picture(pixels, 8, 127.5, 255.0), folder / "viewer.png")

"""PNG and JPEG: upright, grey, at their depth, and without metadata."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from app.imaging import decoder, plain, rendering
from app.imaging.film import Decoded


def written(path: Path, scratch: Path) -> Decoded:
    film = decoder.read(path, bytes(32))
    return decoder.write(film, rendering.viewer(film), scratch)


def test_sixteen_bit_png_keeps_its_depth(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (40, 30)).astype(np.uint16)
    path = tmp_path / "film.png"
    Image.fromarray(pixels).save(path)
    film = plain.read(path)
    assert film.bits == 16
    assert np.array_equal(film.pixels, pixels)
    assert rendering.viewer(film).bits == 16


def test_an_exif_orientation_is_honoured_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    image = Image.new("L", (40, 20))
    image.paste(255, (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    exif[0x010E] = "Doe, Jane"
    image.save(path, exif=exif, quality=95)

    made = written(path, tmp_path)

    assert (made.viewer.width, made.viewer.height) == (20, 40)
    with Image.open(made.stored) as stored:
        assert np.asarray(stored)[:15].min() > 250
        assert not stored.getexif()
        assert not stored.info
    assert b"Doe" not in made.stored.read_bytes()


def test_text_in_a_png_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    info = PngImagePlugin.PngInfo()
    info.add_text("Patient", "Doe, Jane")
    Image.new("L", (20, 20), 128).save(path, pnginfo=info)
    made = written(path, tmp_path / "..")
    assert b"Doe" not in made.stored.read_bytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_kind_of_colour_becomes_8_bit_grey(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("film.jpg" if mode == "CMYK" else "film.png")
    Image.new("L", (20, 10), 255).convert(mode).save(path)
    film = plain.read(path)
    assert film.pixels.dtype == np.uint8
    assert film.pixels.shape == (10, 20)
    assert film.pixels.min() > 250


def test_an_8_bit_film_is_one_file_in_three_roles(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    Image.effect_noise((224, 224), 50).save(path)
    made = written(path, tmp_path)
    assert made.stored == made.viewer.path
    assert made.viewer.path.read_bytes() == made.model.path.read_bytes()


def test_a_file_is_known_by_what_it_is_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    file = io.BytesIO()
    Image.new("L", (20, 10)).save(file, "PNG")
    path.write_bytes(file.getvalue())
    assert decoder.read(path, bytes(32)).pixels.shape == (10, 20)

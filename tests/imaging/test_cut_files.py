"""A file that was cut in copying is said to be truncated, or is imported where it is all there."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from files import bad_films, packed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from app import errors
from app.imaging import decoder

KEY = bytes(32)
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
COMPRESSED = sorted({*packed.ENCODERS, "RLE"})
WAYS = sorted(packed.EXACT | packed.LOSSY)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films") / "film.dcm"


@cache
def whole(how: str) -> bytes:
    return packed.film(how)


def pixels(path: Path, data: bytes) -> NDArray[np.generic]:
    path.write_bytes(data)
    return decoder.read(path, KEY).pixels


def outcome(path: Path, data: bytes) -> NDArray[np.generic] | str:
    """The pixels, or the words of the refusal."""
    try:
        return pixels(path, data)
    except errors.Refused as refused:
        return f"{refused.what} {refused.do}"


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(WAYS), st.floats(0, 1), st.booleans())
@example("JPEG", 0.11, False)
def test_a_film_cut_anywhere_is_truncated_or_whole(
    path: Path, how: str, share: float, late: bool
) -> None:
    """Half of the cuts are in the last 40 bytes, where end markers and delimiters are."""
    data = whole(how)
    length = len(data) - 1 - int(share * 39) if late else int(share * (len(data) - 1))
    found = outcome(path, data[:length])
    if isinstance(found, str):
        assert "truncated" in found or length == 0
        assert "no image" not in found or length < 132
    else:
        assert np.array_equal(found, pixels(path, data))


@pytest.mark.parametrize("how", COMPRESSED)
def test_a_film_that_lacks_only_the_delimiter_is_imported(path: Path, how: str) -> None:
    data = whole(how)
    assert data.endswith(DELIMITER)
    assert np.array_equal(pixels(path, data[: -len(DELIMITER)]), pixels(path, data))


@pytest.mark.parametrize("how", sorted(packed.ENCODERS))
def test_a_film_that_lacks_only_its_end_marker_is_imported_and_says_so(
    path: Path, how: str
) -> None:
    data = whole(how)
    marker = data.rindex(b"\xff\xd9")
    assert np.array_equal(pixels(path, data[:marker]), pixels(path, data))
    path.write_bytes(data[:marker])
    assert "every line of it is there" in decoder.read(path, KEY).details["Notes"]


def test_a_length_beyond_the_end_of_the_file_is_a_truncated_file(path: Path) -> None:
    data = whole("plain")
    start = data.rindex(b"\xe0\x7f\x10\0OW\0\0") + 8
    claims = data[:start] + (3_000_000_000).to_bytes(4, "little") + data[start + 4 : 4000]
    with pytest.raises(errors.Refused, match="truncated"):
        pixels(path, claims)


def test_a_length_beyond_the_end_of_the_file_in_its_header_too(path: Path) -> None:
    made = bad_films.good()
    made.add_new(0x00091001, "OB", b"private")
    data = bad_films.as_file(made)
    length = data.index(b"private") - 4
    claims = data[:length] + (3_000_000_000).to_bytes(4, "little") + data[length + 4 :]
    with pytest.raises(errors.Refused, match="truncated"):
        pixels(path, claims)


def test_a_film_with_more_pixel_bytes_than_its_length_says_is_imported(path: Path) -> None:
    assert np.array_equal(pixels(path, whole("plain") + b"behind"), packed.TWELVE)

"""What compressed images say of themselves, whatever stands around them in the stream."""

import struct
from collections.abc import Callable
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from files import packed
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from app import errors
from app.imaging import codecs, codestream, jpeg
from app.imaging.codestream import Kind

STREAMS = {how: encode(packed.TWELVE) for how, encode in packed.ENCODERS.items()}
KINDS = {
    "lossless JPEG": Kind.LOSSLESS_JPEG,
    "JPEG-LS": Kind.JPEG_LS,
    "JPEG 2000": Kind.JPEG_2000,
    "HTJ2K": Kind.HTJ2K,
    "JPEG": Kind.JPEG,
    "12-bit JPEG": Kind.JPEG,
}
COMMENT = b"\x00\x0c\x00\x01DOE^JANE"


def decoded(data: bytes) -> NDArray[np.generic]:
    return codecs.samples(codestream.parsed(data), transformed=True)


def outcome(read: Callable[[], object]) -> object:
    """What was read, or the words of the refusal."""
    try:
        return read()
    except errors.Refused as refused:
        return f"{refused.what} {refused.do}"


@pytest.mark.parametrize("how", STREAMS)
def test_a_stream_is_known_by_its_markers_and_its_size_by_its_header(how: str) -> None:
    assert codestream.kind_of(STREAMS[how]) is KINDS[how]
    found = codestream.parsed(STREAMS[how])
    assert (found.width, found.height, found.components) == (48, 64, 1)
    assert found.ended
    assert not found.signed


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\x0a\0\0", Kind.JPEG_XL),
        (b"\0\0\0\x0cJXL \r\n\x87\n", Kind.JPEG_XL),
        (b"\0\0\x01\xb3" + bytes(20), Kind.VIDEO),
        (struct.pack("<16I", 2, 64, 100, *[0] * 13), Kind.RLE),
        (bytes(200), None),
        (b"", None),
    ],
)
def test_what_is_not_decoded_is_known_too(data: bytes, kind: Kind | None) -> None:
    assert codestream.kind_of(data) is kind


@pytest.mark.parametrize("how", STREAMS)
def test_what_lies_behind_the_end_makes_no_difference(how: str) -> None:
    behind = STREAMS[how] + b"DOE^JANE" * 20 + b"\xff\xd9"
    assert np.array_equal(decoded(behind), decoded(STREAMS[how]))
    assert b"DOE" not in codestream.parsed(behind).data


@pytest.mark.parametrize("how", ["JPEG 2000", "HTJ2K"])
def test_a_comment_between_the_last_tile_part_and_the_end_is_passed_over(how: str) -> None:
    stream = STREAMS[how][:-2] + b"\xff\x64" + COMMENT + b"\xff\xd9"
    assert np.array_equal(decoded(stream), packed.TWELVE)


def test_tiles_in_several_parts_are_counted() -> None:
    file = BytesIO()
    Image.fromarray(packed.EIGHT).save(file, "JPEG2000", no_jp2=True, tile_size=(32, 32))
    tiled = file.getvalue()
    assert tiled.count(b"\xff\x90") >= 4
    assert np.array_equal(decoded(tiled), packed.EIGHT)
    assert np.array_equal(decoded(tiled[:-2]), packed.EIGHT)
    last = tiled.rfind(b"\xff\x90")
    with pytest.raises(errors.Refused, match="truncated"):
        codestream.parsed(tiled[:last])


def test_a_jpeg_2000_in_boxes_is_read_by_its_codestream() -> None:
    boxed = imagecodecs.jpeg2k_encode(packed.TWELVE, codecformat="jp2", reversible=True, level=0)
    private = struct.pack(">I4s", 16, b"uuid") + b"DOE^JANE"
    assert boxed.startswith(b"\0\0\0\x0cjP  ")
    assert np.array_equal(decoded(boxed[:12] + private + boxed[12:]), packed.TWELVE)


def test_a_last_tile_part_of_open_length_reaches_to_the_end_marker() -> None:
    stream = bytearray(STREAMS["JPEG 2000"])
    start = stream.find(b"\xff\x90")
    stream[start + 6 : start + 10] = bytes(4)
    assert codestream.parsed(bytes(stream)).data == bytes(stream)
    with pytest.raises(errors.Refused, match="truncated"):
        codestream.parsed(bytes(stream[:-2]))


def test_a_thumbnail_s_end_is_not_the_film_s() -> None:
    thumbnail = imagecodecs.jpeg8_encode(np.zeros((8, 8), np.uint8))
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    stream = STREAMS["JPEG"]
    with_thumbnail = stream[:2] + segment + stream[2:]
    assert codestream.parsed(with_thumbnail).width == 48
    assert np.array_equal(decoded(with_thumbnail), decoded(stream))
    assert jpeg.bare(with_thumbnail) == jpeg.bare(stream)


@pytest.mark.parametrize("how", ["JPEG 2000", "HTJ2K"])
def test_a_bare_jpeg_2000_has_no_comments_wherever_they_were(how: str) -> None:
    stream = STREAMS[how]
    comment = b"\xff\x64\x00\x0c\x00\x01DOE^JANE"
    start = stream.index(b"\xff\x90")
    (length,) = struct.unpack_from(">I", stream, start + 6)
    grown = struct.pack(">I", length + len(comment))
    marked = (
        stream[:start]
        + comment
        + stream[start : start + 6]
        + grown
        + stream[start + 10 : start + 12]
        + comment
        + stream[start + 12 :]
    )
    bare = codestream.bare(codestream.parsed(marked))
    assert bare is not None
    assert b"DOE^JANE" not in bare
    assert np.array_equal(decoded(bare), packed.TWELVE)
    assert codestream.bare(codestream.parsed(bare)) == bare


def test_a_jpeg_2000_whose_header_is_odd_is_not_taken_for_bare() -> None:
    stream = STREAMS["JPEG 2000"]
    start = stream.index(b"\xff\x90")
    odd = stream[:start] + b"\xff\x30\x00\x04\x00\x00" + stream[start:]
    found = codestream.parsed(odd)
    assert codestream.bare(found) is None


def test_a_bare_jpeg_has_no_application_data_between_its_scans_either() -> None:
    file = BytesIO()
    Image.fromarray(packed.EIGHT).save(file, "JPEG", progressive=True, quality=95)
    stream = file.getvalue()
    scan = stream.rindex(b"\xff\xda")
    marked = stream[:scan] + b"\xff\xfe\x00\x0aDOE^JANE" + stream[scan:]
    bare = jpeg.bare(marked)
    assert b"DOE^JANE" not in bare
    assert b"JFIF" not in bare
    assert np.array_equal(decoded(bare), decoded(stream))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8", b"\xff\x4f\xff\x51"]))
def test_noise_is_read_to_its_end_or_refused(data: bytes, start: bytes) -> None:
    assert outcome(lambda: codestream.kind_of(start + data)) != ""


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_a_cut_stream_is_whole_or_said_to_be_truncated(how: str, data: st.DataObject) -> None:
    stream = STREAMS[how]
    length = data.draw(st.integers(2, len(stream) - 1))
    found = outcome(lambda: decoded(stream[:length]))
    if isinstance(found, str):
        assert "truncated" in found
        assert length < len(stream) - 2
    else:
        assert np.array_equal(found, decoded(stream))


def test_run_lengths_are_read_with_any_padding_and_never_past_their_end() -> None:
    runs = imagecodecs.packbits_encode(packed.EIGHT.tobytes())
    header = struct.pack("<16I", 1, 64, *[0] * 14)
    for padding in (b"", b"\0", b"\x80", b"\xff", b"DOE^JANE"):
        planes, whole = codecs.rle(header + runs + padding, packed.EIGHT.size, 1)
        assert np.array_equal(planes[0], packed.EIGHT.ravel())
        assert whole == (len(padding) < 2 and padding != b"\xff")
    for missing in (1, 2, 100):
        with pytest.raises(errors.Refused, match="truncated"):
            codecs.rle(header + runs[:-missing], packed.EIGHT.size, 1)

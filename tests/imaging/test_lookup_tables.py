"""Look-up tables of every length, VR and packing, as their writers meant them."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian
from support import dcmtk
from support.film_files import film, ramp, read, shown, table

from app.imaging.film import LookupTable
from app.imaging.lookup_tables import usable_items

RAMP = ramp(12).astype("<u2")
EVEN = np.arange(4096)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def tables(dataset: Dataset) -> list[LookupTable]:
    return [found for _, found in usable_items(dataset, "VOILUTSequence")]


def of(descriptor: object, data: object, vr: str = "OW", **about: object) -> list[LookupTable]:
    item = Dataset()
    item.add_new("LUTDescriptor", "US" if isinstance(descriptor, list) else "UN", descriptor)
    item.add_new("LUTData", vr, data)
    return tables(film(RAMP, **{"BitsStored": 12, "VOILUTSequence": [item], **about}))


def words(entries: NDArray[np.integer]) -> bytes:
    return entries.astype("<u2").tobytes()


def test_no_entries_stated_means_65536() -> None:
    (found,) = of([0, 0, 16], words(np.arange(65536)))
    assert found.entries.tolist() == list(range(65536))


def test_a_count_read_with_a_sign_is_the_same_count() -> None:
    item = table(0, np.arange(40000), 16)
    item["LUTDescriptor"].VR = "SS"
    item["LUTDescriptor"]._value = [40000 - 65536, 0, 16]
    (found,) = tables(film(RAMP, VOILUTSequence=[item]))
    assert len(found.entries) == 40000


@pytest.mark.parametrize("vr", ["OW", "OB", "UN"])
@pytest.mark.parametrize("count", [256, 255])
def test_entries_of_8_bits_may_be_packed_two_in_a_word(vr: str, count: int) -> None:
    data = np.arange(count, dtype=np.uint8).tobytes() + bytes(count % 2)
    (found,) = of([count, 0, 8], data, vr)
    assert found.entries.tolist() == list(range(count))


def test_packed_entries_given_as_numbers_are_unpacked() -> None:
    packed = np.arange(256, dtype=np.uint8).view("<u2").tolist()
    (found,) = of([256, 0, 8], packed, "US")
    assert found.entries.tolist() == list(range(256))


def test_packed_entries_are_unpacked_in_both_byte_orders(folder: Path) -> None:
    """In big endian the first entry is still the low byte of its word (PS3.5 8.1.1)."""
    entries = np.arange(256, dtype=np.uint8)
    dataset = film(ramp(8), VOILUTSequence=[table(0, entries.view("<u2"), 8)])
    dataset.VOILUTSequence[0].LUTDescriptor = [256, 0, 8]
    dataset.VOILUTSequence[0].LUTData = entries.view("<u2").astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    picture = read(dataset, folder)
    assert picture.voi_luts[0].entries.tolist() == entries.tolist()


def test_entries_of_8_bits_in_words_are_read_as_words() -> None:
    (found,) = of([256, 0, 8], words(np.arange(256)))
    assert found.entries.tolist() == list(range(256))


@pytest.mark.parametrize("kept", [2048, 2000, 1])
def test_missing_entries_are_the_last_there_is(kept: int) -> None:
    (found,) = of([4096, 0, 12], words(EVEN[:kept]))
    assert found.entries.tolist() == EVEN[:kept].tolist()


def test_entries_beyond_the_stated_are_not_read(folder: Path) -> None:
    """DCMTK believes the data; by the standard the last stated entry holds beyond it."""
    (found,) = of([2000, 0, 12], words(EVEN))
    assert found.entries.tolist() == EVEN[:2000].tolist()


@pytest.mark.parametrize(
    ("stated", "largest", "film_bits", "expected"),
    [
        (12, 4095, 12, 12),
        (12, 1800, 12, 12),
        (10, 200, 12, 10),
        (16, 65535, 12, 16),
        (16, 20000, 12, 16),
        (16, 4095, 12, 12),
        (16, 4095, 16, 12),
        (16, 16383, 14, 14),
        (16, 1023, 10, 10),
        (10, 4095, 12, 12),
        (8, 65535, 8, 16),
        (0, 4095, 12, 12),
        (99, 4095, 12, 12),
    ],
)
def test_white_is_of_the_stated_depth_unless_that_is_wrong(
    stated: int, largest: int, film_bits: int, expected: int
) -> None:
    (found,) = of([2, 0, stated], words(np.array([0, largest])), BitsStored=film_bits)
    assert found.bits == expected


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("share", [0.3, 1])
def test_a_depth_that_is_not_used_up_shows_what_dcmtk_shows(
    folder: Path, bits: int, share: float
) -> None:
    """But for 16 with entries of 12 bits: DCMTK shows those at a sixteenth of their brightness."""
    entries = np.rint(EVEN / 4095 * share * (2**bits - 1)).astype(int)
    dataset = film(RAMP, BitsStored=12, VOILUTSequence=[table(0, entries, bits)])
    theirs = dcmtk.shown(dataset, folder, *dcmtk.VOI_LUT)
    assert np.abs(shown(read(dataset, folder)) - theirs).max() < 1 / 255


@pytest.mark.parametrize(
    ("descriptor", "data", "vr"),
    [
        ([2, 0], words(EVEN), "OW"),
        ([], words(EVEN), "OW"),
        ([2, 0, 12], b"", "OW"),
        ([2, 0, 12], "words", "LT"),
        ([2, 0, 12], None, "OW"),
        (b"\1", words(EVEN), "OW"),
    ],
)
def test_a_table_without_its_parts_is_none(descriptor: object, data: object, vr: str) -> None:
    assert of(descriptor, data, vr) == []


def test_a_descriptor_of_unknown_vr_is_read_by_its_bits() -> None:
    (found,) = of(np.array([4096, 64512, 12], "<u2").tobytes(), words(EVEN))
    assert (found.first, len(found.entries), found.bits) == (64512, 4096, 12)


def test_an_item_that_is_no_table_does_not_hide_the_next(folder: Path) -> None:
    broken = Dataset()
    broken.LUTExplanation = "see next"
    dataset = film(RAMP, BitsStored=12, VOILUTSequence=[broken, table(0, EVEN[::-1], 12)])
    assert np.abs(shown(read(dataset, folder)) - EVEN[::-1][RAMP] / 4095).max() < 1e-9


@given(
    st.integers(-32768, 65535),
    st.sampled_from([1, 100, 4096, 40000, 65536]),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=40)
def test_the_stored_file_has_the_tables_and_no_byte_behind_them(
    folder: Path, first: int, count: int, implicit: bool, twice: bool
) -> None:
    item = table(first, np.linspace(0, 4095, count).astype(int), 12)
    item.LUTData += b"SECRET"
    item.LUTExplanation = "SECRET"
    dataset = film(RAMP, BitsStored=12, VOILUTSequence=[item] * (1 + twice))
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    before = read(dataset, folder)
    assert before.stored is not None
    assert b"SECRET" not in before.stored
    (folder / "stored.dcm").write_bytes(before.stored)
    again = tables(pydicom.dcmread(folder / "stored.dcm"))
    assert [one.first for one in again] == [first % 65536] * (1 + twice)
    for one, other in zip(again, before.voi_luts, strict=True):
        assert one.entries.tolist() == other.entries.tolist()
        assert one.bits == other.bits

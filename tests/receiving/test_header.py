"""Which film a file says it is: as pydicom reads it, and never more than a refusal."""

import contextlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as some
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)
from support.dicomweb_peer import file_of, film

from app.outgoing.connection import Reply
from app.pacs.header import NoFilm, header_of
from app.pulling.line import Trouble
from app.pulling.multipart import film_of

SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)


def with_sequences() -> Dataset:
    """A film with sequences whose lengths are not told, one within the other, before its UIDs."""
    made, inner, deep = film(1), Dataset(), Dataset()
    deep.StudyInstanceUID = "9.9.9"
    inner.SOPInstanceUID, inner.ReferencedSeriesSequence = "9.9", [deep]
    inner["ReferencedSeriesSequence"].is_undefined_length = True
    made.ReferencedStudySequence = [inner, Dataset()]
    made["ReferencedStudySequence"].is_undefined_length = True
    made.add_new(0x00090010, "LO", "CONDYLE TESTS")
    made.add_new(0x00091010, "UN", b"\x00" * 300)
    return made


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_header_says_what_pydicom_reads_and_where_the_dataset_begins(syntax: str) -> None:
    made, written = with_sequences(), BytesIO()
    made.file_meta.TransferSyntaxUID = syntax
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    del made.PixelData
    little = syntax != ExplicitVRBigEndian
    implicit = syntax == ImplicitVRLittleEndian
    made.save_as(written, enforce_file_format=True, little_endian=little, implicit_vr=implicit)
    header = header_of(written.getvalue())
    assert (header.syntax, header.study, header.instance) == (syntax, "1.2.3.1", "1.2.3.1.1.1")
    assert (header.patient, header.sop_class) == ("P1", made.SOPClassUID)
    meta = dcmread(BytesIO(written.getvalue())).file_meta
    assert header.begins == 132 + 12 + meta.FileMetaInformationGroupLength


def test_an_implicit_sequence_of_unknown_type_is_stepped_over() -> None:
    plain = file_of(film(1))
    place = plain.index(b"\x08\x00\x60\x00CS")  # Modality comes behind all of 0008,0018
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + b"\x10\x00\x20\x00\x02\x00\x00\x00X "
    ends = b"\xfe\xff\x0d\xe0\x00\x00\x00\x00" + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
    private = b"\x09\x00\x10\x10UN\x00\x00\xff\xff\xff\xff" + item + ends
    assert header_of(plain[:place] + private + plain[place:]).patient == "P1"


WHOLE = file_of(with_sequences())


@trying(max_examples=300)
@given(
    some.lists(some.tuples(some.integers(128, len(WHOLE) - 1), some.integers(0, 255)), max_size=5),
    some.integers(0, len(WHOLE)),
)
def test_whatever_a_file_holds_it_is_a_film_or_none(
    changes: list[tuple[int, int]], length: int
) -> None:
    changed = bytearray(WHOLE)
    for place, value in changes:
        changed[place] = value
    with contextlib.suppress(NoFilm):
        header_of(bytes(changed[:length]))


def test_an_answer_brings_one_whole_file_or_none() -> None:
    head = b"--x\r\nContent-Type: application/dicom; transfer-syntax=" + JPEG2000Lossless.encode()
    one = head + b"\r\n\r\nA FILE\r\n--x--"
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    assert film_of(Reply(200, "", one, kind)) == b"A FILE"
    assert film_of(Reply(200, "", b"\r\n" + one + b"\r\n", kind)) == b"A FILE"
    assert film_of(Reply(200, "", b"A FILE", "application/dicom")) == b"A FILE"
    for body, of, fault in (
        (one[:-2], kind, "content"),
        (one[:-8], kind, "broken_off"),
        (head, kind, "broken_off"),
        (one.removesuffix(b"--") + head[3:] + b"\r\n\r\nANOTHER\r\n--x--", kind, "content"),
        (b"of Jane", kind, "content"),
        (one.replace(b"application/dicom", b"text/html"), kind, "content"),
        (one, "multipart/related", "content"),
        (one, "text/html", "content"),
    ):
        with pytest.raises(Trouble) as trouble:
            film_of(Reply(200, "", body, of))
        assert trouble.value.fault == fault, body

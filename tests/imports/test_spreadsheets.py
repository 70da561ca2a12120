"""Tables as spreadsheets write them are read, and what a spreadsheet spoils is noticed."""

import codecs
from pathlib import Path

import pytest
from imports.test_manifest import CLASSES, manifest

from app.imports.manifest import read_manifest
from app.imports.spoiled_ids import zeros_lost


@pytest.mark.parametrize(
    "written",
    [
        b"file;patient_id\r\n1.png;007\r\n",
        b"file\tpatient_id\r\n1.png\t007\r\n",
        b"sep=;\r\nfile;patient_id\r\n1.png;007\r\n",
        b"file,patient_id\r1.png,007\r",
        b"File,Patient_ID,,\n1.png,007,,\n , ,,\n,,,\n",
        b"FILE,PatientID\n1.png,007,,\n",
        b'"file","patient id"\n"1.png","=""007"""\n',
        "file,patient_id\n\ufeff1.png,\xa0007\u200b\n".encode(),
        "file,patient_id\n1.png,007\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "file\tpatient_id\n1.png\t007\n".encode("utf-16-be"),
        b"\xef\xbb\xbffile;patient_id\n1.png;007\n",
        b"sep=;;;\r\n;;;\r\n\r\n;File;Patient ID;\r\n;1.png;007;\r\n;;;\r\n",
        b'"sep=,"\nfile,patient_id\n1.png,007\n',
        codecs.BOM_UTF16_LE + "sep=\t\r\nFILE\tPatient-ID\r\n1.png\t007\r\n".encode("utf-16-le"),
        b"\xef\xbb\xbfsep=;\rfile;patient_id\r1.png;007\r",
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, written: bytes) -> None:
    (row,) = read_manifest(manifest(tmp_path, written), CLASSES)
    assert (row.file, row.patient_id, row.details) == ("1.png", "007", {})


def test_ids_with_real_decimals_are_kept(tmp_path: Path) -> None:
    path = manifest(tmp_path, "file,patient_id\n1.png,12.0\n2.png,12.5\n3.png,1.2.840\n")
    assert [row.patient_id for row in read_manifest(path, CLASSES)] == ["12.0", "12.5", "1.2.840"]


@pytest.mark.parametrize(
    "ids",
    [
        ("DEC-12", "DEC-13"),  # a group of the study, not a month
        ("1234567890123450", "1234567890123461"),
        ("1234567890123450", "1"),
        ("1.2.840.113619.2.55.3", "1.2.840.113619.2.55.4"),
        ("3-SET", "4-SET"),
    ],
)
def test_ids_that_only_look_spoiled_are_kept(tmp_path: Path, ids: tuple[str, str]) -> None:
    path = manifest(tmp_path, "file,patient_id\n1.png,{}\n2.png,{}\n".format(*ids))
    assert [row.patient_id for row in read_manifest(path, CLASSES)] == [*ids]


@pytest.mark.parametrize(
    ("ids", "lost"),
    [
        (("a/0012.png", "12", "a/0013_L.png", "13"), True),
        (("P00412/1.png", "412", "P00413/1.png", "413"), True),
        (("0012.png", "0012", "0013.png", "0013"), False),
        (("0001.png", "412", "0002.png", "2"), False),
        (("0012.png", "12"), False),
    ],
)
def test_zeros_that_a_spreadsheet_dropped_are_noticed_by_the_names_of_files(
    ids: tuple[str, ...], lost: bool
) -> None:
    assert zeros_lost(zip(ids[::2], ids[1::2], strict=True)) is lost

"""The manifest: what it may say, and that every complaint names line, column and remedy."""

from pathlib import Path

import pytest

from app import errors
from app.imports.manifest import read_manifest
from app.imports.report_table import ReportLine, read_reports

CLASSES = ("normal", "abnormal", "arthroplasty")
KNEE = Path(__file__).parents[2] / "../shared/data/knee/manifest.csv"


def manifest(folder: Path, text: str | bytes) -> Path:
    path = folder / "manifest.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_manifest_says_what_its_columns_say(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        "file,patient_id,image_id,study_id,laterality,view,label,split,report,kl_grade,scanner,site\r\n"
        'a/1.png, p1 ,i1,s1,left,AP,Normal,validation,"No change,\r\nnone.",0,,\r\n'
        "\r\n"
        "b\\2.png,p2,,,,,,,,,CR2,Rome\r\n",
    )
    first, second = read_manifest(path, CLASSES, keep=("kl_grade", "scanner"))
    assert (first.line, first.file, first.patient_id) == (2, "a/1.png", "p1")
    assert (first.laterality, first.label, first.split) == ("L", "normal", "validation")
    assert first.report == "No change,\r\nnone."
    assert first.details == {"kl_grade": "0"}
    assert (second.line, second.file, second.label) == (5, "b/2.png", "")
    assert (first.site, second.site) == ("", "Rome")
    assert second.details == {"scanner": "CR2"}


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = manifest(tmp_path, b"\xef\xbb\xbffile,patient_id\n1.png,p\xc3\xa9\n")
    assert read_manifest(path, CLASSES)[0].patient_id == "pé"


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "line 1, column file", "missing"),
        ("file,label\n1.png,normal\n", "line 1, column patient_id", "missing"),
        ("file,patient_id,file\n", "line 1, column file", "same name"),
        ("file,patient_id\n", "line 2, column file", "no image"),
        ("file,patient_id\n1.png,\n", "line 2, column patient_id", "empty"),
        ("file,patient_id\n,1\n", "line 2, column file", "empty"),
        ("file,patient_id\n1.png,1,extra\n", "line 2, column patient_id", "3 cells"),
        ("file,patient_id\n1.png\n", "line 2, column patient_id", "1 cells"),
        ("file,patient_id\n/etc/passwd,1\n", "line 2, column file", "outside"),
        ("file,patient_id\n../1.png,1\n", "line 2, column file", "outside"),
        ("file,patient_id\na\\..\\..\\1.png,1\n", "line 2, column file", "outside"),
        ("file,patient_id\nC:\\1.png,1\n", "line 2, column file", "outside"),
        ("file,patient_id\n1.png,1\n1.png,1\n", "line 3, column file", "same as in line 2"),
        *(
            (f"file,laterality,{header}\n{lines}\n", "line 3, column file", "same as in line 2")
            for header, lines in [
                ("patient_id", "1.png,L,1\n1.png,L,1"),
                ("patient_id", "1.png,L,1\n1.png,,1"),
                ("patient_id", "1.png,L,1\n1.png,B,1"),
                ("patient_id", "1.png,L,1\n1.png,R,2"),
                ("patient_id,study_id", "1.png,L,1,s\n1.png,R,1,t"),
                ("patient_id,site", "1.png,L,1,Rome\n1.png,R,1,Oslo"),
                ("patient_id,report", "1.png,L,1,Worn.\n1.png,R,1,Kept."),
            ]
        ),
        (
            "file,laterality,patient_id\n1.png,L,1\n1.png,R,1\n1.png,R,1\n",
            "line 4, column file",
            "same as in line 2",
        ),
        (
            "file,laterality,patient_id,image_id\n1.png,L,1,a\n1.png,R,1,a\n",
            "line 3, column image_id",
            "same as in line 2",
        ),
        (
            "file,patient_id,image_id\n1.png,1,a\n2.png,1,a\n",
            "line 3, column image_id",
            "same as in line 2",
        ),
        ("file,patient_id,label\n1.png,1,broken\n", "line 2, column label", "no known class"),
        ("file,patient_id,split\n1.png,1,train\n", "line 2, column split", "no known split"),
        (f"file,patient_id,site\n1.png,1,{'x' * 65}\n", "line 2, column site", "64 characters"),
        ("file,patient_id,laterality\n1.png,1,X\n", "line 2, column laterality", "no known"),
        (
            "file,patient_id,split\n1.png,1,validation\n2.png,1,development\n",
            "line 3, column split",
            "line 2",
        ),
        (
            "file,patient_id,study_id\n1.png,1,s\n2.png,2,s\n",
            "line 3, column study_id",
            "another patient in line 2",
        ),
        (
            "file,patient_id,study_id,report\n1.png,1,s,a\n2.png,1,s,b\n",
            "line 3, column report",
            "another report in line 2",
        ),
        ('file,patient_id\n1.png,"1\n', "line 2", "no CSV"),
        (b"file,patient_id\n1.png,1\n2.png,caf\xe9\n", "line 3", "not in UTF-8"),
        (b"f\x00i\x00", "line 1", "not in UTF-8"),
        ("file,patient_id\n1.png,1\n".encode("utf-16")[:-1], "line 2", "not in UTF-8"),
        (b"PK\x03\x04", "line 1", "spreadsheet"),
        ("File,file,patient_id\n", "line 1, column file", "same name"),
        ("file,patient_id,\n1.png,1,x\n", "line 2", "without a name"),
        ("file,patient_id\n1.png,1.23457E+12\n", "line 2, column patient_id", "spoiled"),
        ("file,patient_id\n1.png,1\n2.png,#REF!\n", "line 3, column patient_id", "spoiled"),
        ("file,patient_id\n1.png,#####\n", "line 2, column patient_id", "spoiled"),
        ("file,patient_id\n1.png,a\n2.png,12.0\n", "line 3, column patient_id", "decimals"),
        ("file;patient_id\n1.png;12,0\n", "line 2, column patient_id", "decimals"),
        (
            "file,patient_id,site\n1.png,1,\n2.png,1,Rome\n",
            "line 3, column site",
            "line 2, where no site is named",
        ),
        ("sep=;\nfile;patient_id\n1.png;\n", "line 3, column patient_id", "empty"),
        (",,\n\nfile,patient_id\n1.png,\n", "line 4, column patient_id", "empty"),
        ("\n \n", "line 1, column file", "missing"),
        ("file;patient_id\n1.png;1,23E15\n", "line 2, column patient_id", "spoiled"),
        ("file,patient_id\n1.png,3-12\n2.png,12-Mar\n", "line 3, column patient_id", "date"),
        ("file;patient_id\n1.png;12. Mrz\n", "line 2, column patient_id", "date"),
        ("file,patient_id\n1.png,Dec-01\n2.png,Jan-01\n", "line 2, column patient_id", "date"),
        (
            "file,patient_id\n1.png,7\n2.png,123456789012345000\n3.png,123456789012346000\n",
            "line 3, column patient_id",
            "15 digits",
        ),
    ],
)
def test_a_manifest_that_cannot_be_right_is_refused_by_line_and_column(
    tmp_path: Path, text: str | bytes, where: str, what: str
) -> None:
    with pytest.raises(errors.Refused) as refused:
        read_manifest(manifest(tmp_path, text), CLASSES)
    assert refused.value.where == where
    assert what in refused.value.what
    assert refused.value.do


def test_a_film_of_both_knees_may_have_a_line_for_each(tmp_path: Path) -> None:
    text = "file,patient_id,laterality,label,report\n1.png,1,R,,Worn.\n1.png,1,left,normal,\n"
    right, left = read_manifest(manifest(tmp_path, text), ["normal"])
    assert (right.laterality, right.label) == ("R", "")
    assert (left.laterality, left.label) == ("L", "normal")


def test_an_unknown_class_is_told_the_known_ones(tmp_path: Path) -> None:
    path = manifest(tmp_path, "file,patient_id,label\n1.png,1,fracture\n")
    with pytest.raises(errors.Refused, match="abnormal, arthroplasty, normal"):
        read_manifest(path, CLASSES)


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.Refused, match="cannot be read"):
        read_manifest(tmp_path / "manifest.csv", CLASSES)


def test_reports_are_read_by_study(tmp_path: Path) -> None:
    path = manifest(tmp_path, 'report,study_id\n"Findings: ""none"", new",s1\n,s2\n')
    assert read_reports(path) == [ReportLine(2, "s1", "", 'Findings: "none", new')]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("study_id\ns1\n", "line 1, column report"),
        ("study_id,report\n,text\n", "line 2, column study_id"),
        ("study_id,report\ns1,a\ns1,b\n", "line 3, column report"),
    ],
)
def test_reports_that_cannot_be_right_are_refused(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(errors.Refused) as refused:
        read_reports(manifest(tmp_path, text))
    assert refused.value.where == where


def test_a_refusal_quotes_neither_patients_nor_reports(tmp_path: Path) -> None:
    for text in (
        "file,patient_id,split\nSECRET.png,SECRET,validation\nSECRET2.png,SECRET,\n",
        "file,patient_id,image_id\nSECRET.png,1,SECRET\n2.png,1,SECRET\n",
        "file,patient_id,study_id,report\n1.png,1,s,SECRET\n2.png,1,s,b\n",
    ):
        with pytest.raises(errors.Refused) as refused:
            read_manifest(manifest(tmp_path, text), CLASSES)
        assert "SECRET" not in str(refused.value)


def test_a_semicolon_in_a_report_parts_no_columns(tmp_path: Path) -> None:
    path = manifest(tmp_path, "file,patient_id,report\n1.png,1,a;b;c\n")
    assert read_manifest(path, CLASSES)[0].report == "a;b;c"


def test_two_sites_may_both_count_from_one_in_a_manifest(tmp_path: Path) -> None:
    header = "file,patient_id,study_id,image_id,site,split,report\n"
    lines = "1.png,1,1,1,Rome,validation,a\n2.png,1,1,1,Oslo,development,b\n"
    assert len(read_manifest(manifest(tmp_path, header + lines), CLASSES)) == 2


def test_reports_may_be_named_by_accession_number_and_site(tmp_path: Path) -> None:
    path = manifest(tmp_path, "Accession Number;Site;Report\n7;Rome;a\n7;Oslo;b\n")
    assert read_reports(path) == [ReportLine(2, "7", "Rome", "a"), ReportLine(3, "7", "Oslo", "b")]


@pytest.mark.skipif(not KNEE.exists(), reason="the real films are not on this machine")
def test_the_real_archive_s_manifest_is_read() -> None:
    rows = read_manifest(KNEE, CLASSES)
    assert len(rows) == 7025
    assert len({row.patient_id for row in rows}) == 3518
    assert {row.label for row in rows} == set(CLASSES)


def test_a_header_of_any_width_is_judged_at_once_and_named_without_its_cells(
    tmp_path: Path,
) -> None:
    """Comparing each name with all others would take hours here."""
    wide = ",".join(f"column {number}" for number in range(300_000))
    with pytest.raises(errors.Refused, match="300,002 columns") as refused:
        read_manifest(manifest(tmp_path, f"file,patient_id,{wide}\n"), CLASSES)
    assert len(str(refused.value)) < 300
    with pytest.raises(errors.Refused, match="longest name 5,000 characters") as refused:
        read_manifest(manifest(tmp_path, f"file,patient_id,{'n' * 5000}\n"), CLASSES)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("limit", "line", "words"),
    [
        ("LONGEST_RECORD", f"a.png,p,{'r' * 3000}", "longer than 2,000 characters"),
        ("LONGEST_RECORD", 'a.png,p,"' + "r\n" * 1500, "longer than 2,000 characters"),
        ("LONGEST_RECORD", "," * 3000, "longer than 2,000 characters"),
        ("LARGEST_TABLE", "a.png,p,r\n" * 300, "The table has 0 MiB"),
    ],
)
def test_what_is_too_long_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, line: str, words: str
) -> None:
    monkeypatch.setattr(f"app.imports.table_limits.{limit}", 2000)
    with pytest.raises(errors.Refused, match=words):
        read_manifest(manifest(tmp_path, f"file,patient_id,report\n{line}\n"), CLASSES)


def test_records_within_the_limit_are_read_however_many_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.table_limits.LONGEST_RECORD", 100)
    lines = "".join(f'{number}.png,p,"two\nlines"\n' for number in range(200))
    assert len(read_manifest(manifest(tmp_path, f"file,patient_id,note\n{lines}"), CLASSES)) == 200


def test_a_quotation_mark_that_is_never_closed_is_named(tmp_path: Path) -> None:
    text = 'file,patient_id,report\na.png,p,"' + "r" * 2_000_000
    with pytest.raises(errors.Refused, match="field larger than field limit") as refused:
        read_manifest(manifest(tmp_path, text), CLASSES)
    assert "quotation marks" in refused.value.do

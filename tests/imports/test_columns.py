"""Columns with other names: suggested, said, remembered, and refused where they contradict."""

from pathlib import Path

import pytest
from support.import_runs import picture, run_import
from support.web import Web
from typer.main import get_command

from app import errors
from app.cli import cli
from app.db.engine import Database
from app.imports.columns import MANIFEST, REPORTS, Columns, suggested
from app.imports.manifest import Row, read_manifest
from app.settings import Settings

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
GERMAN = "Datei;Pat-Nr.;Seite;Label;Bemerkung\r\n1.png;007;links;offen;gut\r\n"
SAID = ["file=Datei", "patient_id=pat-nr.", "laterality=SEITE", "label="]


def rows(folder: Path, text: str, *said: str, keep: tuple[str, ...] = ()) -> list[Row]:
    path = folder / "manifest.csv"
    path.write_text(text)
    return read_manifest(path, ["normal"], keep=keep, columns=Columns(MANIFEST, said))


def test_columns_are_read_by_the_names_that_were_said(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, GERMAN, *SAID, keep=("Bemerkung",))
    assert (row.file, row.patient_id, row.laterality, row.label) == ("1.png", "007", "L", "")
    assert row.details == {"Bemerkung": "gut"}
    assert row.dropped == {"Label (not read)"}


def test_a_column_that_is_said_comes_before_one_of_that_name(tmp_path: Path) -> None:
    text = "file,path,patient_id\nthumb.png,1.png,7\n"
    assert rows(tmp_path, text, "file=path")[0].file == "1.png"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["patient_id=A", "patient_id=B"], "Two columns .* read as patient_id"),
        (["patient_id=A", "study_id= a"], "read as two, study_id"),
        (["Pat-Nr"], "names no column"),
        (["name=A"], "names no column"),
    ],
)
def test_what_contradicts_itself_is_refused(said: list[str], words: str) -> None:
    with pytest.raises(errors.Refused, match=words) as refused:
        Columns(MANIFEST, said)
    assert refused.value.where == "columns"


@pytest.mark.parametrize(
    ("text", "said", "what"),
    [
        ("Datei;Nr\n1.png;7\n", ["file=Datei", "patient_id=Nummer"], 'no column "Nummer"'),
        ("Datei;Nr;Nr\n1.png;7;8\n", ["file=Datei", "patient_id=Nr"], "same name"),
        ("Datei;Nr; NR\n1.png;7;8\n", ["file=Datei", "patient_id=Nr"], "same name"),
        ("Datei;Nr\n1.png;7\n", [], "column file is missing"),
    ],
)
def test_a_table_without_the_columns_that_were_said_is_refused(
    tmp_path: Path, text: str, said: list[str], what: str
) -> None:
    with pytest.raises(errors.Refused) as refused:
        rows(tmp_path, text, *said)
    assert what in refused.value.what
    assert "patient" not in refused.value.where.replace("patient_id", "")


@pytest.mark.parametrize(
    ("kind", "header", "means"),
    [
        (
            MANIFEST,
            ["Dateiname", "Patientennummer", "Untersuchungs-Nr.", "Seite", "Ansicht", "Größe"],
            ["file", "patient_id", "study_id", "laterality", "view", None],
        ),
        (
            MANIFEST,
            ["Fichier", "N° patient", "Côté", "Compte rendu"],
            ["file", None, "laterality", "report"],
        ),
        (MANIFEST, ["path", "file", "Patient ID", "pid"], [None, "file", "patient_id", None]),
        (REPORTS, ["Accession Number", "Befund", "file"], ["study_id", "report", None]),
    ],
)
def test_names_that_hospitals_use_are_suggested(
    kind: object, header: list[str], means: list[str | None]
) -> None:
    assert isinstance(kind, type(MANIFEST))
    assert [suggested(kind, header).get(name) for name in header] == means


def test_what_was_said_is_remembered_for_the_next_table_with_these_headers(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    first, next_one, other = (tmp_path / name for name in ("first", "next", "other"))
    for number, folder in enumerate((first, next_one, other)):
        picture(folder / f"{number}.png", number)
    (first / "manifest.csv").write_text("Datei;Pat-Nr.\n0.png;7\n")
    (next_one / "manifest.csv").write_text("PAT-NR.,Datei\n8,1.png\n")
    (other / "manifest.csv").write_text("Datei;Nummer\n2.png;9\n")
    said = {"columns": ["file=Datei", "patient_id=Pat-Nr."]}
    assert run_import(database, settings, paths=[first], **said).result["imported"] == 1
    assert run_import(database, settings, paths=[next_one]).result["imported"] == 1
    failed = run_import(database, settings, paths=[other])
    assert (failed.status, failed.failure["where"]) == ("failed", "line 1, column file")
    reports = tmp_path / "reports.csv"
    reports.write_text("Patient;Fall;Befund\n7;s;Worn.\n")
    said = {"report_columns": ["study_id=Fall", "report=Befund"]}
    run = run_import(database, settings, paths=[first], reports=reports, **said)
    assert (run.status, run.result["reports_unmatched"]) == ("succeeded", 1)
    run = run_import(database, settings, paths=[first], reports=reports)
    assert run.result["reports_unmatched"] == 1


def test_what_is_said_of_no_table_fails_the_import(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    picture(tmp_path / "in/1.png", 1)
    (tmp_path / "in/manifest.csv").write_text("file,patient_id\n1.png,7\n")
    run = run_import(sqlite_database, settings, paths=[tmp_path / "in"], columns=["view=Ebene"])
    assert run.status == "failed"
    assert "No table has all the columns" in run.failure["what"]


@ON_SQLITE
def test_the_page_is_told_how_a_table_would_be_read_and_contradictions_start_nothing(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = web.browser("Admin", "admin")
    headers = {"headers": ["Dateiname", "PatID", "Patient_Name"]}
    told = admin.post("/api/v1/imports/columns", json=headers).json()
    assert told["kind"] == "manifest"
    assert told["manifest"]["columns"] == {"Dateiname": "file", "PatID": "patient_id"}
    assert not told["manifest"]["unasked"]
    assert told["identifying"] == {"Patient_Name": "names of people"}
    own = admin.post("/api/v1/imports/columns", json={"headers": ["FILE", "Patient ID"]}).json()
    assert own["manifest"]["unasked"]
    (web.settings.home / "inbox/films").mkdir(parents=True)
    twice = ["patient_id=A", "patient_id=B"]
    refused = admin.post("/api/v1/imports", json={"inbox": "films", "columns": twice})
    assert (refused.status_code, refused.json()["where"]) == (422, "columns")
    monkeypatch.setenv("CONDYLE_HOME", str(web.settings.home))
    typed = [part for entry in twice for part in ("--columns", entry)]
    with pytest.raises(errors.Refused, match="Two columns"):
        get_command(cli).main(["import", ".", *typed], standalone_mode=False)

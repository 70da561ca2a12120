"""The worst errors of an evaluation are shown by the PACS, as Key Object Selections."""

import subprocess
from pathlib import Path

import pytest
from evaluation.test_films import BOTH, LABELS
from pydicom import dcmread
from sqlalchemy import select, update
from support.dciodvfy import faults_of
from support.judged_films import judge, read_validation
from support.peers import Storage
from support.worklist_rows import add_readers, list_images
from typer.testing import CliRunner
from write_back.conftest import reference

from app import errors
from app.cli import cli
from app.db.archive import Image
from app.db.engine import Database
from app.imaging.storage import Store
from app.pacs import references
from app.pacs.seal import seal_of
from app.settings import Settings, settings


@pytest.fixture
def images(sqlite_database: Database, keyed: Settings) -> list[int]:
    """Six images that were judged; of three the final classifier was wrong, and of two of these
    the films are of one study."""
    seal = seal_of(keyed)
    assert seal is not None
    with sqlite_database.begin() as session:
        (reader,) = add_readers(session, 1)
        found = read_validation(session, LABELS, reader)
        session.execute(update(Image).values(source_digest=Image.key))
        for number, (image, digest) in enumerate(
            session.execute(select(Image.id, Image.source_digest)).all()
        ):
            named = reference(number) | {"PatientBirthDate": "19500131"}
            if image in (found[2], found[4]):
                named |= {"StudyInstanceUID": reference(99)["StudyInstanceUID"]}
            references.put(session, digest, seal.name, seal.sealed(digest, named))
        judge(session, Store(keyed.home / "store"), found, LABELS, BOTH)
    return found


def test_the_worst_errors_go_to_the_pacs_study_by_study(
    sqlite_database: Database,
    sqlite_url: str,
    keyed: Settings,
    images: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = keyed.model_copy(update={"database_url": sqlite_url})
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    command = ["key-objects", "1", str(tmp_path / "out")]

    def run(*more: str) -> str:
        done = CliRunner().invoke(cli, [*command, *more])
        assert done.exception is None, done.exception
        return done.output

    try:
        with Storage(tmp_path / "pacs") as pacs:
            said = run("--to", f"PACS1@127.0.0.1:{pacs.port}")
            assert "2 key object selections written, of 3 films" in said
            assert len(pacs.files()) == 2
        written = sorted((tmp_path / "out").glob("*.dcm"))
        first, second = map(dcmread, written)
        assert "1 key object selections written, of 1 films" in run("--most", "1")
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["evaluation-1-1.dcm"]
        with Storage(tmp_path / "pacs", "--abort-during") as pacs:
            to = f"PACS1@127.0.0.1:{pacs.port}"
            failed = CliRunner().invoke(cli, [*command, "--to", to])
        assert failed.exit_code == 3
        assert "2 were not taken: no answer (1). Look at the log of the PACS" in failed.stderr
        (tmp_path / "file").write_text("no folder")
        refused = CliRunner().invoke(cli, ["key-objects", "1", str(tmp_path / "file")])
        assert isinstance(refused.exception, errors.Refused)
        with sqlite_database.begin() as session:
            list_images(session, "adjudication", [images[4]])
        assert "2 key object selections written, of 2 films" in run()
    finally:
        settings.cache_clear()
    assert first.StudyInstanceUID == reference(99)["StudyInstanceUID"]
    assert first.PatientName == "Müller^Jane"
    shown = [reference(number)["SOPInstanceUID"] for number in (4, 2, 1)]
    for selection, films in ((first, shown[:2]), (second, shown[2:])):
        (evidence,) = selection.CurrentRequestedProcedureEvidenceSequence
        found = {
            each.ReferencedSOPInstanceUID
            for series in evidence.ReferencedSeriesSequence
            for each in series.ReferencedSOPSequence
        }
        assert found == set(films)
    (words,) = [item.TextValue for item in first.ContentSequence if "Description" in str(item)]
    assert f"Image {images[4]}: the classifier said abnormal (95 %), people arthroplasty." in words
    assert "ller" not in words
    for path in written:
        assert faults_of(path) == []
        dumped = subprocess.run(["dsrdump", path], capture_output=True, text=True)
        assert dumped.returncode == 0, dumped.stderr
        assert "Of Interest" in dumped.stdout

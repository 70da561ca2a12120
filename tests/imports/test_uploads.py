"""Uploads and the page of imports: what arrives, what is refused, what is left behind."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from web import Web

from app import errors
from app.db.archive import Image, Patient, QuarantinedFile, Study
from app.db.learning import Run
from app.imports import uploads


@pytest.fixture
def admin(web: Web) -> Any:
    """A browser an admin is logged in with."""
    return web.browser("Admin", "admin")


def upload(admin: Any, files: dict[str, bytes]) -> str:
    """Upload files and return the upload's name."""
    name: str = admin.post("/api/v1/uploads").json()["upload"]
    for path, content in files.items():
        answer = admin.put(f"/api/v1/uploads/{name}/files", params={"name": path}, content=content)
        assert answer.json() == {"size": len(content)}
    return name


def test_files_arrive_under_their_names_and_become_a_run(web: Web, admin: Any) -> None:
    name = upload(admin, {"knees/a/1.dcm": b"one", "knees/manifest.csv": b"two", "r.csv": b"three"})
    folder = web.settings.home / "uploads" / name / "files"
    assert (folder / "knees/a/1.dcm").read_bytes() == b"one"
    wanted = {"upload": name, "reports": "r.csv", "validation_patients": 5}
    started = admin.post("/api/v1/imports", json=wanted)
    assert started.status_code == 201
    with web.database.begin() as session:
        run = session.get_one(Run, started.json()["run_id"])
    assert run.parameters == {
        "paths": [str(folder)],
        "manifest": None,
        "reports": str(folder / "r.csv"),
        "validation_patients": 5,
        "rng": 0,
    }


def test_an_upload_larger_than_allowed_leaves_nothing_of_the_file(web: Web, admin: Any) -> None:
    web.app.state.settings = web.settings.model_copy(update={"upload_mb": 1})
    name = upload(admin, {"a.dcm": b"x" * 700_000})
    answer = admin.put(
        f"/api/v1/uploads/{name}/files", params={"name": "b.dcm"}, content=b"x" * 700_000
    )
    assert answer.status_code == 422
    assert "larger than 1 MiB" in answer.json()["what"]
    kept = {path.name for path in (web.settings.home / "uploads" / name).rglob("*")}
    assert kept == {"files", "bytes", "a.dcm"}


@pytest.mark.parametrize("size", [1, 1_000_000])
def test_a_full_disk_is_said_in_words_and_leaves_nothing_of_the_file(
    web: Web, admin: Any, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    name = upload(admin, {})
    open_file = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        full_disk = mode == "xb"
        if full_disk:
            return open_file(Path("/dev/full"), "wb")
        return open_file(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", full)
    answer = admin.put(f"/api/v1/uploads/{name}/files", params={"name": "a"}, content=b"x" * size)
    assert answer.status_code == 422
    assert "disk is full" in answer.json()["what"]
    kept = {path.name for path in (web.settings.home / "uploads" / name).iterdir()}
    assert kept == {"files", "bytes"}


@pytest.mark.parametrize("name", ["../../x", "a/../../x", "..", "a" * 151, "/".join("a" * 13)])
def test_a_name_that_leads_elsewhere_is_refused(admin: Any, web: Web, name: str) -> None:
    folder = upload(admin, {})
    answer = admin.put(f"/api/v1/uploads/{folder}/files", params={"name": name}, content=b"x")
    assert answer.status_code == 422
    assert not list((web.settings.home / "uploads" / folder / "files").iterdir())


@given(st.text(max_size=300))
def test_no_name_whatever_leaves_its_folder(name: str) -> None:
    try:
        path = uploads.safe_path(name)
    except errors.Refused:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert all(part.isprintable() and "\\" not in part for part in path.parts)


def test_an_upload_can_be_thrown_away(web: Web, admin: Any) -> None:
    name = upload(admin, {"a.dcm": b"x"})
    assert admin.delete(f"/api/v1/uploads/{name}").status_code == 204
    assert not (web.settings.home / "uploads" / name).exists()
    assert admin.delete(f"/api/v1/uploads/{name}").status_code == 404
    assert admin.post("/api/v1/imports", json={"upload": name}).status_code == 404


def test_an_upload_nobody_imported_is_gone_after_a_day_unless_an_import_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, forgotten = uploads.begin(tmp_path, ()), uploads.begin(tmp_path, ())
    monkeypatch.setattr(uploads, "KEPT_SECONDS", -1)
    fresh = uploads.begin(tmp_path, {read})
    assert {path.name for path in (tmp_path / "uploads").iterdir()} == {read, fresh}
    with pytest.raises(errors.NotFound):
        uploads.folder_of(tmp_path, forgotten)


def test_a_folder_of_the_inbox_is_imported_and_nothing_outside_of_it(web: Web, admin: Any) -> None:
    inbox = web.settings.home / "inbox"
    (inbox / "disk 1").mkdir(parents=True)
    (inbox / ".hidden").mkdir()
    assert "<option>disk 1</option>" in admin.get("/imports").text
    assert admin.post("/api/v1/imports", json={"inbox": ".."}).status_code == 404
    assert admin.post("/api/v1/imports", json={"inbox": ".hidden"}).status_code == 404
    assert admin.post("/api/v1/imports", json={"inbox": "disk 1", "upload": "x"}).status_code == 422
    assert admin.post("/api/v1/imports", json={"inbox": "disk 1"}).status_code == 201
    with web.database.begin() as session:
        assert session.scalars(select(Run)).one().parameters["paths"] == [str(inbox / "disk 1")]
    assert "An import is running" in admin.get("/imports").text


def test_a_folder_whose_name_is_no_utf_8_is_shown_and_asked_to_be_renamed(
    web: Web, admin: Any
) -> None:
    inbox = os.fsencode(web.settings.home) + b"/inbox"
    os.makedirs(inbox + "/Röntgen".encode("latin-1"))
    assert "<option>R?ntgen</option>" in admin.get("/imports").text
    refused = admin.post("/api/v1/imports", json={"inbox": "R?ntgen"})
    assert (refused.status_code, refused.json()["do"][:9]) == (422, "Rename it")


def test_the_page_counts_the_archive_and_lists_the_quarantine(web: Web, admin: Any) -> None:
    with web.database.begin() as session:
        run = Run(kind="import")
        session.add(run)
        for number, split in enumerate(["development", "development", "validation"]):
            patient = Patient(key=str(number), split=split)
            session.add(patient)
            session.flush()
            study = Study(patient_id=patient.id, key="s", report="Normal." if number else None)
            session.add(study)
            session.flush()
            session.add(_image(patient, study, number))
        what, do = "The file ends too early.", "Copy it again."
        session.add(QuarantinedFile(run_id=run.id, path="a/b.dcm", digest="d", what=what, do=do))
    page = admin.get("/imports").text
    for text in (">3<", "2 with a report", "1 patient, locked", "a/b.dcm", what, do):
        assert text in page


def _image(patient: Patient, study: Study, number: int) -> Image:
    return Image(
        study_id=study.id,
        patient_id=patient.id,
        key=str(number),
        source_digest=str(number),
        stored_digest=str(number),
        width=1,
        height=1,
        spacing_mm=None,
    )

"""Uploads and the page of imports: what arrives, what is refused, what is left behind."""

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from support.web import Web

from app import errors
from app.db.archive import Image, Patient, QuarantinedFile, Study
from app.db.learning import Run
from app.imports import uploads
from app.settings import Settings


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
        "columns": [],
        "report_columns": [],
        "keep_columns": [],
        "pseudonyms": False,
        "find_text": False,
        "labeler": None,
        "seed_patients": None,
    }


def limit(web: Web, **limits: int) -> Settings:
    """Let the application have other limits."""
    web.app.state.settings = web.settings.model_copy(update=limits)
    return web.app.state.settings


def put(admin: Any, upload: str, name: str, content: bytes) -> Any:
    return admin.put(f"/api/v1/uploads/{upload}/files", params={"name": name}, content=content)


def counted(web: Web, upload: str) -> dict[str, int]:
    found: dict[str, int] = json.loads((web.settings.home / f"uploads/{upload}/tally").read_text())
    return found


def kept(web: Web, upload: str) -> set[str]:
    return {path.name for path in (web.settings.home / "uploads" / upload).rglob("*")}


def test_an_upload_larger_than_allowed_leaves_nothing_of_the_file(web: Web, admin: Any) -> None:
    limit(web, upload_mb=1)
    name = upload(admin, {"a.dcm": b"x" * 700_000})
    answer = put(admin, name, "b.dcm", b"x" * 700_000)
    assert answer.status_code == 422
    assert "larger than 1 MiB" in answer.json()["what"]
    assert kept(web, name) == {"files", "tally", "a.dcm"}
    assert counted(web, name) == {"size": 700_000, "files": 1}
    assert put(admin, name, "b.dcm", b"x" * 300_000).status_code == 201
    assert put(admin, name, "a.dcm", b"y" * 700_000).status_code == 422
    assert put(admin, name, "a.dcm", b"y" * 9).status_code == 201
    assert counted(web, name) == {"size": 300_009, "files": 2}


def test_requests_side_by_side_cannot_store_more_than_one_after_the_other(
    web: Web, admin: Any
) -> None:
    limit(web, upload_mb=1, upload_files=9)
    name = upload(admin, {})
    settings = web.app.state.settings

    def send(number: int) -> int:
        try:
            with uploads.IncomingFile(settings, name, f"{number}") as incoming:
                for _ in range(10):
                    incoming.write(b"x" * 20_000)
                incoming.keep()
        except errors.Refused:
            return 0
        return 200_000

    with ThreadPoolExecutor(8) as pool:
        stored = sum(pool.map(send, range(24)))
    on_disk = [path.stat().st_size for path in (uploads.folder_of(settings.home, name)).iterdir()]
    assert sum(on_disk) == stored == counted(web, name)["size"] <= 2**20
    assert kept(web, name) == {"files", "tally"} | {
        path.name for path in uploads.folder_of(settings.home, name).iterdir()
    }


def test_the_files_of_an_upload_are_counted(web: Web, admin: Any) -> None:
    limit(web, upload_files=3)
    name = upload(admin, {"a": b"", "b": b""})
    assert put(admin, name, "a", b"again").status_code == 201
    assert counted(web, name) == {"size": 5, "files": 2}
    upload_more = [put(admin, name, each, b"").status_code for each in ("c", "d")]
    assert upload_more == [201, 422]
    assert put(admin, name, "d", b"").json()["where"] == "CONDYLE_UPLOAD_FILES"
    assert kept(web, name) == {"files", "tally", "a", "b", "c"}


def test_what_is_too_much_is_refused_before_it_is_sent(web: Web, admin: Any) -> None:
    limit(web, upload_mb=1, upload_files=2)
    for wanted in ({"size": 2**20 + 1}, {"files": 3}):
        assert admin.post("/api/v1/uploads", json=wanted).status_code == 422
    assert admin.post("/api/v1/uploads", json={"size": 2**20, "files": 2}).status_code == 201
    free = shutil.disk_usage(web.settings.home).free
    limit(web, disk_reserve_mb=free // 2**20 + 2**20)
    refused = admin.post("/api/v1/uploads", json={"size": 1})
    assert (refused.status_code, refused.json()["where"]) == (422, "CONDYLE_DISK_RESERVE_MB")


def test_an_upload_never_fills_the_disk(web: Web, admin: Any) -> None:
    name = upload(admin, {"a": b"x"})
    free = shutil.disk_usage(web.settings.home).free
    limit(web, disk_reserve_mb=free // 2**20 + 2**20)
    refused = put(admin, name, "b", b"x")
    assert "nearly full" in refused.json()["what"]
    assert kept(web, name) == {"files", "tally", "a"}
    assert counted(web, name) == {"size": 1, "files": 1}


def test_an_upload_that_is_thrown_away_while_a_file_arrives_is_gone(web: Web, admin: Any) -> None:
    name = upload(admin, {})
    with uploads.IncomingFile(web.settings, name, "a") as incoming:
        incoming.write(b"x")
        admin.delete(f"/api/v1/uploads/{name}")
        with pytest.raises(errors.NotFound):
            incoming.write(b"x")
        with pytest.raises(errors.NotFound):
            incoming.keep()
    assert list((web.settings.home / "uploads").iterdir()) == []


def test_an_upload_that_an_import_reads_is_not_thrown_away(web: Web, admin: Any) -> None:
    name = upload(admin, {"a": b"x"})
    admin.post("/api/v1/imports", json={"upload": name})
    assert admin.delete(f"/api/v1/uploads/{name}").status_code == 409
    assert kept(web, name) == {"files", "tally", "a"}


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
    assert kept(web, name) == {"files", "tally"}
    assert counted(web, name) == {"size": 0, "files": 0}


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


def test_an_upload_nobody_goes_on_with_is_removed_unless_an_import_reads_it(
    web: Web, admin: Any
) -> None:
    read, forgotten, fresh = (upload(admin, {"a": b"x"}) for _ in range(3))
    admin.post("/api/v1/imports", json={"upload": read})
    for old in (read, forgotten):
        os.utime(web.settings.home / f"uploads/{old}/tally", (0, time.time() - 3601))
    another = upload(admin, {})
    left = {path.name for path in (web.settings.home / "uploads").iterdir()}
    assert left == {read, fresh, another}
    with pytest.raises(errors.NotFound):
        uploads.folder_of(web.settings.home, forgotten)


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
            patient = Patient(key=str(number), split=split, nameless=not number)
            session.add(patient)
            session.flush()
            study = Study(patient_id=patient.id, key="s", report="Normal." if number else None)
            session.add(study)
            session.flush()
            session.add(_image(patient, study, number))
        what, do = "The file ends too early.", "Copy it again."
        session.add(QuarantinedFile(run_id=run.id, path="a/b.dcm", digest="d", what=what, do=do))
    page = admin.get("/imports").text
    for text in (
        ">3<",
        "2 with a report",
        "1 study has no patient ID",
        "1 patient, locked",
        "a/b.dcm",
        what,
        do,
    ):
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

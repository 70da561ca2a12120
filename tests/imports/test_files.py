"""Finding files: folders and zips in a stable order, and zips that mean harm."""

import os
import shutil
import stat
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import errors
from app.imports.files import Search
from app.imports.zips import Unpacker
from app.settings import Settings

CLASSES = ("normal", "abnormal")
NOBODY = 65534
DEFAULT = Settings()


def nothing() -> None:
    """Stop nothing."""


def search(
    tmp_path: Path,
    *paths: Path,
    manifest: Path | None = None,
    settings: Settings = DEFAULT,
    check: Callable[[], None] = nothing,
) -> Search:
    found = Search(CLASSES, Unpacker(tmp_path / "unpacked", settings, check))
    found.look(paths, manifest)
    return found


def names(found: Search) -> list[str]:
    return [source.name for source in found.sources]


def write(path: Path, text: str = "film") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def packed(folder: Path, archive: Path) -> Path:
    return Path(shutil.make_archive(str(archive.with_suffix("")), "zip", folder))


def test_a_folder_is_walked_in_order_without_hidden_files_and_directories(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for name in ("b/2", "b/1", "a", "c.dcm", ".hidden", ".git/x", "DICOMDIR", "__MACOSX/a"):
        write(root / name)
    assert names(search(tmp_path, root)) == ["a", "b/1", "b/2", "c.dcm"]


def test_a_folder_with_a_manifest_is_what_the_manifest_lists(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write(root / "other.png")
    write(root / "deep/films/1.png")
    write(root / "deep/films/not listed.png")
    write(root / "deep/manifest.csv", "file,patient_id\nfilms/1.png,p\nfilms/2.png,p\n")
    found = search(tmp_path, root)
    assert names(found) == ["films/1.png", "other.png"]
    assert [source.row and source.row.patient_id for source in found.sources] == ["p", None]
    assert [problem.name for problem in found.problems] == ["films/2.png"]
    assert "line 3" in found.problems[0].reason.what


def test_a_zip_is_a_folder_even_beside_its_manifest(tmp_path: Path) -> None:
    write(tmp_path / "in/films/1.png")
    write(tmp_path / "upload/manifest.csv", "file,patient_id\nfilms/1.png,p\n")
    packed(tmp_path / "in", tmp_path / "upload/films.zip")
    assert names(search(tmp_path, tmp_path / "upload")) == ["films/1.png"]
    given = search(
        tmp_path, tmp_path / "upload/films.zip", manifest=tmp_path / "upload/manifest.csv"
    )
    assert names(given) == ["films/1.png"]


def test_a_zip_holds_folders_and_a_manifest_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "in/export/manifest.csv", "file,patient_id\n1.png,p\n")
    write(tmp_path / "in/export/1.png")
    write(tmp_path / "in/loose")
    packed(tmp_path / "in", tmp_path / "in.zip")
    found = search(tmp_path, tmp_path / "in.zip")
    assert names(found) == ["1.png", "loose"]
    assert found.sources[0].path.read_text() == "film"
    assert names(search(tmp_path, tmp_path / "in.zip")) == names(found)


def test_a_zip_inside_a_zip_stays_shut(tmp_path: Path) -> None:
    write(tmp_path / "in/a")
    packed(tmp_path / "in", tmp_path / "outer/in.zip")
    outer = packed(tmp_path / "outer", tmp_path / "outer.zip")
    found = search(tmp_path, outer)
    assert names(found) == []
    assert [problem.name for problem in found.problems] == ["in.zip"]


def climbing(archive: zipfile.ZipFile) -> None:
    archive.writestr("films/../../escaped", "x")


def absolute(archive: zipfile.ZipFile) -> None:
    archive.writestr("/tmp/escaped", "x")


def climbing_with_backslashes(archive: zipfile.ZipFile) -> None:
    archive.writestr("..\\..\\escaped", "x")


def linked(archive: zipfile.ZipFile) -> None:
    link = zipfile.ZipInfo("films/passwords")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(link, "/etc/passwd")


def bomb(archive: zipfile.ZipFile) -> None:
    archive.writestr("zeros", bytes(2**20))
    archive.getinfo("zeros").file_size = 2**31  # what the directory will say of it


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (climbing, "outside"),
        (absolute, "outside"),
        (climbing_with_backslashes, "outside"),
        (linked, "outside"),
        (bomb, "far more than films"),
    ],
)
def test_a_zip_that_means_harm_is_kept_out_and_leaves_nothing(
    tmp_path: Path, spoil, what: str
) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("good", "film")
        spoil(archive)
    other = write(tmp_path / "other")

    found = search(tmp_path, path, other)

    assert names(found) == ["other"]
    assert what in found.problems[0].reason.what
    assert not (tmp_path / "unpacked").exists()
    assert not list(tmp_path.parent.rglob("escaped"))


def test_a_damaged_or_encrypted_zip_is_kept_out(tmp_path: Path) -> None:
    write(tmp_path / "in/a", "film" * 5000)
    whole = packed(tmp_path / "in", tmp_path / "whole.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    spoiled = bytearray(whole)
    spoiled[40:60] = bytes(20)
    (tmp_path / "spoiled.zip").write_bytes(spoiled)
    locked = bytearray(whole)
    directory = whole.index(b"PK\x01\x02")
    locked[6] |= 1
    locked[directory + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)

    found = search(tmp_path, *(tmp_path / f"{name}.zip" for name in ("cut", "spoiled", "locked")))

    assert not found.sources
    reasons = [problem.reason.what for problem in found.problems]
    assert [("encrypted" in reason, "damaged" in reason) for reason in reasons] == [
        (False, True),
        (False, True),
        (True, False),
    ]


def test_a_path_that_is_not_there_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    write(tmp_path / "in/a")
    good = packed(tmp_path / "in", tmp_path / "good.zip")
    with pytest.raises(errors.Refused, match="no such file"):
        search(tmp_path, good, tmp_path / "none")
    assert not (tmp_path / "unpacked").exists()


def test_a_pipe_in_a_folder_is_no_film(tmp_path: Path) -> None:
    write(tmp_path / "in/a")
    subprocess.run(["mkfifo", str(tmp_path / "in/pipe")], check=True)
    assert names(search(tmp_path, tmp_path / "in")) == ["a"]


def test_what_cannot_be_read_is_put_aside_and_the_rest_is_found(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write(root / "a")
    (root / "gone.zip").symlink_to(tmp_path / "nowhere")
    (root / "bad.zip").symlink_to("/proc/self/mem")
    subprocess.run(["mkfifo", str(root / "pipe.zip")], check=True)
    found = search(tmp_path, root)
    assert names(found) == ["a", "gone.zip"]
    assert [problem.name for problem in found.problems] == ["bad.zip"]
    assert names(search(tmp_path, root / "bad.zip", root / "a")) == ["a"]


@pytest.fixture
def open_to_nobody() -> Iterator[Path]:
    """A folder of everybody's, worked in by somebody whom file permissions bind."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(NOBODY)
        yield Path(folder)
        if is_root:
            os.seteuid(0)


def test_a_folder_that_may_not_be_read_is_put_aside(open_to_nobody: Path) -> None:
    root = open_to_nobody / "in"
    write(root / "a")
    write(root / "shut/b").parent.chmod(0)
    found = search(open_to_nobody, root)
    (root / "shut").chmod(0o700)
    assert names(found) == ["a"]
    assert [problem.name for problem in found.problems] == ["shut"]
    assert "cannot be read" in found.problems[0].reason.what


@pytest.mark.parametrize("name", ["manifest.xlsx", "Manifest.XLS"])
def test_a_manifest_that_is_a_spreadsheet_is_refused_and_not_unpacked(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "in"
    write(folder / "1.png")
    shutil.move(packed(folder, tmp_path / "book"), folder / name)
    for path in (folder, folder / name):
        with pytest.raises(errors.Refused, match="spreadsheet, no CSV"):
            search(tmp_path, path)
    write(folder / "manifest.csv", "file,patient_id\n1.png,7\n")
    assert names(search(tmp_path, folder)) == ["1.png"]

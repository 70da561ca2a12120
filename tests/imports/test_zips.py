"""All zips of an import together: bytes, files, bombs and the disk; and stopping half-way."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from app import errors
from app.imports.files import Search
from app.imports.zips import Unpacker
from app.settings import Settings

MIB = 2**20


class Stopped(Exception):
    """A person asked for it."""


def zip_of(path: Path, *sizes: int, filling: bytes = b"0") -> Path:
    """Write a zip of files of these sizes, stored as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, size in enumerate(sizes):
            archive.writestr(f"{number}", (path.name.encode() + filling * size)[:size])
    return path


def look(
    tmp_path: Path, *paths: Path, check: Callable[[], None] = lambda: None, **limits: int
) -> Search:
    search = Search((), Unpacker(tmp_path / "unpacked", Settings(**limits), check))
    search.look(paths, None)
    return search


def reasons(search: Search) -> list[tuple[str, str]]:
    return [(problem.name, problem.reason.where) for problem in search.problems]


def test_many_zips_may_unpack_to_no_more_than_one(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for name in ("a.zip", "deep/b.zip", "deep/er/c.zip"):
        zip_of(root / name, 400_000)
    small = zip_of(tmp_path / "small.zip", 100)
    found = look(tmp_path, root, small, unpack_mb=1)
    assert reasons(found) == [("deep/er/c.zip", "CONDYLE_UNPACK_MB")]
    assert "1 MiB are allowed" in found.problems[0].reason.what
    assert [source.path.stat().st_size for source in found.sources] == [400_000, 400_000, 100]
    assert len(list((tmp_path / "unpacked").iterdir())) == 3


def test_many_zips_may_hold_no_more_files_than_one(tmp_path: Path) -> None:
    zips = [zip_of(tmp_path / f"{name}.zip", *[5] * 4) for name in "abc"]
    found = look(tmp_path, *zips, unpack_files=10)
    assert reasons(found) == [("c.zip", "CONDYLE_UNPACK_FILES")]
    assert len(found.sources) == 8


def test_one_zip_under_two_names_is_unpacked_and_counted_once(tmp_path: Path) -> None:
    first = zip_of(tmp_path / "a.zip", 700_000)
    second = Path(shutil.copy(first, tmp_path / "b.zip"))
    found = look(tmp_path, first, second, unpack_mb=1)
    assert (found.problems, len(found.sources)) == ([], 2)


def test_a_search_that_goes_on_counts_what_was_unpacked_before(tmp_path: Path) -> None:
    zips = [zip_of(tmp_path / f"{name}.zip", 700_000) for name in "ab"]
    for _ in range(2):
        assert reasons(look(tmp_path, *zips, unpack_mb=1)) == [("b.zip", "CONDYLE_UNPACK_MB")]


def test_what_looks_like_a_bomb_only_together_is_kept_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.imports.zips.HARMLESS_BYTES", MIB)
    zips = []
    for name in "abc":
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("zeros", name.encode() + bytes(500_000))
        zips.append(path)
    found = look(tmp_path, *zips)
    assert [problem.name for problem in found.problems] == ["c.zip"]
    assert "far more than films do" in found.problems[0].reason.what


def test_unpacking_leaves_the_reserve_of_the_disk_free(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "a.zip", 1000)
    free = shutil.disk_usage(tmp_path).free // MIB
    with pytest.raises(errors.Refused, match="nearly full") as refused:
        look(tmp_path, archive, disk_reserve_mb=free + 2**20)
    assert refused.value.where == "CONDYLE_DISK_RESERVE_MB"
    assert not (tmp_path / "unpacked").exists()


@pytest.mark.parametrize("after", [0, 2, 5, 9])
def test_a_search_that_is_stopped_leaves_no_zip_half_unpacked(tmp_path: Path, after: int) -> None:
    archive = zip_of(tmp_path / "a.zip", 3 * MIB, 5, 5)
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) > after:
            raise Stopped

    with pytest.raises(Stopped):
        look(tmp_path, archive, check=check)
    unpacked = tmp_path / "unpacked"
    assert not unpacked.exists() or list(unpacked.iterdir()) == []
    assert len(look(tmp_path, archive).sources) == 3


def test_a_manifest_that_is_being_read_can_be_stopped(tmp_path: Path) -> None:
    lines = "".join(f"{number}.png,{number}\n" for number in range(5000))
    (tmp_path / "manifest.csv").write_text(f"file,patient_id\n{lines}")
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) > 3:
            raise Stopped

    with pytest.raises(Stopped):
        look(tmp_path, tmp_path / "manifest.csv", check=check)
    assert len(asked) == 4  # and not once a line

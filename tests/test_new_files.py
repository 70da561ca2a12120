"""A new file is whole, its owner's, and takes no other's place, though written at once."""

import stat
from pathlib import Path
from threading import Barrier, Thread

import pytest

from app.errors import Refused
from app.new_files import new_file


def test_of_several_who_write_to_one_name_at_once_one_does_and_the_others_are_refused(
    tmp_path: Path,
) -> None:
    path, all_written, came = tmp_path / "old.json", Barrier(4, timeout=60), []

    def write(text: bytes) -> None:
        try:
            with new_file(path, "The archive", "Nothing was retired.") as file:
                file.write(text)
                all_written.wait()
            came.append(text)
        except Refused as error:
            refused.append(f"{error.what} {error.do}")

    refused: list[str] = []
    writers = [Thread(target=write, args=[b"%d" % number * 9]) for number in range(4)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    assert [path.read_bytes()] == came
    assert refused == ["This file exists. Name a new file. Nothing was retired."] * 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_written_to_its_end_is_not_there(tmp_path: Path) -> None:
    def write() -> None:
        with new_file(tmp_path / "backup", "The backup", "Nothing else has changed.") as file:
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(Refused, match=r"The backup could not be written \(No space left"):
        write()
    assert list(tmp_path.iterdir()) == []


def test_of_a_file_that_cannot_be_moved_to_its_place_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flush(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("app.new_files.flush_folder", flush)
    with (
        pytest.raises(Refused, match=r"The backup could not be written \(Input/output error"),
        new_file(tmp_path / "backup", "The backup", "Nothing else has changed.") as file,
    ):
        file.write(b"whole")
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_leads_nowhere_is_there_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "backup").symlink_to(tmp_path / "gone")
    with (
        pytest.raises(Refused, match="This file exists"),
        new_file(tmp_path / "backup", "The backup", "Nothing else has changed."),
    ):
        pytest.fail("it was opened")


def test_what_exists_elsewhere_is_not_taken_for_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(Refused, match=r"could not be written \(File exists\)"),
        new_file(tmp_path / "backup", "The backup", "Nothing else has changed."),
    ):
        tmp_path.mkdir()

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
    path, all_written, came = tmp_path / "old.json", Barrier(4), []

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

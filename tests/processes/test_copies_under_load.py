"""A workspace copied at any moment opens, is whole, and holds what was acknowledged before."""

import shutil
import time
from pathlib import Path

import pytest

from app.doctor import examine
from app.settings import Settings
from bench._power_cut import DATABASE, LOG, Flushes, cut_power
from bench.copies import Readers, check, copied, filled, serving

COPIES = 12


class Everything:
    """A lot that takes all that may be lost."""

    def random(self) -> float:
        return 0.0

    def choice(self, ranges: list[tuple[int, int]]) -> tuple[int, int]:
        return ranges[0]


def test_a_dozen_copies_while_readers_decide_hold_every_decision_acknowledged_before(
    tmp_path: Path, migrated_sqlite: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / DATABASE)
    tokens = filled(home, 2_000, readers=2)
    held = []
    with serving(home, processes=2) as server, Readers(server.port, tokens) as readers:
        for number in range(COPIES):
            before = len(readers.acknowledged)
            while len(readers.acknowledged) < before + 3:
                time.sleep(0.001)
            with server.frozen():
                acknowledged = list(readers.acknowledged)
                copied(home, tmp_path / f"{number}")
            held.append(check(tmp_path / f"{number}", acknowledged))
    assert held == sorted(held)
    assert held[-1] >= 3 * COPIES


def test_what_was_written_and_not_flushed_is_known_and_lost_in_a_power_cut(tmp_path: Path) -> None:
    place = f"7<{tmp_path / LOG}>"
    flushes = Flushes()
    for line in (
        f'11 pwrite64({place}, ""..., 1000, 0) = 1000',
        f"12 fdatasync({place} <unfinished ...>",
        f'11 pwrite64({place}, ""..., 1000, 1000 <unfinished ...>',
        "12 <... fdatasync resumed>) = 0",
        "11 <... pwrite64 resumed>) = 1000",
        f"12 fdatasync({place} <unfinished ...>",
    ):
        flushes.see(line)
    assert flushes.written == {LOG: [(1000, 1000)]}
    (tmp_path / LOG).write_bytes(b"x" * 3000)
    assert cut_power(tmp_path, flushes, Everything()) == 1000  # type: ignore[arg-type]
    assert (tmp_path / LOG).read_bytes() == b"x" * 1000


def test_a_damaged_database_is_named_by_the_doctor(tmp_path: Path, migrated_sqlite: Path) -> None:
    shutil.copy(migrated_sqlite, tmp_path / DATABASE)
    whole = (tmp_path / DATABASE).read_bytes()
    (tmp_path / DATABASE).write_bytes(whole[: len(whole) // 2] + bytes(len(whole) // 2))
    (said,) = [each for each in examine(Settings(home=tmp_path)) if "The database " in each.words]
    assert not said.good
    assert "is damaged" in said.words
    assert "restore the last backup" in said.words
    with pytest.raises(Exception, match=r"malformed|assert"):
        check(tmp_path, [])

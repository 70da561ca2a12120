"""What a power cut may leave of files that were written and not flushed to the disk."""

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

DATABASE, LOG = "condyle.sqlite3", "condyle.sqlite3-wal"
SECTOR = 512
CALL = re.compile(
    r"(\d+) (?:<\.\.\. )?(pwrite64|fsync|fdatasync|ftruncate)"
    r"(?:\(\d+<([^>]+)>(?:, [^,]*, (\d+), (\d+))?| resumed>)(.*)"
)


@dataclass
class Flushes:
    """What was written to files since they were flushed, as strace has seen it."""

    written: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    flushing: dict[str, tuple[str, int]] = field(default_factory=dict)

    def see(self, line: str) -> None:
        """Take a line of strace's: a write counts when it begins, a flush when it has ended."""
        found = CALL.match(line)
        if found is None:
            return
        process, call, path, length, offset, rest = found.groups()
        if path is not None and call == "pwrite64":
            self.written.setdefault(Path(path).name, []).append((int(offset), int(length)))
        elif call in ("fsync", "fdatasync"):
            if path is not None:
                name = Path(path).name
                self.flushing[process] = name, len(self.written.get(name, []))
            if "unfinished" not in rest:
                name, before = self.flushing.pop(process)
                del self.written.get(name, [])[:before]


def cut_power(folder: Path, flushes: Flushes, lot: random.Random) -> int:
    """Leave of what was written and not flushed what a power cut may leave; return its bytes."""
    lost = 0
    for name, ranges in flushes.written.items():
        path = folder / name
        size = path.stat().st_size
        with path.open("r+b") as file:
            for offset, length in ranges:
                for sector in range(offset // SECTOR * SECTOR, offset + length, SECTOR):
                    if sector < size and lot.random() < 0.5:
                        first, last = max(sector, offset), min(sector + SECTOR, offset + length)
                        file.seek(first)
                        file.write(bytes(min(last, size) - first))
                        lost += last - first
            if ranges and name == LOG and lot.random() < 0.5:
                file.truncate(min(size, lot.choice(ranges)[0]))
    return lost

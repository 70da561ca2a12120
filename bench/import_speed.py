"""CPU seconds of a film in an import, and bytes stored of it, for each transfer syntax.

Real films at real size under new UIDs are imported in a workspace of their own, one import for each
transfer syntax. `--beside CHECKOUT` does the same with another checkout of Condyle, in the same
run, and prints the ratio. Starting a worker is not counted.

    python -m bench import_speed [--films 8] [--syntax "JPEG 2000"] [--beside ../condyle-before]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from bench import _radiographs

IMPORT = """
import json, resource, sys, time
from pathlib import Path
from app.db.engine import migrate, open_database
from app.runs import rules
from app.settings import Settings
from worker import import_files, progress

home, folder = map(Path, sys.argv[1:])
settings = Settings(home=home)
home.mkdir()
migrate(settings.resolved_database_url)
database = open_database(settings.resolved_database_url)
asked = {"paths": [str(folder)], "manifest": None, "reports": None, "validation_patients": None,
         "rng": 0}
with database.begin() as session:
    run = rules.request(session, "import", asked).id
def spent():
    return [sum(resource.getrusage(who)[:2])
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
before, began = spent(), time.perf_counter()
if hasattr(import_files, "IN_PARTS"):
    from sqlalchemy import select
    from app.db.work import Part
    from worker import parts, warm
    kinds = {"import": import_files.IN_PARTS}
    progress.execute(database, settings, run, kinds)
    tasks = {import_files.IN_PARTS.task: import_files.IN_PARTS.carry_out}
    with database() as session:
        waiting = session.scalars(select(Part.id).order_by(Part.id)).all()
    for part in waiting:
        parts.execute(database, settings, part, tasks)
    progress.execute(database, settings, run, kinds)
    warm.end()  # what it took is counted when it has ended
else:  # a checkout from before imports had parts
    progress.execute(database, settings, run, {"import": import_files.execute})
own, decoders = (after - then for after, then in zip(spent(), before))
with database() as session:
    found = rules.find(session, run)
    assert found.status == "succeeded", (found.failure, found.log)
    imported = found.result["imported"]
stored = sum(path.stat().st_size for path in (home / "store").rglob("*") if path.is_file())
print(json.dumps([imported, own, decoders, stored, time.perf_counter() - began]))
"""
"""What runs in a process of the checkout that is measured."""


@dataclass(frozen=True)
class Spent:
    """What an import took.

    Attributes:
        films: imported.
        own: CPU seconds of the worker.
        decoders: CPU seconds of the processes that decode.
        stored: bytes in the store.
        seconds: from the first to the last.
    """

    films: int
    own: float
    decoders: float
    stored: int
    seconds: float

    @property
    def each(self) -> float:
        """CPU milliseconds of a film."""
        return 1000 * (self.own + self.decoders) / self.films


def imported(checkout: Path, folder: Path) -> Spent:
    """Import a folder with the code of a checkout.

    Args:
        checkout: a folder with `app` and `worker`.
        folder: with films.
    """
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-c", IMPORT, str(Path(place) / "home"), str(folder.absolute())]
        told = subprocess.run(
            command,
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout.absolute())},
            check=True,
            capture_output=True,
            text=True,
        )
    return Spent(*json.loads(told.stdout.splitlines()[-1]))


def added(checkout: Path, folder: Path, tiny: Spent) -> Spent:
    """Import a folder; what an import of next to nothing takes is not counted."""
    found = imported(checkout, folder)
    return Spent(
        found.films,
        found.own - tiny.own,
        found.decoders - tiny.decoders,
        found.stored,
        found.seconds - tiny.seconds,
    )


def together(several: Sequence[Spent]) -> Spent:
    """Return the sum of some imports."""
    return Spent(*(sum(figures) for figures in zip(*map(astuple, several), strict=True)))


def row(found: Sequence[Spent], size: int) -> str:
    """Print what each checkout took, and by how much the first took less than the last."""
    told = "   ".join(
        f"{one.each:6.0f} = {1000 * one.own / one.films:4.0f} + "
        f"{1000 * one.decoders / one.films:4.0f}   stored {one.stored / size:5.2f}"
        for one in found
    )
    return told + (f"   {found[-1].each / found[0].each:5.1f} x" if len(found) > 1 else "")


def main() -> None:
    """Print a row for each transfer syntax."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, default=8, help="of each transfer syntax")
    parser.add_argument("--syntax", action="append", choices=list(_radiographs.PACKS))
    parser.add_argument("--beside", type=Path, help="another checkout")
    parser.add_argument("--data", type=Path, default=_radiographs.DATA)
    given = parser.parse_args()
    checkouts = [Path.cwd(), *([given.beside] if given.beside else [])]
    print(f"CPU ms of a film: worker + decoder, bytes stored : imported; {given.films} of each")
    with tempfile.TemporaryDirectory() as place:
        _radiographs.write_tiny(Path(place) / "tiny")
        tiny = [imported(checkout, Path(place) / "tiny") for checkout in checkouts]
        rows, whole = [], 0
        for name in given.syntax or _radiographs.PACKS:
            folder = Path(place) / "films"
            size = _radiographs.write(folder, name, given.films, given.data)
            rows.append([added(at, folder, one) for at, one in zip(checkouts, tiny, strict=True)])
            shutil.rmtree(folder)
            print(f"{name:16} {size / given.films / 2**20:5.2f} MiB   {row(rows[-1], size)}")
            whole += size
    print(f"{'all':28}   {row([together(column) for column in zip(*rows, strict=True)], whole)}")


if __name__ == "__main__":
    main()

"""Importing films: sends the files, and starts the import."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Unpack

from condyle_client import operations as ops
from condyle_client.answers import Run
from condyle_client.connection import Connection
from condyle_client.errors import CondyleError
from condyle_client.runs import Runs
from condyle_client.sent import ImportChoices

MANIFEST = "manifest.csv"


class Imports:
    """Imports of films, their manifest and their reports. Scopes `import` and `runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._runs = Runs(connection)

    def start(
        self,
        films: Path | str | Sequence[Path | str],
        *,
        manifest: Path | str | None = None,
        reports: Path | str | None = None,
        **chosen: Unpack[ImportChoices],
    ) -> Run:
        """Send files and start their import; return its run.

        Args:
            films: a folder with all that lies in it, or files; a `manifest.csv` among them counts.
            manifest: the CSV that names files and patients, where it lies elsewhere.
            reports: a CSV with the reports, if they are not in the manifest.
            chosen: the rest, as on the page *Imports*.

        Raises:
            ValueError: there is nothing to send, or two files would have one name.
            CondyleError: Condyle refused it; what was sent is thrown away again.
        """
        files = _by_name(films, manifest)
        named = _added(files, Path(reports), Path(reports).name) if reports else None
        size = sum(file.stat().st_size for file in files.values())
        begun = self._connection.ask(ops.BEGIN_UPLOAD, body={"size": size, "files": len(files)})
        try:
            for name, file in files.items():
                where = {"upload": begun.upload}
                self._connection.send(ops.SEND_FILE, where, file, query={"name": name})
            asked: dict[str, Any] = {"upload": begun.upload, **chosen}
            if named:
                asked["reports"] = named
            started = self._connection.ask(ops.START_IMPORT, body=asked)
        except BaseException:
            with suppress(CondyleError):
                self._connection.ask(ops.DISCARD_UPLOAD, {"upload": begun.upload})
            raise
        return self._runs.get(started.run_id)


def _by_name(
    films: Path | str | Sequence[Path | str], manifest: Path | str | None
) -> dict[str, Path]:
    """Return the files to send by the names they get: those of a folder by their paths in it."""
    files: dict[str, Path] = {}
    for given in [films] if isinstance(films, Path | str) else films:
        path = Path(given)
        if not path.is_dir():
            _added(files, path, path.name)
            continue
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            _added(files, file, file.relative_to(path).as_posix())
    if manifest is not None:
        _added(files, Path(manifest), MANIFEST)
    if not files:
        raise ValueError("There is no file to import in what was named.")
    return files


def _added(files: dict[str, Path], file: Path, name: str) -> str:
    if name in files and files[name] != file:
        raise ValueError(f"Two files would be called {name}. Put them into folders of their own.")
    if not file.is_file():
        raise ValueError(f"There is no file {file}.")
    files[name] = file
    return name

"""Keys that an admin keeps in a file and a setting names: read whole, and long enough."""

from pathlib import Path

from app import errors

SHORTEST = 32
"""Bytes; as many as `openssl rand -hex 16` writes."""


def read_key(file: str, name: str, setting: str, home: Path | None = None) -> bytes | None:
    """Return the key in a file, without the white space around it; None where no file is named.

    Args:
        file: as the setting names it; empty for none.
        name: of the key, as in "The key of backups".
        setting: which one names the file.
        home: a folder in which the key may not lie; None where it may lie anywhere.

    Raises:
        errors.Refused: it cannot be read, is too short, or lies in that folder.
    """
    if not file:
        return None
    path = Path(file)

    def refused(what: str, do: str) -> errors.Refused:
        return errors.Refused(f"{name} {what}.", setting, do)

    if home is not None and path.resolve().is_relative_to(home.resolve()):
        raise refused("lies in the home folder", "Keep it where neither films nor backups are.")
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        do = "Name a file that this user may read."
        raise refused(f"cannot be read ({error.strerror})", do) from error
    if len(key) < SHORTEST:
        do = "Make one with `openssl rand -hex 32`."
        raise refused(f"has fewer than {SHORTEST} bytes", do)
    return key

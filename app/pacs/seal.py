"""The seal of PACS references, and whose key it is (see `app.sealing`)."""

import json
from collections.abc import Mapping

from app import errors, sealing
from app.key_files import read_key
from app.settings import Settings


class Seal:
    """Seals references and opens them. A film's digest is authenticated with its reference.

    Args:
        secret: what the admin's file holds, at least `app.key_files.SHORTEST` bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._seal = sealing.Seal(secret, "condyle pacs references")
        self.name = self._seal.name
        """By which a key is told from others."""

    def sealed(self, source_digest: str, reference: Mapping[str, str]) -> str:
        """Return a film's reference as nobody without the key can read it.

        Args:
            source_digest: SHA-256 of the film's file.
            reference: as `app.imaging.pacs_names.read` returns it.
        """
        return self._seal.sealed(json.dumps(dict(reference)), source_digest)

    def opened(self, source_digest: str, sealed: str) -> dict[str, str]:
        """Return a film's reference.

        Raises:
            errors.Refused: it was sealed with another key, was changed, or is another film's.
        """
        try:
            opened = self._seal.opened(sealed, source_digest)
        except sealing.NotOurs as error:
            raise errors.Refused(
                "What a film is called in the PACS cannot be read: it was kept with another key, "
                "or was changed.",
                "CONDYLE_WRITE_BACK_KEY",
                "Set the key it was kept with, or import the film again with the present one.",
            ) from error
        found: dict[str, str] = json.loads(opened)
        return found


def seal_of(settings: Settings) -> Seal | None:
    """Return what seals references; None where no key is set: then none is kept.

    Raises:
        errors.Refused: the key cannot be read, is too short, or lies in the home folder.
    """
    secret = read_key(
        settings.write_back_key,
        "The key of PACS references",
        "CONDYLE_WRITE_BACK_KEY",
        settings.home,
    )
    return Seal(secret) if secret else None

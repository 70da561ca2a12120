"""Where reports go: a PACS that speaks DICOM, or the DICOMweb server of one.

Reports name patients. Over plain http they go to loopback and private addresses alone, over https
to public ones as well, and to link-local or reserved ones never.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app import errors
from app.outgoing import address
from app.outgoing.address import Server, is_number, is_private, is_public
from app.settings import Settings

ADDRESS = re.compile(r"(?P<title>[!-~]([ -~]{0,14}[!-~])?)@(?P<host>[^@\s]+):(?P<port>\d{1,5})")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token, RFC 6750."""
CREDENTIALS = "CONDYLE_WRITE_BACK_CREDENTIALS"
LONGEST = 16_384
"""Bytes of a file with credentials."""


class NotReached(errors.Refused):
    """The PACS was not reached, or takes no reports from us.

    Args:
        fault: why, in a word that does not change with the language.
        what, where, do: as of every error.
    """

    def __init__(self, fault: str, what: str, where: str, do: str) -> None:
        super().__init__(what, where, do)
        self.fault = fault


@dataclass(frozen=True)
class Destination:
    """A PACS that takes reports by C-STORE.

    Attributes:
        title: its AE title.
        host: its name or address.
        port: where it listens.
    """

    title: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"


@dataclass(frozen=True)
class WebDestination:
    """A DICOMweb server that takes reports by STOW-RS.

    Attributes:
        server: where it is; its path is that of the DICOMweb service.
        authorization: the header of that name; "" for none.
    """

    server: Server
    authorization: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.server}{self.server.path}"


AnyDestination = Destination | WebDestination


def destination_of(text: str, settings: Settings, where: str = "--to") -> AnyDestination:
    """Return what somebody has named, as `PACS1@10.0.0.5:104` or `https://pacs.example/dicom-web`.

    Args:
        text: what was typed.
        settings: which name the file with the credentials of a DICOMweb server.
        where: the option or setting.

    Raises:
        errors.Refused: it is neither, nothing may be sent there, or the credentials are none.
    """
    if re.match("https?:", text.strip(), re.I):
        return _web(text, settings, where)
    found = ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise errors.Refused(
            f"{without_secrets(text)!r} names no PACS.",
            where,
            "Write TITLE@ADDRESS:PORT, such as PACS1@10.0.0.5:104, or the address of a DICOMweb "
            "server, such as https://10.0.0.5/dicom-web.",
        )
    return Destination(found["title"], found["host"].strip("[]"), int(found["port"]))


def without_secrets(text: str) -> str:
    """Return what somebody named without a password that does not belong there."""
    return re.sub(r"//[^/\s]*@", "//", text)


def our_title(settings: Settings) -> str:
    """Return the AE title that we call ourselves: the first of those set."""
    return settings.dicom_titles.split(",")[0].strip()


def allows(server: Server, numbers: Sequence[str]) -> bool:
    """Tell whether reports may be sent to all IP addresses of a server."""
    encrypted = server.scheme == "https"
    return all(is_private(each) or (encrypted and is_public(each)) for each in numbers)


def _web(text: str, settings: Settings, where: str) -> WebDestination:
    try:
        server = address.parse(text)
    except address.Unusable as error:
        raise errors.Refused(
            f"The address of the DICOMweb server cannot be used: {error}.",
            where,
            f"Write it like https://10.0.0.5/dicom-web; a name and a password belong into the file "
            f"that {CREDENTIALS} names.",
        ) from error
    if is_number(server.host) and not allows(server, [server.host]):
        raise not_allowed(server)
    path = server.path.rstrip("/").removesuffix("/studies")
    return WebDestination(replace(server, path=path), _authorization(settings))


def not_allowed(server: Server) -> NotReached:
    """Return why nothing is sent to a server."""
    return NotReached(
        "not_allowed",
        "Reports name patients, and nothing that does may be sent to this address.",
        str(server),
        "Use https, or a loopback or private address.",
    )


def _authorization(settings: Settings) -> str:
    """Return the header of a DICOMweb server's credentials; "" where no file is set."""
    if not settings.write_back_credentials:
        return ""
    try:
        with Path(settings.write_back_credentials).open(encoding="utf-8") as file:
            said = file.read(LONGEST).strip()
    except (OSError, UnicodeError) as error:
        raise errors.Refused(
            f"The credentials cannot be read ({type(error).__name__}).",
            CREDENTIALS,
            "Name a text file that this user may read.",
        ) from error
    if ":" in said and said.isprintable():
        return "Basic " + base64.b64encode(said.encode()).decode()
    if TOKEN.fullmatch(said):
        return f"Bearer {said}"
    raise errors.Refused(
        "The credentials are neither a name with a password nor a token.",
        CREDENTIALS,
        "Write one line into the file: NAME:PASSWORD, or a bearer token alone.",
    )

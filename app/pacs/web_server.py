"""The DICOMweb server of a PACS: where it is, what it asks for, and whether anything may go there.

What goes to and fro names patients. Over plain http it goes to loopback and private addresses
alone, over https to public ones as well, and to link-local or reserved ones never.
"""

import re
from dataclasses import dataclass, field, replace

from app import errors
from app.outgoing import address
from app.outgoing.address import Server, is_number, may_hear, resolve
from app.outgoing.credentials import authorization


class NotReached(errors.Refused):
    """The PACS was not reached, or does nothing for us.

    Args:
        fault: why, in a word that does not change with the language.
        what, where, do: as of every error.
    """

    def __init__(self, fault: str, what: str, where: str, do: str) -> None:
        super().__init__(what, where, do)
        self.fault = fault


@dataclass(frozen=True)
class Use:
    """What a server is spoken to for.

    Attributes:
        things: what goes to and fro: `Reports` or `Films`.
        setting: the setting that names the file with the credentials.
        credentials: that file; "" for none.
    """

    things: str
    setting: str
    credentials: str


@dataclass(frozen=True)
class WebServer:
    """A DICOMweb server.

    Attributes:
        server: where it is; its path is that of the DICOMweb service.
        authorization: the header of that name; "" for none.
        things: what goes to and fro.
    """

    server: Server
    authorization: str = field(repr=False)
    things: str = "Reports"

    def __str__(self) -> str:
        return f"{self.server}{self.server.path}"

    def numbers(self) -> list[str]:
        """Return its IP addresses, looked up once and checked: a connection is made to these.

        Raises:
            NotReached: nothing may go there.
            OSError, UnicodeError: its name is unknown.
        """
        numbers = resolve(self.server)
        if not may_hear(self.server, numbers):
            raise _not_allowed(self.server, self.things)
        return numbers


def without_secrets(text: str) -> str:
    """Return what somebody named without a password that does not belong there."""
    return re.sub(r"//[^/\s]*@", "//", text)


def web_server_of(text: str, use: Use, where: str) -> WebServer:
    """Return the server that somebody has named; nothing is looked up.

    Args:
        text: such as `https://pacs.example/dicom-web`.
        use: what it is spoken to for.
        where: the option or setting that names it.

    Raises:
        errors.Refused: it is no address, nothing may go there, or the credentials are none.
    """
    try:
        server = address.parse(text)
    except address.Unusable as error:
        raise errors.Refused(
            f"The address of the DICOMweb server cannot be used: {error}.",
            where,
            f"Write it like https://10.0.0.5/dicom-web; a name and a password belong into the file "
            f"that {use.setting} names.",
        ) from error
    if is_number(server.host) and not may_hear(server, [server.host]):
        raise _not_allowed(server, use.things)
    path = server.path.rstrip("/").removesuffix("/studies")
    header = authorization(use.credentials, use.setting)
    return WebServer(replace(server, path=path), header, use.things)


def _not_allowed(server: Server, things: str) -> NotReached:
    return NotReached(
        "not_allowed",
        f"{things} name patients, and nothing that does may go to or come from this address.",
        str(server),
        "Use https, or a loopback or private address.",
    )

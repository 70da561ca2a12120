"""Where reports go: a PACS that speaks DICOM, or the DICOMweb server of one."""

import re
import ssl
from dataclasses import dataclass, field

from app import errors
from app.pacs.web_server import Use, WebServer, web_server_of, without_secrets
from app.settings import Settings
from app.write_back.encryption import encryption

ADDRESS = re.compile(r"(?P<title>[!-~]([ -~]{0,14}[!-~])?)@(?P<host>[^@\s]+):(?P<port>\d{1,5})")
CREDENTIALS = "CONDYLE_WRITE_BACK_CREDENTIALS"


@dataclass(frozen=True)
class Destination:
    """A PACS that takes reports by C-STORE.

    Attributes:
        title: its AE title.
        host: its name or address.
        port: where it listens.
        context: how what is sent is encrypted; None: it is not.
    """

    title: str
    host: str
    port: int
    context: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.title}@{self.host}:{self.port}"


AnyDestination = Destination | WebServer


def destination_of(text: str, settings: Settings, where: str = "--to") -> AnyDestination:
    """Return what somebody has named, as `PACS1@10.0.0.5:104` or `https://pacs.example/dicom-web`.

    Args:
        text: what was typed.
        settings: which name the files with the credentials of a DICOMweb server and with the
            authorities of a PACS.
        where: the option or setting.

    Raises:
        errors.Refused: it is neither, nothing may be sent there, or a file cannot be used.
    """
    if re.match("https?:", text.strip(), re.I):
        use = Use("Reports and selections", CREDENTIALS, settings.write_back_credentials)
        return web_server_of(text, use, where)
    found = ADDRESS.fullmatch(text.strip())
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise errors.Refused(
            f"{without_secrets(text)!r} names no PACS.",
            where,
            "Write TITLE@ADDRESS:PORT, such as PACS1@10.0.0.5:104, or the address of a DICOMweb "
            "server, such as https://10.0.0.5/dicom-web.",
        )
    host, port = found["host"].strip("[]"), int(found["port"])
    return Destination(found["title"], host, port, encryption(settings))


def our_title(settings: Settings) -> str:
    """Return the AE title that we call ourselves: the first of those set."""
    return settings.dicom_titles.split(",")[0].strip()

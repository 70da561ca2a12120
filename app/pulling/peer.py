"""The PACS that films are fetched from, as it is set."""

from app.pacs.web_server import Use, WebServer, web_server_of
from app.runs import requirements
from app.settings import Settings

ADDRESS, CREDENTIALS = "CONDYLE_PULL_FROM", "CONDYLE_PULL_CREDENTIALS"


def peer_of(settings: Settings) -> WebServer:
    """Return the PACS that is set; nothing is looked up.

    Raises:
        errors.Refused: none is set, its address cannot be used, or its credentials are none.
    """
    requirements.peer(None, settings)
    use = Use("Films", CREDENTIALS, settings.pull_credentials)
    return web_server_of(settings.pull_from, use, ADDRESS)

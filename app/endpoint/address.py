"""Where a language model is, and whether reports may be sent there."""

from dataclasses import dataclass

from app.endpoint.errors import Unreachable
from app.errors import Refused
from app.outgoing import address as outgoing
from app.outgoing.address import Server, is_private, resolve

COMPLETIONS = "/chat/completions"
URL = "CONDYLE_LLM_URL"


@dataclass(frozen=True)
class Address(Server):
    """An endpoint's address; its path is that of chat completions.

    Attributes:
        public: whether an admin allows public addresses.
    """

    public: bool

    def resolved(self) -> list[str]:
        """Return the IP addresses to connect to, in the resolver's order.

        Raises:
            Unreachable: the name is unknown, or one of its addresses may not be sent reports.
        """
        try:
            numbers = resolve(self)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                "The address of the language model is not known.",
                str(self),
                f"Check the name in {URL}.",
            ) from error
        if not self.allows(numbers):
            raise Unreachable(
                "The address of the language model is neither loopback nor private:"
                " no report was sent.",
                str(self),
                "Use a server in the house (for this machine: 127.0.0.1). An admin who may send"
                " masked reports elsewhere sets CONDYLE_LLM_PUBLIC=1 and an https address.",
                lasting=True,
            )
        return numbers

    def allows(self, numbers: list[str]) -> bool:
        """Tell whether reports may be sent to all of some IP addresses."""
        encrypted = self.public and self.scheme == "https"
        return encrypted or all(is_private(number) for number in numbers)


def parse(url: str, public: bool) -> Address:
    """Read the setting `CONDYLE_LLM_URL`.

    Args:
        url: http or https, with or without `/v1` and `/chat/completions`.
        public: whether an admin allows public addresses.

    Returns:
        The address; nothing is looked up yet.

    Raises:
        Refused: it is no address of a server, or holds more than that.
    """
    try:
        server = outgoing.parse(url)
    except outgoing.Unusable as error:
        raise Refused(
            f"The address of the language model cannot be used: {error}.",
            URL,
            "Write it like http://127.0.0.1:11434/v1; a key belongs into CONDYLE_LLM_KEY.",
        ) from error
    path = server.path.rstrip("/")
    if not path.endswith(COMPLETIONS):
        path = (path or "/v1") + COMPLETIONS
    return Address(server.scheme, server.host, server.port, path, public)

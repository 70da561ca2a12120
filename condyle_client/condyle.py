"""The client: one address, one token, and what can be done with them."""

from typing import Self

from condyle_client.archive import Archive
from condyle_client.connection import Connection
from condyle_client.imports import Imports
from condyle_client.models import Models
from condyle_client.runs import Runs
from condyle_client.worklists import Worklists


class Condyle:
    """Condyle, as the person sees it whose token this is.

    Use it in a `with`, or call `close` at the end. One thread uses it at a time.

    Args:
        address: of Condyle, such as `https://condyle.example`.
        token: as *Your profile > Log-ins and tokens* has shown it. It is sent in a header and is
            in no address, no log and no text of an error.
        patience_seconds: how long all waits of one request may be together, where Condyle says
            that it is asked too often or cannot answer at the moment.
        plain_http: send the token unencrypted to another machine, too.

    Raises:
        ValueError: the address is none to which a token may be sent.

    Attributes:
        imports: sends films and imports them.
        runs: starts runs, and waits for them.
        worklists: what is to be read, and what is said of it.
        archive: images and labels.
        models: model versions and evaluations.
    """

    def __init__(
        self,
        address: str,
        token: str,
        *,
        patience_seconds: float = 120.0,
        plain_http: bool = False,
    ) -> None:
        self._connection = Connection(address, token, patience_seconds, plain_http)
        self.imports = Imports(self._connection)
        self.runs = Runs(self._connection)
        self.worklists = Worklists(self._connection)
        self.archive = Archive(self._connection)
        self.models = Models(self._connection)

    def __repr__(self) -> str:
        return f"Condyle({self._connection.address!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()

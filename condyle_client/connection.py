"""One connection to Condyle: sends an operation, waits where it is told to, reads what comes back.

The token goes into the header `Authorization` and nowhere else.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from condyle_client import errors
from condyle_client.decoding import decoded
from condyle_client.operations import API, Operation

T = TypeVar("T")
Values = Mapping[str, Any]

NOTHING: Values = {}
PIECE = 1 << 20
"""Bytes of a file that are in memory at a time."""
MOST_TRIES = 5
"""Of one operation."""
FIRST_WAIT_SECONDS = 0.5
"""Before the second try where Condyle did not say how long; doubled each time."""
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds without a byte after which an answer counts as lost."""


class Connection:
    """Sends operations.

    Args:
        address: of Condyle, such as `https://condyle.example`.
        token: as Condyle has shown it.
        patience_seconds: how long all waits of one operation may be together.
        plain_http: send the token unencrypted to another machine, too.

    Raises:
        ValueError: the address is none to which a token may be sent.
    """

    def __init__(
        self, address: str, token: str, patience_seconds: float = 120.0, plain_http: bool = False
    ) -> None:
        self.address = _checked(address, plain_http)
        self._patience = patience_seconds
        # Redirects are not followed: the token is for this address.
        self._http = httpx.Client(
            base_url=self.address + API,
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def ask(
        self,
        operation: Operation[T],
        path: Values = NOTHING,
        *,
        query: Values = NOTHING,
        body: Values | None = None,
    ) -> T:
        """Send an operation and return what it answers.

        Args:
            operation: of `condyle_client.operations`.
            path: the parameters of its address.
            query: what stands behind it; None is left out.
            body: what is sent as JSON.

        Raises:
            errors.Problem: Condyle did not do it.
            errors.Unreachable: no answer came.
            errors.NotUnderstood: what came is no answer that the client knows.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        with self._sent(operation, path, query, lambda: {"json": body}, headers) as response:
            return _read(operation, response)

    def send(
        self, operation: Operation[T], path: Values, file: Path, *, query: Values = NOTHING
    ) -> T:
        """Send a file, piece by piece, as the body of an operation; likewise."""
        headers = {"Content-Type": "application/octet-stream"}

        def whole() -> dict[str, Any]:
            # Opened anew for each try.
            return {"content": _pieces(file)}

        headers["Content-Length"] = str(file.stat().st_size)
        with self._sent(operation, path, query, whole, headers) as response:
            return _read(operation, response)

    @contextmanager
    def stream(
        self, operation: Operation[bytes], path: Values, *, query: Values = NOTHING
    ) -> Iterator[Iterator[bytes]]:
        """Open what an operation answers, to be read piece by piece; likewise."""
        with self._sent(operation, path, query, dict, {}) as response:
            yield _bytes_of(response)

    @contextmanager
    def _sent(
        self,
        operation: Operation[Any],
        path: Values,
        query: Values,
        content: Callable[[], dict[str, Any]],
        headers: dict[str, str],
    ) -> Iterator[httpx.Response]:
        address = operation.path.format(**{k: quote(str(v), safe="") for k, v in path.items()})
        asked = {name: value for name, value in query.items() if value is not None}
        left = self._patience
        for tried in range(1, MOST_TRIES + 1):
            request = self._http.build_request(
                operation.method, address, params=asked, headers=headers, **content()
            )
            try:
                response = self._http.send(request, stream=True)
            except httpx.HTTPError as lost:
                failure: errors.CondyleError = errors.Unreachable(
                    f"{self.address} did not answer ({type(lost).__name__})."
                    " Check the address and the network."
                )
                again = operation.repeatable
            else:
                if response.is_success:
                    break
                failure = _problem(response)
                again = operation.repeatable and isinstance(failure, errors.Unavailable)
                # Condyle counts before it does anything: what was one too many was not done.
                again = again or isinstance(failure, errors.TooMany)
            wait = _wait(failure, tried)
            if not again or tried == MOST_TRIES or wait > left:
                raise failure
            left -= wait
            time.sleep(wait)
        try:
            yield response
        finally:
            response.close()


def _checked(address: str, plain_http: bool) -> str:
    """Return an address without its last slash, if a token may be sent there."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ValueError("This is no address. Give it as https://condyle.example.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("The address has to begin with https:// and the name of a machine.")
    if url.userinfo or url.query or url.fragment:
        raise ValueError("The address must hold no password, no token and no query.")
    if url.scheme == "http" and not plain_http and not _is_this_machine(url.host):
        raise ValueError(
            "The token would be sent unencrypted. Use https://, or plain_http=True in a network"
            " that you trust."
        )
    return str(url).rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wait(failure: errors.CondyleError, tried: int) -> float:
    """Return the seconds until the next try: as Condyle says, or longer each time."""
    told = getattr(failure, "retry_after", None)
    return FIRST_WAIT_SECONDS * 2.0 ** (tried - 1) if told is None else float(told)


def _problem(response: httpx.Response) -> errors.Problem:
    """Return the problem that an answer is; of one that is none, its status alone."""
    told: Any = None
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        try:
            response.read()
            told = response.json()
        except (httpx.HTTPError, ValueError):
            told = None
    response.close()
    kind = errors.OF_STATUS.get(response.status_code, errors.Problem)
    after = response.headers.get("Retry-After", "")
    seconds = float(after) if after.isascii() and after.isdigit() else None
    return kind(response.status_code, told if isinstance(told, dict) else {}, seconds)


def _read(operation: Operation[T], response: httpx.Response) -> T:
    """Return what a success answers."""
    data = b"".join(_bytes_of(response))
    if operation.answer is type(None):
        return decoded(operation.answer, None)
    try:
        answer = json.loads(data)
    except ValueError:
        raise errors.NotUnderstood(
            "What answers at this address is not Condyle's API. Check the address."
        ) from None
    return decoded(operation.answer, answer)


def _bytes_of(response: httpx.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_bytes()
    except httpx.HTTPError as lost:
        raise errors.Unreachable(
            f"The answer broke off ({type(lost).__name__}). Ask again."
        ) from None


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece

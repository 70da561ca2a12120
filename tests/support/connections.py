"""An application that says how its own connections are set, for the test of `app.server`."""

import asyncio
import gc
import os
import socket
from typing import Any


async def tell(scope: Any, receive: Any, send: Any) -> None:
    """Answer with TCP_NODELAY of every open connection, and the process."""
    if scope["type"] != "http":
        return
    transports = [each for each in gc.get_objects() if isinstance(each, asyncio.Transport)]
    connections = [each.get_extra_info("socket") for each in transports]
    options = [
        each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        for each in connections
        if each is not None and each.family == socket.AF_INET and each.fileno() >= 0
    ]
    body = f"{sorted({bool(option) for option in options})} {os.getpid()}"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode()})


def create() -> Any:
    """Return the application."""
    return tell

"""A line to a server that can be cut, in the middle of whatever goes over it."""

import socket
import threading
from contextlib import suppress


class Link:
    """Passes on what comes to a port of this machine, as long as it is whole.

    Args:
        port: of the server.

    Attributes:
        port: to connect to instead.
        passed: bytes that came from the server.
    """

    def __init__(self, port: int) -> None:
        self._to, self._whole = port, True
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._door.getsockname()[1]
        self.passed = 0
        threading.Thread(target=self._let_in, daemon=True).start()

    def cut(self) -> None:
        """Break off all that is under way, and let nobody through."""
        self._whole = False
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let everybody through again."""
        self._whole = True

    def stop(self) -> None:
        """Go away."""
        self.cut()
        self._door.close()

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._door.accept()
                if self._whole:
                    there = socket.create_connection(("127.0.0.1", self._to))
                    self._ends += [here, there]
                    threading.Thread(target=self._join, args=(here, there), daemon=True).start()
                else:
                    here.close()

    def _join(self, here: socket.socket, there: socket.socket) -> None:
        back = threading.Thread(target=self._pass, args=(there, here), daemon=True)
        back.start()
        self._pass(here, there)
        back.join()
        for end in (here, there):
            self._ends.remove(end)
            end.close()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self.passed += len(piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

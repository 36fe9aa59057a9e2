"""A socket that passes everything on to a server and counts who knocks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65536


class Tap:
    """Listens in front of a server on this machine."""

    def __init__(self, listener: socket.socket, target: int) -> None:
        self._listener = listener
        self._target = target
        self.connections = 0
        """How many connections were opened so far."""

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @staticmethod
    @contextmanager
    def before(target: int) -> "Iterator[Tap]":
        """A tap before a server that listens, now or later, on this port of 127.0.0.1."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            tap = Tap(listener, target)
            threading.Thread(target=tap._serve, daemon=True).start()
            yield tap

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)

"""Clients on lines that carry one byte a second, all in one thread, each with an address of its own or all with one."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

HEAD = (
    "POST /api/v1/images HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: multipart/form-data; boundary=slow\r\nContent-Length: 100000\r\n\r\n"
    '--slow\r\nContent-Disposition: form-data; name="file"; filename="slow.jpg"\r\n\r\n'
)


class SlowClients:
    """`count` uploads that never get anywhere, while the block runs; they share `addresses` loopback addresses."""

    def __init__(self, url: str, token: str, count: int, addresses: int) -> None:
        parts = urlsplit(url)
        self._where = (parts.hostname or "", parts.port or 80)
        self._head = HEAD.format(host=parts.netloc, token=token).encode()
        self._count = count
        self._sources = [f"127.7.0.{number + 1}" for number in range(addresses)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "SlowClients":
        for number in range(self._count):
            source = self._sources[number % len(self._sources)]
            self._sockets.append(socket.create_connection(self._where, timeout=5, source_address=(source, 0)))
            self._sockets[-1].sendall(self._head)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for connection in self._sockets:
            connection.close()

    def connected(self) -> int:
        """How many have neither been answered nor been hung up on."""
        return sum(self._said(connection) is None for connection in self._sockets)

    def answered(self, status: str = "") -> int:
        """How many have an answer, with this status when one is given: `429 `."""
        expected = f"HTTP/1.1 {status}".encode()
        return sum((self._said(connection) or b"").startswith(expected) for connection in self._sockets)

    def _said(self, connection: socket.socket) -> bytes | None:
        """The start of what has come back: nothing yet is None, hung up is empty."""
        connection.setblocking(False)
        try:
            return connection.recv(64, socket.MSG_PEEK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _drip(self) -> None:
        while not self._stop.wait(1.0):
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.send(b"\xff")

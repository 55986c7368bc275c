"""Clients on lines that carry one byte a second, all in one thread."""

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
    """`count` uploads that never get anywhere, while the block runs."""

    def __init__(self, url: str, token: str, count: int) -> None:
        parts = urlsplit(url)
        self._where = (parts.hostname or "", parts.port or 80)
        self._head = HEAD.format(host=parts.netloc, token=token).encode()
        self._count = count
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "SlowClients":
        for _ in range(self._count):
            self._sockets.append(socket.create_connection(self._where, timeout=5))
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
        count = 0
        for connection in self._sockets:
            connection.setblocking(False)
            try:
                connection.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                count += 1
            except OSError:
                continue
        return count

    def _drip(self) -> None:
        while not self._stop.wait(1.0):
            for connection in self._sockets:
                with contextlib.suppress(OSError):
                    connection.send(b"\xff")

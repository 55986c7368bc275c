"""People without a session who send large bodies at a home line's speed, all at the same moment."""

import contextlib
import select
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

BODY_BYTES = 50_000_000
BYTES_PER_SECOND = 1_250_000  # 10 Mbit/s
PIECE_BYTES = 32_768
GIVE_UP_SECONDS = 5.0
HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\n{credentials}Content-Type: multipart/form-data; boundary=b\r\n"
    f"Content-Length: {BODY_BYTES}\r\n\r\n"
)


@dataclass
class Stranger:
    """One request. `answer` is what came back before the body was complete, empty when nothing did."""

    path: str
    credentials: str = ""
    sent_bytes: int = 0
    answer: str = ""

    @property
    def status(self) -> str:
        """The status code of the answer, empty without one."""
        return self.answer.split()[1] if self.answer else ""

    def send(self, where: tuple[str, int], host: str) -> None:
        """Send until there is an answer or patience ends."""
        with contextlib.suppress(ConnectionError), socket.create_connection(where, timeout=5) as connection:
            connection.sendall(HEAD.format(path=self.path, host=host, credentials=self.credentials).encode())
            begun = time.monotonic()
            while (passed := time.monotonic() - begun) < GIVE_UP_SECONDS:
                due = self.sent_bytes <= passed * BYTES_PER_SECOND
                readable, writable, _ = select.select(
                    [connection], [connection] if due else [], [], PIECE_BYTES / BYTES_PER_SECOND
                )
                if readable:
                    self.answer = connection.recv(65_536).decode(errors="replace")
                    return
                if writable:
                    self.sent_bytes += connection.send(bytes(PIECE_BYTES))


class Strangers:
    """Sends all of them while the block runs, and waits for their end."""

    def __init__(self, url: str, all_of_them: list[Stranger]) -> None:
        parts = urlsplit(url)
        where = (parts.hostname or "", parts.port or 80)
        self._threads = [
            threading.Thread(target=stranger.send, args=(where, parts.netloc), daemon=True)
            for stranger in all_of_them
        ]

    def __enter__(self) -> "Strangers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def sending(self) -> bool:
        """Whether any of them has not ended."""
        return any(thread.is_alive() for thread in self._threads)

"""An HTTP answer as a network makes it: whole, half or cut off."""

import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
Answer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and content."""


class BrokenAnswers(BaseHTTPRequestHandler):
    """What proxies do with the answers that they have; which, is for each to say."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and content are two writes: the second would wait 40 ms for an ACK

    def send(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """All of it; the date is among the headers already."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def send_busy(self) -> None:
        """S3's 503."""
        self.send(503, [("Content-Length", str(len(SLOW_DOWN)))], SLOW_DOWN)

    def send_half(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """Half of the content, or of the head where there is none; then it is cut."""
        if content:
            self.send(status, headers, content[: len(content) // 2])
        else:
            self.wfile.write(f"HTTP/1.1 {status} ".encode())
        self.wfile.flush()
        self.cut()

    def cut(self) -> None:
        """No answer, or no more of it."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

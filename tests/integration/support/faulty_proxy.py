"""An HTTP proxy in front of a stand-in for AWS, which fails on demand as brokers and networks do."""

import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from enum import Enum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Fault(Enum):
    """What happens to a request, and to one that is under way; a number stands for the HTTP status to answer."""

    NONE = 0
    CUT = 1  # the connection is closed without an answer
    SILENCE = 2  # the connection stays open, and nothing is ever said on it again
    NONSENSE = 200  # an answer of HTTP 200 that is not from SQS
    ERROR_403 = 403
    ERROR_500 = 500
    ERROR_503 = 503


class FaultyProxy:
    """Listens on a loopback port between `with` and its end. `fault` may be changed at any time."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._over = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.fault = Fault.NONE
        self.requests: Counter[str] = Counter()
        self.polls_failed_at: list[float] = []
        self.connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The endpoint to give to an AWS client."""
        return f"http://127.0.0.1:{self._port}"

    def down(self) -> None:
        """Refuse connections, as a broker that is not running."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in tuple(self.connections):  # their handlers would go on without the listener
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def up(self) -> None:
        """Accept connections, on the same port as before."""
        self._server = _server(self._port, self)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self.down()

    def pass_on(self, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes, str]:
        """Ask the stand-in. The headers stay as they are, since they are signed."""
        upstream = HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=30)
        try:
            upstream.request(handler.command, handler.path, body, dict(handler.headers))
            answer = upstream.getresponse()
            return answer.status, answer.read(), answer.headers.get("Content-Type", "application/json")
        finally:
            upstream.close()

    def fall_silent(self) -> None:
        """Block until the proxy ends, whatever becomes of `fault`: a half-open connection does not heal."""
        self._over.wait(120)


def _server(port: int, proxy: FaultyProxy) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            proxy.connections.add(self.connection)

        def finish(self) -> None:
            proxy.connections.discard(self.connection)
            with suppress(OSError):
                super().finish()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            action = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            proxy.requests[action] += 1
            answer = proxy.pass_on(self, body) if proxy.fault is Fault.NONE else None
            fault = proxy.fault
            if fault is Fault.SILENCE:
                proxy.fall_silent()
            if fault in (Fault.SILENCE, Fault.CUT):
                self.close_connection = True
                return
            if fault is not Fault.NONE or answer is None:
                if action == "ReceiveMessage":
                    proxy.polls_failed_at.append(time.monotonic())
                answer = (fault.value or 503, b"<html>not today</html>", "text/html")
            status, content, content_type = answer
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True

        def handle_error(self, *_: object) -> None:
            """A client that went away is what these tests are about."""

    return Server(("127.0.0.1", port), Handler)

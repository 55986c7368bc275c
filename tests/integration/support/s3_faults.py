"""S3 as a network makes it: a proxy in front of a stand-in whose requests get lost, come late, twice or half.

A fault is planned for one request of a run, counted from 1, or for that request and all its repetitions.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.support_broken_answers import BrokenAnswers


class Fault(Enum):
    """What becomes of a request."""

    LOST = "the request never reaches the store"
    HALF_REQUEST = "the store gets half of the body, and does nothing"
    ANSWER_LOST = "the store does it, and the connection is cut before its answer"
    HALF_ANSWER = "the store does it, and the connection is cut within its answer"
    REPEATED = "the store gets it twice; the second answer arrives"
    LATE = "the connection is cut, and the store does it when the run is over"
    BUSY = "the store answers 503 Slow Down"


@dataclass(frozen=True)
class Call:
    """One request as the client sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> tuple[str, str]:
        """What a repetition has in common with the first try."""
        return self.method, self.path


class S3Faults:
    """The proxy's plan and memory. `url` is the endpoint for an S3 client."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self._lock = threading.Lock()
        self._late: list[Call] = []
        self._at = 0
        self._fault: Fault | None = None
        self._persistent = False
        self._hit: tuple[str, str] | None = None
        self.url = ""
        self.calls: list[Call] = []

    def plan(self, at: int, fault: Fault | None, *, persistent: bool = False) -> None:
        """Begin a run: request number `at` gets the fault; with `persistent`, so do its repetitions."""
        with self._lock:
            self.calls.clear()
            self._at, self._fault, self._persistent, self._hit = at, fault, persistent, None

    def settle(self) -> None:
        """End the run: no more faults, and what was late arrives now."""
        with self._lock:
            self._fault = None
            late, self._late = self._late, []
        for call in late:
            self.pass_on(call)

    def fault_of(self, call: Call) -> Fault | None:
        """Count the request, and say what becomes of it."""
        with self._lock:
            self.calls.append(call)
            planned = len(self.calls) == self._at or (self._persistent and call.name == self._hit)
            if not planned or self._fault is None:
                return None
            self._hit = call.name
            if self._fault is Fault.LATE:
                self._late.append(call)
            return self._fault

    def pass_half(self, call: Call) -> None:
        """Send the stand-in half of the body, and hang up."""
        upstream = HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=30)
        try:
            upstream.putrequest(call.method, call.path, skip_host=True, skip_accept_encoding=True)
            for name, value in call.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(call.body[: len(call.body) // 2])
        finally:
            upstream.close()

    def pass_on(self, call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the stand-in. The headers stay as they are, since they are signed."""
        upstream = HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=30)
        try:
            upstream.request(call.method, call.path, call.body, call.headers)
            answer: HTTPResponse = upstream.getresponse()
            kept = [
                (name, value)
                for name, value in answer.getheaders()
                if name.lower() not in ("transfer-encoding", "connection", "content-length")
            ]
            length = answer.headers.get("Content-Length")
            content = answer.read()
            kept.append(("Content-Length", length if call.method == "HEAD" and length else str(len(content))))
            return answer.status, kept, content
        finally:
            upstream.close()


@contextmanager
def s3_faults(upstream: str) -> Iterator[S3Faults]:
    """The proxy, running on a free loopback port."""
    faults = S3Faults(upstream)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(faults))
    server.daemon_threads, server.block_on_close = True, False
    faults.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield faults
    finally:
        server.shutdown()
        server.server_close()


def _handler(faults: S3Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BrokenAnswers):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            call = Call(self.command, self.path, dict(self.headers), body)
            fault = faults.fault_of(call)
            if fault is Fault.HALF_REQUEST and call.body:
                faults.pass_half(call)
            if fault in (Fault.LOST, Fault.HALF_REQUEST, Fault.LATE):
                self.cut()
                return
            if fault is Fault.BUSY:
                self.send_busy()
                return
            answer = faults.pass_on(call)
            if fault is Fault.REPEATED:
                answer = faults.pass_on(call)
            if fault is Fault.ANSWER_LOST:
                self.cut()
            elif fault is Fault.HALF_ANSWER:
                self.send_half(*answer)
            else:
                self.send(*answer)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 -- the library's names

    return Handler

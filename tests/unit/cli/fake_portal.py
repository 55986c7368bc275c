"""A portal of a few lines: answers as a test says, and notes what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """Status, JSON and headers; a status of 0 closes the connection without an answer."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class FakePortal:
    """Gives the answers in their order, the last one again and again; what it knows, to who asks for that alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.answers: list[Answer] = []
        self.known: dict[str, str] | None = {}  # digest → image id; None: there is nothing to ask
        self.questions = 0
        self._lock = threading.Lock()

    def take(self, asked: Asked) -> Answer:
        if asked.path == "/api/v1/known-images":
            return self._knows(json.loads(asked.body)["sha256"])
        with self._lock:
            self.asked.append(asked)
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _knows(self, digests: list[str]) -> Answer:
        with self._lock:
            self.questions += 1
        if self.known is None:
            return Answer(404, {"code": "not_found", "detail": "There is nothing here."})
        ids = {digest: self.known[digest] for digest in digests if digest in self.known}
        images = {digest: {"id": i, "page_url": f"{self.url}/image/{i}"} for digest, i in ids.items()}
        return Answer(200, {"items": [{"sha256": d, "image": image} for d, image in images.items()]})


@contextmanager
def fake_portal() -> Iterator[FakePortal]:
    """A running one, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = portal.take(Asked(self.command, self.path, dict(self.headers), body))
            if not answer.status:
                self.close_connection = True
                return
            data = json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(data)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    portal = FakePortal(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

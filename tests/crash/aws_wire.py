"""HTTP between one process of the portal and the local cloud: every request is told, and may stand still or fail."""

import json
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from urllib3.util import wait_for_read

from tests.crash.calls import Call, Calls, Fate
from tests.support_broken_answers import Answer, BrokenAnswers

SQS_CHANGES = ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")


class AwsWire:
    """Listens on a port of its own for one role; `ahead` is how much later it is by S3's clock than it was."""

    def __init__(self, role: str, upstream: str, calls: Calls) -> None:
        self.role, self.calls = role, calls
        self.upstream = urlsplit(upstream)
        self.ahead = timedelta()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def connection(self) -> HTTPConnection:
        """To the cloud; it connects when it is asked something."""
        return HTTPConnection(self.upstream.hostname or "", self.upstream.port, timeout=60)

    def pass_on(
        self, upstream: HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> Answer:
        """Ask the cloud. The headers stay as they are, since they are signed."""
        if upstream.sock is not None and wait_for_read(upstream.sock, timeout=0):
            upstream.close()  # the cloud has closed it: unasked it has nothing else to say
        upstream.request(method, path, body, headers)
        answer = upstream.getresponse()
        length = answer.headers.get("Content-Length")
        content = answer.read()
        kept = [
            (name, self._later(value) if name.lower() == "date" else value)
            for name, value in answer.getheaders()
            if name.lower() not in ("transfer-encoding", "connection", "content-length")
        ]
        kept.append(("Content-Length", length if method == "HEAD" and length else str(len(content))))
        return answer.status, kept, content

    def pass_half(
        self, method: str, path: str, headers: dict[str, str], body: bytes, hold: Callable[[], Any]
    ) -> None:
        """Send half of it, wait as `hold` says, and hang up."""
        upstream = self.connection()
        try:
            upstream.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(body[: len(body) // 2])
            hold()
        finally:
            upstream.close()

    def _later(self, date: str) -> str:
        return format_datetime(parsedate_to_datetime(date) + self.ahead, usegmt=True)


def call_of(role: str, port: int, method: str, path: str, headers: dict[str, str], body: bytes) -> Call:
    """What a request is, in words that stay the same from run to run."""
    target = headers.get("X-Amz-Target", "")
    if target.startswith("AmazonSQS."):
        action = target.partition(".")[2]
        return Call(role, port, "sqs", action, body.decode(), action in SQS_CHANGES)
    if "/.well-known/" in path:  # the user pool's keys, which a web tier asks for now and then
        return Call(role, port, "cognito", "keys", changes=False)
    if target:
        return Call(role, port, "cognito", target.partition(".")[2], changes=False)
    split = urlsplit(path)
    key = unquote(split.path.lstrip("/").partition("/")[2])
    if method == "POST" and "delete" in split.query:
        keys = re.findall(r"<Key>(.*?)</Key>", body.decode())
        kinds = ", ".join(sorted({_kind(k) for k in keys}))
        return Call(role, port, "s3", f"DELETE {kinds}", " ".join(keys))
    reads = method in ("GET", "HEAD")
    name = f"{method} {_kind(key)}" if key else f"LIST {split.query.partition('prefix=')[2][:10]}"
    return Call(role, port, "s3", name, f"{key} {unquote(split.query)}", not reads)


def _kind(key: str) -> str:
    first, _, rest = key.partition("/")
    parts = rest.split("/")
    if first == "staging":
        return "staged manifest" if parts[-1] == "manifest" else "staged bytes"
    if first == "idempotency":
        return "claim of a key" if len(parts[-1]) == 64 else "first manifest"  # a digest in hex, or an id
    return {"taken-back": "mark"}.get(first, first)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that is killed is what this is about."""


def _handler(wire: AwsWire) -> type[BaseHTTPRequestHandler]:
    class Handler(BrokenAnswers):
        def setup(self) -> None:
            super().setup()
            self.port = self.client_address[1]
            self.upstream = wire.connection()

        def finish(self) -> None:
            self.upstream.close()
            super().finish()

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever asked was killed meanwhile: nothing was asked
                return self.cut()
            headers = dict(self.headers)
            call = call_of(wire.role, self.port, self.command, self.path, headers, body)
            fate, stop = wire.calls.before(call)
            if fate is Fate.HALF:
                hold = (lambda: stop.hold(call)) if stop else (lambda: None)
                with suppress(OSError, HTTPException):
                    wire.pass_half(self.command, self.path, headers, body, hold)
            if fate is Fate.SILENT:
                wire.calls.over.wait(120)
            if fate in (Fate.HALF, Fate.CUT, Fate.SILENT):
                return self.cut()
            if fate is Fate.BUSY:
                return self.send_busy()
            try:
                answer = wire.pass_on(self.upstream, self.command, self.path, headers, body)
            except (OSError, HTTPException):  # the cloud is away
                return self.cut()
            if call.name == "ReceiveMessage" and (brought := json.loads(answer[2] or b"{}").get("Messages")):
                call = Call(call.role, call.port, "sqs", "a message comes", json.dumps(brought))
            fate = wire.calls.after(call)
            if fate is Fate.HALF:
                return self.send_half(*answer)
            return self.send(*answer) if fate is Fate.PASS else self.cut()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _answer  # noqa: N815 -- the library's names

    return Handler

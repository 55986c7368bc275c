"""The local mailbox: takes the mails that the local cloud sends, and shows them on a page and as JSON."""

import argparse
import json
import signal
import sys
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from local.mail.page import CONTENT_SECURITY_POLICY, page
from local.mail.smtp import SmtpServer
from local.mail.store import MailStore
from local.process.ports import LOOPBACK


class PageServer(ThreadingHTTPServer):
    """`GET /` (with `?to=` for one address) and `GET /api/messages?to=`, on 127.0.0.1."""

    daemon_threads = True

    def __init__(self, port: int, store: MailStore) -> None:
        self.store = store
        super().__init__((LOOPBACK, port), _Request)


class _Request(BaseHTTPRequestHandler):
    timeout = 30
    server_version = "mailbox"

    def do_GET(self) -> None:
        assert isinstance(self.server, PageServer)  # noqa: S101 - for the type checker
        url = urlsplit(self.path)
        # A plus in a query means a space to parsers; addresses have pluses and no spaces.
        to = parse_qs(url.query).get("to", [""])[0].replace(" ", "+") or None
        if url.path == "/":
            self._send(200, "text/html; charset=utf-8", page(self.server.store.mails(to), to))
        elif url.path == "/api/messages":
            mails = [asdict(mail) for mail in self.server.store.mails(to)]
            self._send(200, "application/json", json.dumps(mails, ensure_ascii=False))
        else:
            self._send(404, "text/plain; charset=utf-8", "Not found.\n")

    do_HEAD = do_GET  # noqa: N815 - the base class looks for this name

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the page asks every two seconds."""


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="local.mail.server")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    store = MailStore(options.directory)
    with SmtpServer(options.smtp_port, store.add) as smtp, PageServer(options.http_port, store) as pages:
        threading.Thread(target=smtp.serve_forever, daemon=True).start()
        pages.serve_forever()


if __name__ == "__main__":
    main()

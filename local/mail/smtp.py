"""The receiving half of SMTP (RFC 5321), as much as a mailbox on loopback needs."""

import re
import socketserver
from collections.abc import Callable, Sequence

from local.mail.store import MAX_MESSAGE_BYTES
from local.process.ports import LOOPBACK

_MAX_LINE_BYTES = 1_000_000
_MAX_RECIPIENTS = 100
_ADDRESS = re.compile(r"(?i)(?:FROM|TO):\s*<(?:@[^:>]*:)?([^<>\s]*)>")

Deliver = Callable[[Sequence[str], bytes], None]


class Dialogue:
    """One connection's state: give it lines, send what it answers ("" is no answer, None ends the connection)."""

    greeting = "220 mailbox ready"

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._reset()

    def _reset(self) -> None:
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._data: list[bytes] | None = None
        self._size = 0

    def line(self, line: bytes) -> str | None:
        """Take one line, with its line end."""
        if self._data is not None:
            return self._data_line(line)
        verb, _, rest = line.decode("utf-8", errors="replace").strip().partition(" ")
        match verb.upper():
            case "EHLO":
                return f"250-mailbox\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MAX_MESSAGE_BYTES}"
            case "HELO":
                return "250 mailbox"
            case "MAIL":
                return self._mail(rest)
            case "RCPT":
                return self._rcpt(rest)
            case "DATA":
                if not self._recipients:
                    return "503 RCPT first"
                self._data = []
                return "354 end with a line that holds only a dot"
            case "RSET":
                self._reset()
                return "250 OK"
            case "NOOP":
                return "250 OK"
            case "QUIT":
                return None
        return "502 command not known"

    def _mail(self, rest: str) -> str:
        found = _ADDRESS.match(rest)
        if not found:
            return "501 MAIL FROM:<address>"
        size = re.search(r"(?i)\bSIZE=(\d{1,18})\b", rest)
        if size and int(size[1]) > MAX_MESSAGE_BYTES:
            return "552 message too large"
        self._reset()
        self._sender = found[1]
        return "250 OK"

    def _rcpt(self, rest: str) -> str:
        found = _ADDRESS.match(rest)
        if self._sender is None:
            return "503 MAIL first"
        if not found or not found[1]:
            return "501 RCPT TO:<address>"
        if len(self._recipients) >= _MAX_RECIPIENTS:
            return "452 too many recipients"
        self._recipients.append(found[1])
        return "250 OK"

    def _data_line(self, line: bytes) -> str:
        assert self._data is not None  # noqa: S101 - for the type checker
        if line.rstrip(b"\r\n") != b".":
            content = line[1:] if line.startswith(b".") else line
            self._size += len(content)
            if self._size <= MAX_MESSAGE_BYTES:
                self._data.append(content)
            return ""
        recipients, data, too_large = self._recipients, b"".join(self._data), self._size > MAX_MESSAGE_BYTES
        self._reset()
        if too_large:
            return "552 message too large"
        self._deliver(recipients, data)
        return "250 OK"


class SmtpServer(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1; each connection in a thread of its own, dropped after 30 s of silence."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, deliver: Deliver) -> None:
        self.deliver = deliver
        super().__init__((LOOPBACK, port), _Connection)


class _Connection(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        assert isinstance(self.server, SmtpServer)  # noqa: S101 - for the type checker
        dialogue = Dialogue(self.server.deliver)
        try:
            self._answer(dialogue.greeting)
            while line := self.rfile.readline(_MAX_LINE_BYTES):
                answer = dialogue.line(line)
                if answer is None:
                    self._answer("221 bye")
                    return
                if answer:
                    self._answer(answer)
        except OSError:
            return  # the sender went away

    def _answer(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

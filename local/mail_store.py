"""Mails as the mailbox keeps them: one small JSON file each, decoded on arrival, the oldest given up first."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

MAX_MESSAGE_BYTES = 1_000_000
_MAX_TEXT_CHARACTERS = 50_000
_MAX_MESSAGES = 1_000


@dataclass(frozen=True)
class Mail:
    """One mail for one recipient; `received_at` is RFC 3339, UTC."""

    to: str
    subject: str
    text: str
    received_at: str


class MailStore:
    """Mails under `directory`, newest first."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def add(self, recipients: Sequence[str], raw: bytes) -> None:
        """Keep a mail, once for each recipient of its envelope."""
        subject, text = decode(raw)
        received_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            for number, recipient in enumerate(dict.fromkeys(recipients)):
                mail = Mail(recipient, subject, text, received_at)
                name = f"{time.time_ns():020d}-{number:03d}"
                draft = self._directory / f"{name}.tmp"
                draft.write_text(json.dumps(asdict(mail), ensure_ascii=False), encoding="utf-8")
                draft.rename(self._directory / f"{name}.json")
            for old in self._files()[_MAX_MESSAGES:]:
                old.unlink(missing_ok=True)

    def mails(self, to: str | None = None) -> list[Mail]:
        """All mails, or those to one address (upper and lower case are the same)."""
        found = []
        for file in self._files():
            try:
                mail = Mail(**json.loads(file.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError):
                continue  # given up meanwhile, or not ours
            if to is None or mail.to.casefold() == to.strip().casefold():
                found.append(mail)
        return found

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob("*.json"), reverse=True)


def decode(raw: bytes) -> tuple[str, str]:
    """Subject and readable text of a mail: its plain part, else its HTML without tags. Never raises."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        subject = " ".join(str(message.get("Subject", "")).split())
        text = _text(message)
    except Exception:  # noqa: BLE001 - the email package raises many kinds on hostile input; show it undecoded
        subject, text = "(unreadable mail)", raw.decode(errors="replace")
    return subject[:500], text.strip()[:_MAX_TEXT_CHARACTERS]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    try:
        text = data.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        text = data.decode("utf-8", errors="replace")
    if part.get_content_subtype() == "html":
        stripper = _TextOfHtml()
        stripper.feed(text)
        stripper.close()
        return "".join(stripper.parts)
    return text.replace("\r\n", "\n")


class _TextOfHtml(HTMLParser):
    """Collects the text between tags, with line breaks where blocks end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._hidden += tag in ("style", "script")
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script") and self._hidden > 0
        if tag in ("p", "div", "tr", "h1", "h2", "h3", "li"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

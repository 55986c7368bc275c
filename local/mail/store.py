"""Mails as the mailbox keeps them: one small JSON file each, decoded on arrival, the oldest given up first."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from local.mail.decode import decode

MAX_MESSAGE_BYTES = 1_000_000
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

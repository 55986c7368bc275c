"""What one person has uploaded from one folder to one portal: an SQLite file, each step on disk before the next.

Two tables: paths with the digest of what they held, so that nothing is read twice; and digests with what became of
them. Losing the file loses time alone, as long as the portal remembers the Idempotency-Keys.
"""

import hashlib
import sqlite3
import threading
import time
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS paths (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, read_ns INTEGER, sha256 TEXT);
CREATE TABLE IF NOT EXISTS uploads (
    sha256 TEXT PRIMARY KEY, status TEXT, upload_id TEXT, code TEXT, message TEXT, page_url TEXT
);
"""
# A file that was changed so shortly before it was read may change again without its time showing it.
RACY_NS = 2_000_000_000


@dataclass(frozen=True)
class Upload:
    """What is known of a file's bytes. `status` is one of `entries`; `upload_id` is empty when refused at once."""

    sha256: str
    status: str
    upload_id: str = ""
    code: str = ""
    message: str = ""
    page_url: str = ""


class State:
    """One folder's file. Threads may share it."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = file
        self._lock = threading.Lock()
        self._database = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(SCHEMA)

    def digest(self, path: str, size: int, mtime_ns: int) -> str | None:
        """The SHA-256 that a file had when it was read last, None when it may have changed since."""
        rows = self._rows(
            "SELECT sha256 FROM paths WHERE path = ? AND size = ? AND mtime_ns = ? AND read_ns > mtime_ns + ?",
            path, size, mtime_ns, RACY_NS,
        )  # fmt: skip
        return str(rows[0][0]) if rows else None

    def keep_digest(self, path: str, size: int, mtime_ns: int, sha256: str) -> None:
        """What a file holds, by its size and time of before it was read."""
        self._rows(
            "INSERT OR REPLACE INTO paths VALUES (?, ?, ?, ?, ?)",
            path,
            size,
            mtime_ns,
            time.time_ns(),
            sha256,
        )

    def upload(self, sha256: str) -> Upload | None:
        """What became of these bytes."""
        rows = self._rows("SELECT * FROM uploads WHERE sha256 = ?", sha256)
        return Upload(*rows[0]) if rows else None

    def keep(self, upload: Upload) -> None:
        """Write down what is known."""
        self._rows("INSERT OR REPLACE INTO uploads VALUES (?, ?, ?, ?, ?, ?)", *astuple(upload))

    def forget(self, sha256: str) -> None:
        """As if these bytes had never been sent."""
        self._rows("DELETE FROM uploads WHERE sha256 = ?", sha256)

    def counts(self) -> dict[str, int]:
        """How many uploads are in each status."""
        return dict(self._rows("SELECT status, COUNT(*) FROM uploads GROUP BY status ORDER BY status"))

    def close(self) -> None:
        """Nothing is written any more."""
        with self._lock:
            self._database.close()

    def _rows(self, statement: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()


def file_of(directory: Path, portal: str, username: str, folder: Path) -> Path:
    """The state's file for a folder."""
    name = "\n".join((portal, username, str(folder.resolve())))
    return directory / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.sqlite3"

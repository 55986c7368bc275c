"""Log-ins that are kept between commands: one file for each portal, readable by its owner alone."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from image_portal_cli.places import write_private


@dataclass(frozen=True)
class Session:
    """Somebody logged in at a portal; `expires_at` is when the access token ends, in seconds since 1970."""

    portal: str
    username: str
    access_token: str
    refresh_token: str
    expires_at: float


class Sessions:
    """All log-ins of a user on this machine."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "sessions"

    def get(self, portal: str) -> Session | None:
        """The log-in at a portal."""
        return _read(self._file(portal))

    def all(self) -> list[Session]:
        """Every log-in."""
        return [s for path in sorted(self._directory.glob("*.json")) if (s := _read(path))]

    def keep(self, session: Session) -> None:
        """Replace the log-in at its portal."""
        write_private(self._file(session.portal), json.dumps(asdict(session), indent=1) + "\n")

    def forget(self, portal: str) -> None:
        """Remove the log-in at a portal."""
        self._file(portal).unlink(missing_ok=True)

    def _file(self, portal: str) -> Path:
        return self._directory / f"{hashlib.sha256(portal.encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> Session | None:
    """None also when the file is damaged: then one logs in again."""
    try:
        return Session(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None

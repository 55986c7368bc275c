"""A running portal, seen from outside."""

from pathlib import Path

import requests


class Portal:
    """Whatever its address and its LOCAL_DIR tell of it."""

    def __init__(self, url: str, local_dir: Path) -> None:
        self.url = url
        self.local_dir = local_dir

    @property
    def mail_url(self) -> str:
        """The mailbox's address, without a slash at the end."""
        return self.env()["MAILBOX_URL"].rstrip("/")

    def env(self) -> dict[str, str]:
        """LOCAL_DIR/env."""
        pairs = (line.partition("=") for line in (self.local_dir / "env").read_text().splitlines() if line)
        return {name: value for name, _, value in pairs}

    def pid_of(self, name: str) -> int:
        """The main process of `web`, `worker`, `clock`, `cloud`, `database` or `mailbox`."""
        return int((self.local_dir / "run" / f"{name}.pid").read_text().split()[0])

    def answers(self) -> bool:
        """Whether a web process answers now."""
        try:
            return requests.get(f"{self.url}/check-status", timeout=5).status_code == 200
        except requests.RequestException:
            return False

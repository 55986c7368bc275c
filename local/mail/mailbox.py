"""The mailbox as a process: where the local cloud's mails go, and where people read them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from local.process.environment import product_env
from local.process.ports import LOOPBACK
from local.process.process import Process
from local.process.program import Program
from local.process.ready import status_of, wait_until
from local.process.startable import Startable


class Mailbox(Startable):
    """The mailbox on `directory`; mails survive a restart."""

    def __init__(
        self,
        directory: Path,
        *,
        smtp_port: int,
        http_port: int,
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory = directory
        self._smtp_port = smtp_port
        self._http_port = http_port
        self._interrupted = interrupted
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """Its page."""
        return f"http://{LOOPBACK}:{self._http_port}/"

    def start(self) -> Process:
        """Start it and wait until its page answers."""
        self._process = Process(self._program())
        wait_until(lambda: status_of(self.url) == 200, self._process, 30, self._interrupted)
        return self._process

    def stop(self) -> None:
        """Stop it; safe to call when it never started."""
        if self._process:
            self._process.stop()
            self._process = None

    def _program(self) -> Program:
        ports = ["--smtp-port", str(self._smtp_port), "--http-port", str(self._http_port)]
        argv = [sys.executable, "-m", "local.mail.server", "--directory", str(self._directory / "mail")]
        return Program("mailbox", [*argv, *ports], product_env(os.environ, {}), self._directory)

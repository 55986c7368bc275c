"""The infrastructure part of the portal on one machine: mailbox, database, local cloud, all provisioned.

`make run` adds web, worker and clock to it; tests use it by itself:

    with Stack(tmp_path) as stack:
        stack.env["DATABASE_URL"]
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

from local.cloud import Cloud
from local.console import step
from local.credentials import Clients, client_env
from local.database import Database
from local.files import Secrets, write_env
from local.ports import LOOPBACK, RememberedPorts
from local.processes import Process, Program, wait_until
from local.provision import provision
from local.startable import Startable

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stack(Startable):
    """Everything the product needs from the world, on `directory`. Without `mail_port` a free one is chosen."""

    def __init__(
        self,
        directory: Path,
        *,
        mail_port: int | None = None,
        avoid_ports: tuple[int, ...] = (),
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory.absolute()
        self._interrupted = interrupted
        ports = RememberedPorts(self.directory / "ports.json", avoid_ports)
        self._smtp_port = ports.port("smtp")
        self.mail_port = mail_port or ports.port("mail")
        self.database = Database(self.directory, ports=ports, interrupted=interrupted)
        self.cloud = Cloud(self.directory, self._smtp_port, ports=ports, interrupted=interrupted)
        self.env: dict[str, str] = {}
        self.processes: list[Process] = []
        self._mailbox: Process | None = None

    @property
    def mail_url(self) -> str:
        """The mailbox's page."""
        return f"http://{LOOPBACK}:{self.mail_port}/"

    def start(self) -> None:
        """Start and provision all parts; on any error (or interruption) the caller calls `stop`."""
        self.directory.mkdir(parents=True, exist_ok=True)
        # Passwords, keys and other people's pictures: for the owner's eyes.
        self.directory.chmod(0o700)
        with step("database"):
            self.processes.append(self.database.start())
        with step("mailbox"):
            self.processes.append(self._start_mailbox())
        with step("local cloud"):
            self.processes.append(self.cloud.start())
        with step("bucket, queues, user pool, operator account"):
            self.env = self._provision()
            write_env(self.directory / "env", self.env)

    def stop(self) -> None:
        """Stop mailbox, cloud and database, in this order; safe to call at any time."""
        if self._mailbox:
            self._mailbox.stop()
            self._mailbox = None
        self.cloud.stop()
        self.database.stop()
        self.processes.clear()

    def _provision(self) -> dict[str, str]:
        secrets = Secrets(self.directory / "secrets.json")
        cloud = client_env(self.directory, self.cloud.endpoint)
        clients = Clients(self.cloud.endpoint, cloud["AWS_ACCESS_KEY_ID"], cloud["AWS_SECRET_ACCESS_KEY"])
        # The suffix meets the pool's rule (a letter and a digit) whatever chance gave.
        names = provision(clients, self.cloud.endpoint, f"{secrets.get('operator', 12)}-a1")
        return {
            **cloud,
            **names,
            "DATABASE_URL": self.database.url(),
            "SESSION_SECRET": secrets.get("session", 36),
            "COOKIE_SECURE": "false",
            "MAILBOX_URL": self.mail_url,
        }

    def _start_mailbox(self) -> Process:
        arguments = ["--smtp-port", str(self._smtp_port), "--http-port", str(self.mail_port)]
        process = self._mailbox = Process(
            Program(
                "mailbox",
                [
                    sys.executable,
                    "-m",
                    "local.mailbox",
                    "--directory",
                    str(self.directory / "mail"),
                    *arguments,
                ],
                product_env(os.environ, {}),
                self.directory,
            )
        )
        wait_until(lambda: status_of(self.mail_url) == 200, process, 30, self._interrupted)
        return process


def product_env(outer: Mapping[str, str], stack: Mapping[str, str]) -> dict[str, str]:
    """The environment of a product process: the outer one without its AWS and make settings, then the stack's."""
    env = {
        key: value
        for key, value in outer.items()
        if not key.startswith(("AWS_", "BOTO_"))
        and key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PYTHONPATH")
    }
    # A proxy is for the world outside; all that the stack offers is on loopback.
    exceptions = ",".join(
        filter(None, [outer.get("no_proxy") or outer.get("NO_PROXY"), LOOPBACK, "localhost"])
    )
    return {**env, "NO_PROXY": exceptions, "no_proxy": exceptions, "PYTHONUNBUFFERED": "1", **stack}


def status_of(url: str) -> int:
    """The HTTP status that a GET of a loopback address answers; 0 when nothing answers within 5 s."""
    try:
        with _DIRECT.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except (OSError, ValueError):
        return 0

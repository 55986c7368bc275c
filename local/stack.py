"""The infrastructure part of the portal on one machine: mailbox, database, local cloud, all provisioned.

`make run` adds web, worker and clock to it; tests use it by itself:

    with Stack(tmp_path) as stack:
        stack.env["DATABASE_URL"]
"""

from collections.abc import Callable
from pathlib import Path

from local.cloud.clients import Clients
from local.cloud.credentials import client_env
from local.cloud.mariadb import Database
from local.cloud.ministack import Cloud
from local.cloud.provision import provision
from local.console import step
from local.files import Secrets, write_env
from local.mail.mailbox import Mailbox
from local.process.ports import RememberedPorts
from local.process.process import Process
from local.process.startable import Startable
from local.receipt_key import receipt_key


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
        ports = RememberedPorts(self.directory / "ports.json", avoid_ports)
        smtp_port = ports.port("smtp")
        self.mail_port = mail_port or ports.port("mail")
        self.database = Database(self.directory, ports=ports, interrupted=interrupted)
        self.mailbox = Mailbox(
            self.directory, smtp_port=smtp_port, http_port=self.mail_port, interrupted=interrupted
        )
        self.cloud = Cloud(self.directory, smtp_port, ports=ports, interrupted=interrupted)
        self.env: dict[str, str] = {}
        self.processes: list[Process] = []

    @property
    def mail_url(self) -> str:
        """The mailbox's page."""
        return self.mailbox.url

    def start(self) -> None:
        """Start and provision all parts; on any error (or interruption) the caller calls `stop`."""
        self.directory.mkdir(parents=True, exist_ok=True)
        # Passwords, keys and other people's pictures: for the owner's eyes.
        self.directory.chmod(0o700)
        with step("database"):
            self.processes.append(self.database.start())
        with step("mailbox"):
            self.processes.append(self.mailbox.start())
        with step("local cloud"):
            self.processes.append(self.cloud.start())
        with step("bucket, queues, user pool, accounts of operator, moderator and watcher"):
            self.env = self._provision()
            write_env(self.directory / "env", self.env)

    def stop(self) -> None:
        """Stop mailbox, cloud and database, in this order; safe to call at any time."""
        self.mailbox.stop()
        self.cloud.stop()
        self.database.stop()
        self.processes.clear()

    def _provision(self) -> dict[str, str]:
        secrets = Secrets(self.directory / "secrets.json")
        cloud = client_env(self.directory, self.cloud.endpoint)
        clients = Clients(self.cloud.endpoint, cloud["AWS_ACCESS_KEY_ID"], cloud["AWS_SECRET_ACCESS_KEY"])
        # The suffix meets the pool's rule (a letter and a digit) whatever chance gave.
        passwords = (f"{secrets.get(name, 12)}-a1" for name in ("operator", "moderator", "watcher"))
        names = provision(clients, self.cloud.endpoint, *passwords)
        return {
            **cloud,
            **names,
            "DATABASE_URL": self.database.tiers_url(),
            "MIGRATIONS_DATABASE_URL": self.database.url(),
            "SESSION_SECRET": secrets.get("session", 36),
            "RECEIPT_PRIVATE_KEY": receipt_key(self.directory),
            "COOKIE_SECURE": "false",
            "MAILBOX_URL": self.mail_url,
        }

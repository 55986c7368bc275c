"""A private MariaDB in a directory of its own: unprivileged, on loopback, gone when it is stopped."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from local.cloud.mariadb_sql import TIERS, USER, accounts, system_tables
from local.console import LocalError
from local.files import Secrets, write_private
from local.process.ports import LOOPBACK, RememberedPorts
from local.process.process import Process
from local.process.program import Program
from local.process.ready import run_to_end, wait_until
from local.process.startable import Startable

# Debian keeps server programs where an ordinary user's PATH doesn't look.
PROGRAM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
# Without TLS, which is not for loopback: to be ready for it, PyMySQL reads all certificates for each connection.
OPTIONS = "charset=utf8mb4&ssl_disabled=true"


class Database(Startable):
    """MariaDB on `directory`; `url()` once started. Usable as a context manager, also from tests.

    The account may create further databases whose names begin with `portal`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        ports: RememberedPorts | None = None,
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory.absolute()
        self._data = self.directory / "database"
        self._temporary = (
            self.directory / "database-tmp"
        )  # a server that starts clears its folder of others' tables
        self._ports = ports or RememberedPorts(self.directory / "ports.json")
        self._interrupted = interrupted
        self._port = 0
        self._process: Process | None = None

    def start(self) -> Process:
        """Create the files on first use, start the server, wait until it answers (first 1–2 s, then 0.5 s)."""
        self._temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._data / "mysql").is_dir():
            self._install()
        self._port = self._ports.port("database")
        self._process = Process(self._program())
        wait_until(self._answers, self._process, 30, self._interrupted)
        return self._process

    def stop(self) -> None:
        """Stop the server cleanly; safe to call when it never started."""
        if self._process:
            self._process.stop()
            self._process = None

    def url(self, name: str = "portal") -> str:
        """The owner's address of one database of this server; the product's own is `portal`."""
        return f"mysql+pymysql://{USER}:{self._password}@{LOOPBACK}:{self._port}/{name}?{OPTIONS}"

    def tiers_url(self) -> str:
        """DATABASE_URL for the tiers, once the migrations have made their user."""
        password = Secrets(self.directory / "secrets.json").get("tiers")
        return f"mysql+pymysql://{TIERS}:{password}@{LOOPBACK}:{self._port}/portal?{OPTIONS}"

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1, once started."""
        return self._port

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        return self._answers()

    @property
    def _password(self) -> str:
        return Secrets(self.directory / "secrets.json").get("database")

    def _install(self) -> None:
        # An interrupted installation leaves no whole system tables: begin afresh beside, then rename.
        draft = self.directory / "database.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        script = self.directory / "database-install.sql"
        write_private(script, system_tables(Path(self._server)))
        arguments = [
            "--no-defaults",
            "--bootstrap",
            f"--datadir={draft}",
            f"--tmpdir={self._temporary}",
            "--enforce-storage-engine=",
            "--max-allowed-packet=8M",
            "--innodb-log-file-size=8M",
            *_as_root(),
        ]
        try:
            program = self._named("database-install", arguments, stdin=script)
            run_to_end(program, 120, self._interrupted)
        finally:
            script.unlink()
        draft.rename(self._data)

    def _program(self) -> Program:
        init_file = self._data / "accounts.sql"
        write_private(init_file, accounts(self._password))
        return self._named(
            "database",
            [
                "--no-defaults",
                f"--datadir={self._data}",
                f"--tmpdir={self._temporary}",
                # Relative to the data directory, as a socket's whole path may have 107 bytes at most.
                "--socket=mariadb.sock",
                "--pid-file=mariadb.pid",
                f"--bind-address={LOOPBACK}",
                f"--port={self._port}",
                f"--init-file={init_file}",
                "--skip-name-resolve",
                "--skip-log-bin",
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_ci",
                "--default-time-zone=+00:00",
                "--innodb-log-file-size=8M",
                "--innodb-buffer-pool-size=64M",
                "--max-connections=200",
                *_as_root(),
            ],
        )

    @property
    def _server(self) -> str:
        path = shutil.which("mariadbd", path=PROGRAM_PATH)
        if not path:
            raise LocalError("mariadbd is missing. `python3 -m local.setup database` installs it.")
        return path

    def _named(self, name: str, arguments: list[str], stdin: Path | None = None) -> Program:
        env = {"PATH": PROGRAM_PATH, "HOME": str(self.directory), "LC_ALL": "C.UTF-8"}
        return Program(name, [self._server, *arguments], env, self.directory, stdin=stdin)

    def _answers(self) -> bool:
        # The greeting's first bytes: the port is open before the server reads its account file.
        try:
            with socket.create_connection((LOOPBACK, self._port), timeout=1) as connection:
                connection.settimeout(1)
                return connection.recv(5)[4:] == b"\x0a"
        except OSError:
            return False


def _as_root() -> list[str]:
    # MariaDB refuses to run as root unless told so by name.
    return ["--user=root"] if os.geteuid() == 0 else []

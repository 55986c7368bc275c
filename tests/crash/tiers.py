"""One process of the Procfile with wires of its own, so that what it asks is told apart, and it alone can be killed."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import requests

from local.drive.waiting import wait_until
from local.process.ports import free_port
from local.process.process import Process
from local.process.procfile import Procfile
from local.process.program import Program
from tests.crash.aws_wire import AwsWire
from tests.crash.calls import Calls
from tests.crash.mysql_wire import MySqlWire

START_SECONDS = 60.0


class Tier:
    """A line of the Procfile (`web`, `worker` or `ticker`) under the name of a role. `url` is where it serves."""

    def __init__(
        self, role: str, line: str, env: Mapping[str, str], directory: Path, calls: Calls, database_port: int
    ) -> None:
        self.role, self.line, self._calls = role, line, calls
        self.aws = AwsWire(role, env["AWS_ENDPOINT_URL"], calls)
        self.mysql = MySqlWire(role, database_port, calls)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.directory = directory / role
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        mine = {name: value for name, value in env.items() if name != "MIGRATIONS_DATABASE_URL"}
        mine |= {
            "AWS_ENDPOINT_URL": self.aws.url,
            "DATABASE_URL": env["DATABASE_URL"].replace(f":{database_port}/", f":{self.mysql.port}/"),
            "PORT": str(self.port),
            "TMPDIR": str(self.directory / "tmp"),
            "WEB_WORKERS": "1",
        }
        for name in ("SQS_QUEUE_URL", "SQS_DLQ_URL"):
            mine[name] = self.aws.url + urlsplit(env[name]).path
        self.env = mine
        self.process: Process | None = None

    def program(self, extra: Mapping[str, str]) -> Program:
        """How it is started: the Procfile's line as it is, but for the port of the tick's."""
        made = Procfile().program(self.line, self.directory, os.environ, {**self.env, **extra})
        command = made.argv[-1].replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        return Program(made.name, ["/bin/sh", "-c", command], made.env, made.directory)

    def start(self, extra: Mapping[str, str] | None = None) -> None:
        """Start it, again if it has ended; `ready` waits for it."""
        if self.process is not None:
            self.process.kill_group()
        self._began = self._calls.mark()
        self.process = Process(self.program(extra or {}))

    def ready(self) -> None:
        """Wait until it serves, or polls."""
        wait_until(self.works, START_SECONDS, f"{self.role} works (see {self.directory}/log)")

    def kill(self) -> None:
        """SIGKILL to all of its processes at once."""
        assert self.process
        self.process.kill_group()

    @property
    def ended(self) -> bool:
        """Whether its main process runs no more."""
        return self.process is None or self.process.code is not None

    def stop(self) -> None:
        """As a person stops it, and the end of its wires."""
        if self.process is not None:
            self.process.stop()
        self.aws.close()
        self.mysql.close()

    @property
    def pid(self) -> int:
        """Of its main process."""
        assert self.process
        return self.process.pid

    def pids(self) -> list[int]:
        """Of its main process and all that descend from it."""
        with suppress(psutil.NoSuchProcess):
            return [self.pid, *(child.pid for child in psutil.Process(self.pid).children(recursive=True))]
        return []

    def works(self) -> bool:
        """Whether it serves, or has polled since it was started."""
        if self.ended:
            raise AssertionError(f"{self.role} ended with {self.process and self.process.code}")
        if self.line == "worker":
            return self._calls.polled_since(self.role, self._began)
        with suppress(requests.RequestException):
            return requests.get(f"{self.url}/check-status", timeout=5).ok
        return False

    def owner(self, port: int) -> int:
        """The process of this tier that has a connection open from this port; 0 when it has gone already."""
        for pid in self.pids():
            with suppress(psutil.Error):
                for connection in psutil.Process(pid).net_connections("tcp4"):
                    if connection.laddr.port == port:
                        return pid
        return 0


assert sys.platform == "linux", "processes are told by /proc"

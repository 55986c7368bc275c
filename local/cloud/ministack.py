"""The local stand-in for AWS: S3, SQS and Cognito on one loopback port, with signatures and codes enforced."""

import http.client
import json
import os
from collections.abc import Callable
from pathlib import Path

from local.cloud.clients import REGION
from local.cloud.sender import SENDER
from local.console import LocalError
from local.process.ports import LOOPBACK, RememberedPorts
from local.process.process import Process
from local.process.program import ROOT, Program
from local.process.ready import wait_until
from local.process.startable import Startable


class Cloud(Startable):
    """The stand-in on `directory`; state survives a restart. `smtp_port` is where it sends mails."""

    def __init__(
        self,
        directory: Path,
        smtp_port: int,
        *,
        ports: RememberedPorts | None = None,
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self.directory = directory.absolute()
        self._smtp_port = smtp_port
        self._ports = ports or RememberedPorts(self.directory / "ports.json")
        self._interrupted = interrupted
        self._port = 0
        self._process: Process | None = None

    def start(self) -> Process:
        """Start it and wait until it answers (about 1 s)."""
        self._port = self._ports.port("cloud")
        self._process = Process(self._program())
        wait_until(self.answers, self._process, 60, self._interrupted)
        return self._process

    def stop(self) -> None:
        """Stop it cleanly, which writes its state; safe to call when it never started."""
        if self._process:
            self._process.stop()
            self._process = None

    @property
    def endpoint(self) -> str:
        """AWS_ENDPOINT_URL, once started."""
        return f"http://{LOOPBACK}:{self._port}"

    def answers(self) -> bool:
        """Whether it is ready for requests now."""
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            response = connection.getresponse()
            return response.status == 200 and json.load(response)["auth"] == "enabled"
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _program(self) -> Program:
        python = ROOT / ".cloud-venv" / "bin" / "python"
        if not python.exists():
            raise LocalError(f"{python} is missing. `python3 -m local.setup cloud` installs it.")
        home = self.directory / "cloud"
        for part in ("state", "objects", "tmp"):
            (home / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home),
            # It keeps a process-id file in the temporary directory.
            "TMPDIR": str(home / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "SERVICES": "s3,sqs,cognito-idp,ses,iam",
            "AUTH": "true",
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(home / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(home / "objects"),
            "GATEWAY_PORT": str(self._port),
            # It listens on every interface by default, and on 8883 whatever SERVICES says.
            "BIND_HOST": LOOPBACK,
            "IOT_MTLS_ENABLED": "off",
            "SFTP_ENABLED": "off",
            # At start it would otherwise tidy up containers that it takes for its own.
            "DOCKER_HOST": "unix:///nonexistent",
            "SMTP_HOST": f"{LOOPBACK}:{self._smtp_port}",
            "COGNITO_DEFAULT_FROM": SENDER,
            "LOG_LEVEL": "WARNING",
        }
        server = ROOT / "local" / "cloud" / "ministack_server.py"
        # -P: the modules beside the server are none that it, or what it imports, asks for by name.
        return Program("cloud", [str(python), "-P", str(server)], env, self.directory, cwd=home)

"""The two stand-ins for AWS, each a process of its own on a free loopback port. Nothing of them is product code."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from local.drive.waiting import wait_until

REGION = "eu-west-1"
ROOT = Path(__file__).parents[1]


def aws_environment(endpoint: str) -> dict[str, str]:
    """The variables with which any AWS client talks to a stand-in, and to nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def moto_server(log: Path) -> Iterator[str]:
    """A moto server for S3, SQS and Cognito; yields its URL. It checks no signatures and forgets everything."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port, "/moto-api/", {}, log) as endpoint:
        yield endpoint


@contextmanager
def ministack_server(log: Path, state: Path) -> Iterator[str]:
    """A ministack with S3, SQS and Cognito, checking signatures; yields its URL.

    It pins a botocore of its own and so has an interpreter of its own: MINISTACK_PYTHON, by default the one
    that `make test` installs.
    """
    python = os.environ.get("MINISTACK_PYTHON", str(ROOT / ".cloud-venv/bin/python"))
    port = free_port()
    settings = {
        "SERVICES": "s3,sqs,cognito-idp",
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "off",  # or it opens a port on every interface
        "STATE_DIR": str(state / "state"),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(state),
    }
    state.mkdir(parents=True, exist_ok=True)
    server = str(ROOT / "local/cloud/ministack_server.py")  # with what it is taught there
    with _running([python, "-P", server], port, "/_ministack/health", settings, log) as endpoint:
        yield endpoint


@contextmanager
def _running(
    command: list[str], port: int, health: str, settings: dict[str, str], log: Path
) -> Iterator[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    endpoint = f"http://127.0.0.1:{port}"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, env=clean | settings, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            wait_until(lambda: _answers(endpoint + health, process, log), 30, f"{command} answers")
            yield endpoint
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"ended with {process.returncode}: {log.read_text()[-2000:]}")
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  # a loopback URL made here
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False

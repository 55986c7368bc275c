"""`make run` and the product's programs when something is in the way; and what a running portal leaves open."""

import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from local.drive.portal_process import ROOT, PortalProcess
from local.drive.processes import LOOPBACK, free_ports, is_alive, listening
from tests.system.aws import aws

NEEDED_BY_BOTH = [
    *("AWS_REGION", "S3_BUCKET", "SQS_QUEUE_URL", "SQS_DLQ_URL", "DATABASE_URL", "COGNITO_USER_POOL_ID")
]
NEEDED_BY_WEB = [*NEEDED_BY_BOTH, "COGNITO_CLIENT_ID", "SESSION_SECRET"]


def procfile() -> dict[str, str]:
    """Name and command of each of the product's processes."""
    lines = [line.partition(": ") for line in (ROOT / "Procfile").read_text().splitlines()]
    return {name: command for name, _, command in lines}


@pytest.mark.parametrize("variable", ["PORT", "MAIL_PORT"])
def test_a_taken_port_is_named_in_one_line_and_nothing_is_left_running(tmp_path: Path, variable: str) -> None:
    # Given a portal's settings of which one port is somebody else's
    portal = PortalProcess(tmp_path)
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        # When it is started
        begun = time.monotonic()
        run = subprocess.run(
            ["make", "run"],
            cwd=ROOT,
            env={**portal.environment(), variable: port},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        seconds = time.monotonic() - begun
    # Then it says so and has gone
    assert run.returncode != 0
    complaints = [line for line in run.stderr.splitlines() if not line.startswith("make: ***")]
    assert len(complaints) == 1, run.stderr
    assert f"Port {port} is taken" in complaints[0]
    assert f"{variable}=" in complaints[0]
    assert seconds < 10
    assert [pid for pid in portal.pids() if is_alive(pid)] == []


@pytest.mark.parametrize(
    ("process", "needed"), [("web", NEEDED_BY_WEB), ("worker", NEEDED_BY_BOTH), ("clock", NEEDED_BY_BOTH)]
)
def test_missing_configuration_stops_the_start_with_every_fault_and_no_traceback(
    process: str, needed: list[str]
) -> None:
    [port] = free_ports(1)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    run = subprocess.run(
        ["sh", "-c", procfile()[process]],
        cwd=ROOT,
        env={"PATH": path, "PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert [name for name in needed if f"{name} is missing." not in said] == []
    assert "Traceback" not in said


def test_nothing_that_make_run_starts_listens_beyond_this_machine(portal: PortalProcess) -> None:
    addresses = listening(portal.pids())
    assert {address for address, _ in addresses} == {LOOPBACK}
    ports = {port for _, port in addresses}
    assert {portal.port, portal.mail_port} <= ports
    assert len(ports) == 5  # web, mailbox page, mailbox SMTP, cloud, database


def test_the_environment_file_is_private_and_opens_the_same_stack_for_any_client(
    portal: PortalProcess,
) -> None:
    file = portal.local_dir / "env"
    assert file.stat().st_mode & 0o777 == 0o600
    env = portal.env()
    assert aws(portal, "s3").list_objects_v2(Bucket=env["S3_BUCKET"])["Name"] == env["S3_BUCKET"]
    attributes = aws(portal, "sqs").get_queue_attributes(
        QueueUrl=env["SQS_QUEUE_URL"], AttributeNames=["RedrivePolicy"]
    )
    assert "deadLetterTargetArn" in attributes["Attributes"]["RedrivePolicy"]
    pool = aws(portal, "cognito-idp").describe_user_pool(UserPoolId=env["COGNITO_USER_POOL_ID"])
    assert pool["UserPool"]["Id"] == env["COGNITO_USER_POOL_ID"]


@pytest.mark.parametrize("name", ["web", "worker", "clock"])
def test_processes_run_with_the_words_of_their_line_in_the_procfile(portal: PortalProcess, name: str) -> None:
    exec_, program, *words = shlex.split(procfile()[name])
    running = psutil.Process(portal.pid_of(name)).cmdline()
    assert exec_ == "exec"
    # A script shows its interpreter before itself.
    assert [Path(word).name for word in running[: -len(words)]] in ([program], ["python", program])
    assert running[-len(words) :] == words

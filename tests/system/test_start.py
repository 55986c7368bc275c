"""`make run` and the product's programs when something is in the way; and what a running portal leaves open."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.system.aws import aws
from tests.system.portal_process import LOOPBACK, ROOT, PortalProcess, free_ports, is_alive, listening

GUNICORN = ["gunicorn", "--config", "web/gunicorn.conf.py", "web.wsgi:app"]
CELERY = ["celery", "--app", "worker.app", "worker", "--concurrency", "2"]
NEEDED_BY_BOTH = ["AWS_REGION", "S3_BUCKET", "SQS_QUEUE_URL", "SQS_DLQ_URL", "DATABASE_URL"]
NEEDED_BY_WEB = [*NEEDED_BY_BOTH, "COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "SESSION_SECRET"]


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
    ("program", "needed"), [(GUNICORN, NEEDED_BY_WEB), (CELERY, NEEDED_BY_BOTH)], ids=["web", "worker"]
)
def test_missing_configuration_stops_the_start_with_every_fault_and_no_traceback(
    program: list[str], needed: list[str]
) -> None:
    [port] = free_ports(1)
    bind = ["--bind", f"{LOOPBACK}:{port}"] if program is GUNICORN else []
    run = subprocess.run(
        [sys.executable, "-m", program[0], *bind, *program[1:]],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
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
    # The kernel writes 127.0.0.1 in hexadecimal, last byte first.
    assert [address for address in addresses if not address.startswith("0100007F:")] == []
    ports = {int(address.split(":")[1], 16) for address in addresses}
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


def test_processes_show_in_their_command_line_what_they_are(portal: PortalProcess) -> None:
    for name, words in (("web", ["gunicorn", "web.wsgi"]), ("worker", ["celery", "worker"])):
        line = Path(f"/proc/{portal.pid_of(name)}/cmdline").read_bytes().decode()
        assert [word for word in words if word not in line] == []

"""Each bundle, unpacked in an empty folder, starts by its own Procfile and holds nothing of the other tier."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from worker.consume.settings import WORKER_FLAGS

COMMON = {
    "AWS_REGION": "eu-west-1",
    "S3_BUCKET": "a-bucket",
    "SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/q",
    "SQS_DLQ_URL": "https://sqs.eu-west-1.amazonaws.com/1/d",
    "DATABASE_URL": "mysql+pymysql://u:p@h/db",
    "COGNITO_USER_POOL_ID": "eu-west-1_Ab1",
    "AWS_ACCESS_KEY_ID": "test",  # on an instance: its profile
    "AWS_SECRET_ACCESS_KEY": "test",
}
WEB = COMMON | {
    "COGNITO_CLIENT_ID": "abc123",
    "SESSION_SECRET": "x" * 40,
}
WITH = {"web": WEB, "worker": COMMON}
ENTRIES = [("web", "web.wsgi"), ("worker", "worker.app"), ("worker", "worker.sweep.wsgi")]


def run(folder: Path, command: list[str], settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run in the bundle's folder, with nothing of this process's environment but the interpreter's programs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    env = {"PATH": path, "AWS_EC2_METADATA_DISABLED": "true"} | settings
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("tier", "module"), ENTRIES)
def test_without_configuration_only_that_is_missing(bundles: Path, tier: str, module: str) -> None:
    done = run(bundles / tier, [sys.executable, "-c", f"import {module}"], {})
    assert done.returncode == 1
    assert done.stderr.startswith("The configuration is not usable:\n"), done.stderr
    assert "  - SQS_QUEUE_URL is missing." in done.stderr


@pytest.mark.parametrize(("tier", "module"), [("web", "web.wsgi"), ("worker", "worker.sweep.wsgi")])
def test_with_configuration_it_answers_the_health_check(bundles: Path, tier: str, module: str) -> None:
    code = (
        f"import gc, {module} as m; print(m.__file__, gc.isenabled());"
        "print(m.app.test_client().get('/check-status', base_url='https://x').status_code)"
    )
    done = run(bundles / tier, [sys.executable, "-c", code], WITH[tier])
    assert done.returncode == 0, done.stderr
    file, collects, status = done.stdout.split()
    assert Path(file).is_relative_to(bundles / tier)
    assert (collects, status) == ("True", "200")


@pytest.mark.parametrize("tier", ["web", "worker"])
def test_gunicorn_takes_the_procfiles_command(bundles: Path, tier: str) -> None:
    command = commands(bundles / tier)["web"]
    done = run(bundles / tier, [*command, "--check-config", "--print-config"], WITH[tier])
    assert done.returncode == 0, done.stderr
    [bind] = re.findall(r"^bind += (.*)", done.stdout, re.M)
    assert bind == "['127.0.0.1:8000']", "where Beanstalk's nginx looks"


def test_the_web_tier_listens_where_a_port_property_sends_nginx(bundles: Path) -> None:
    command = [*commands(bundles / "web")["web"], "--check-config", "--print-config"]
    done = run(bundles / "web", command, WITH["web"] | {"PORT": "9123"})
    assert re.findall(r"^bind += (.*)", done.stdout, re.M) == ["['127.0.0.1:9123']"], done.stderr


def test_celery_takes_the_procfiles_command(bundles: Path) -> None:
    command = commands(bundles / "worker")["worker"]
    done = run(bundles / "worker", [*command, "--help"], WITH["worker"])
    assert done.returncode == 0, done.stderr
    assert set(WORKER_FLAGS) <= set(command)


def test_the_migration_comes_along(bundles: Path) -> None:
    for tier in ("web", "worker"):
        done = run(bundles / tier, [sys.executable, "-m", "shared.migrations"], {})
        assert (done.returncode, done.stderr) == (1, "DATABASE_URL is missing.\n")


@pytest.mark.parametrize(("tier", "other"), [("web", "worker"), ("worker", "web")])
def test_the_other_tier_is_not_there(bundles: Path, tier: str, other: str) -> None:
    done = run(bundles / tier, [sys.executable, "-c", f"import {other}"], {})
    assert f"No module named '{other}'" in done.stderr


def commands(folder: Path) -> dict[str, list[str]]:
    """The processes of an unpacked bundle, each as a shell would run it."""
    lines = (folder / "Procfile").read_text().splitlines()
    parsed = [line.split(": exec ", 1) for line in lines]
    return {name: shlex.split(command) for name, command in parsed}

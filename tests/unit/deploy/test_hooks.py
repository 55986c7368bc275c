"""The platform hooks, run with a stand-in for systemctl and for the instance's Python."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.support import ROOT

MIGRATE = ROOT / ".platform/hooks/predeploy/10-migrate.sh"
DRAIN = ROOT / ".platform/hooks/predeploy/worker-20-drain.sh"
START = ROOT / ".platform/confighooks/postdeploy/worker-90-start.sh"


def program(file: Path, text: str) -> None:
    """An executable shell script."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def run(hook: Path, folder: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """A hook with `folder`/bin before the machine's own programs."""
    path = os.pathsep.join([str(folder / "bin"), "/usr/bin", "/bin"])
    return subprocess.run(
        [hook], cwd=folder, env={"PATH": path} | env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture
def systemctl(tmp_path: Path) -> Path:
    """Notes what it is asked, in the file returned; the worker counts as running while `running` exists."""
    calls = tmp_path / "calls"
    text = f'echo "$@" >> {calls}; [ "$1" != is-active ] || [ -e {tmp_path}/running ]; exit $?'
    program(tmp_path / "bin/systemctl", text)
    return calls


def test_a_running_worker_is_stopped_and_waited_for(tmp_path: Path, systemctl: Path) -> None:
    (tmp_path / "running").touch()
    done = run(DRAIN, tmp_path, UNITS=str(tmp_path / "units"))
    assert done.returncode == 0, done.stderr
    asked = systemctl.read_text().splitlines()
    assert asked == ["daemon-reload", "is-active --quiet worker.service", "stop worker.service"]
    drop_in = (tmp_path / "units/worker.service.d/10-drain.conf").read_text().splitlines()
    assert "KillMode=mixed" in drop_in
    assert "TimeoutStopSec=90" in drop_in


def test_a_new_instance_gets_the_drop_in_and_has_nothing_to_stop(tmp_path: Path, systemctl: Path) -> None:
    done = run(DRAIN, tmp_path, UNITS=str(tmp_path / "units"))
    assert done.returncode == 0, done.stderr
    assert "stop worker.service" not in systemctl.read_text()
    assert (tmp_path / "units/worker.service.d/10-drain.conf").exists()
    assert run(DRAIN, tmp_path, UNITS=str(tmp_path / "units")).returncode == 0, "and again"


def test_after_changed_properties_the_worker_is_started(tmp_path: Path, systemctl: Path) -> None:
    assert run(START, tmp_path).returncode == 0
    assert systemctl.read_text() == "start worker.service\n"


def test_the_schema_is_migrated_by_the_instances_own_python(tmp_path: Path) -> None:
    program(tmp_path / "venv/staging-x/bin/python", 'echo "$DATABASE_URL $PWD $*"')
    done = run(MIGRATE, tmp_path, VENVS=str(tmp_path / "venv"), DATABASE_URL="mysql+pymysql://h/db")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"mysql+pymysql://h/db {tmp_path} -B -m shared.migrations\n"


def test_a_failed_migration_fails_the_deployment(tmp_path: Path) -> None:
    program(tmp_path / "venv/staging-x/bin/python", "exit 3")
    assert run(MIGRATE, tmp_path, VENVS=str(tmp_path / "venv"), DATABASE_URL="x").returncode == 3


def test_an_instance_without_python_fails_the_deployment(tmp_path: Path) -> None:
    assert run(MIGRATE, tmp_path, VENVS=str(tmp_path / "venv"), DATABASE_URL="x").returncode != 0

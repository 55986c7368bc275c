"""Procfile lines as services, and the two ways in which systemd stops them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.rehearse.machine.service import Service
from deploy.rehearse.machine.units import read_procfile, read_unit, unit_text
from local.drive.waiting import wait_until
from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS

ROOT = Path(__file__).resolve().parents[4]

# A main process with a child, each of which notes the SIGTERM it gets; the main one then takes its child along.
MAIN = """
import os, signal, sys, time
def note(name, then):
    def handler(*_):
        open(name, "w").close()
        then()
    signal.signal(signal.SIGTERM, handler)
child = os.fork()
if child == 0:
    note("child-asked", lambda: os._exit(0))
else:
    note("main-asked", lambda: sys.exit(0))
    open("ready", "w").close()
while True:
    time.sleep(0.02)
"""
DROP_IN = "[Unit]\nAfter=network-online.target\n\n[Service]\nKillMode=mixed\nTimeoutStopSec=7\n"


@contextmanager
def service(folder: Path, program: str, drop_in: str = "") -> Iterator[Service]:
    """A running service whose main process is a Python program."""
    (folder / "program.py").write_text(program)
    (folder / "env").write_text("GREETING=hello\n")
    text = unit_text(f"exec {sys.executable} program.py", folder, folder / "env")
    (folder / "web.service").write_text(text)
    if drop_in:
        (folder / "web.service.d").mkdir()
        (folder / "web.service.d" / "10-drain.conf").write_text(drop_in)
    running = Service(lambda: read_unit(folder, "web"), folder / "log", {"MARK": "1"})
    running.start()
    try:
        yield running
    finally:
        stop(running)


def moved_on(running: Service, state: str) -> bool:
    running.tick()
    return running.state == state


def stop(running: Service) -> None:
    running.stop()
    wait_until(lambda: moved_on(running, "inactive"), 10, "the service has stopped")


def test_a_procfile_is_read_in_its_order_and_web_must_come_first() -> None:
    assert read_procfile("web: exec a b\nworker: exec c\n") == {"web": "exec a b", "worker": "exec c"}
    for text in ("worker: exec c\n", "web exec a\n", ""):
        with pytest.raises(ValueError, match="Procfile"):
            read_procfile(text)


def test_a_unit_without_a_drop_in_has_systemds_defaults(tmp_path: Path) -> None:
    command = "exec gunicorn --bind 127.0.0.1:8000 'a \"b\"'"
    (tmp_path / "web.service").write_text(unit_text(command, tmp_path, tmp_path / "env"))
    unit = read_unit(tmp_path, "web")
    assert unit.command == ("/bin/sh", "-c", command)
    assert (unit.kill_mode, unit.stop_seconds) == ("control-group", 90)


def test_the_drop_in_of_the_shipped_drain_hook_is_understood(tmp_path: Path) -> None:
    hook = (ROOT / ".platform" / "hooks" / "predeploy" / "worker-20-drain.sh").read_text()
    drop_in = hook.partition("<<'UNIT'\n")[2].partition("UNIT\n")[0]
    (tmp_path / "web.service").write_text(unit_text("exec true", tmp_path, tmp_path / "env"))
    (tmp_path / "web.service.d").mkdir()
    (tmp_path / "web.service.d" / "10-drain.conf").write_text(drop_in)
    unit = read_unit(tmp_path, "web")
    assert unit.kill_mode == "mixed"
    assert unit.stop_seconds > HARD_TIME_LIMIT_SECONDS


@pytest.mark.parametrize(("drop_in", "asked"), [("", True), (DROP_IN, False)], ids=["control-group", "mixed"])
def test_only_with_control_group_is_a_child_asked_to_stop_too(
    tmp_path: Path, drop_in: str, asked: bool
) -> None:
    with service(tmp_path, MAIN, drop_in) as running:
        wait_until((tmp_path / "ready").exists, 10, "the program is ready")
        wait_until(lambda: len(running.members()) == 2, 10, "it has a child")
        stop(running)
        assert (tmp_path / "main-asked").exists()
        assert (tmp_path / "child-asked").exists() is asked
        assert running.members() == set()


def test_a_service_that_ends_is_started_again_with_its_environment(tmp_path: Path) -> None:
    program = 'import os; open("ran", "a").write(os.environ["GREETING"] + os.environ["MARK"] + "\\n")'
    with service(tmp_path, program) as running:
        wait_until(lambda: moved_on(running, "active") and running.restarts >= 2, 10, "it ran three times")
    assert set((tmp_path / "ran").read_text().splitlines()) == {"hello1"}


def test_a_service_that_ignores_sigterm_is_killed_after_its_time(tmp_path: Path) -> None:
    program = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); open('ready', 'w').close(); time.sleep(60)"
    )
    with service(tmp_path, program, "[Service]\nTimeoutStopSec=0.3\n") as running:
        wait_until((tmp_path / "ready").exists, 10, "the program is ready")
        begun = time.monotonic()
        stop(running)
        assert 0.3 <= time.monotonic() - begun < 5
        assert running.killed == 1

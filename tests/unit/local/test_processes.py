"""Starting, stopping, restarting; and what a killed launcher leaves behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.console import LocalError
from local.drive.processes import is_alive
from local.drive.waiting import wait_until as eventually
from local.process.leftovers import stop_leftovers
from local.process.process import Process
from local.process.program import Program
from local.process.ready import run_to_end, wait_until
from local.process.supervisor import Supervisor, stop_together

pytestmark = pytest.mark.slow  # starts programs

ROOT = Path(__file__).resolve().parents[3]


def _program(directory: Path, script: str, name: str = "thing") -> Program:
    return Program(name, ["sh", "-c", script], {"PATH": os.environ["PATH"]}, directory)


def _eventually(condition: Callable[[], bool], seconds: float = 5) -> None:
    eventually(condition, seconds, "the condition comes about")


def test_a_program_that_fails_while_starting_is_reported_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"(?s)thing stopped while starting \(exit 3\).*the reason"):
        run_to_end(_program(tmp_path, "echo the reason; exit 3"), 5, lambda: None)


def test_a_program_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    process = Process(_program(tmp_path, "exec sleep 60"))
    with pytest.raises(LocalError, match="not ready after"):
        wait_until(lambda: False, process, 0.1, lambda: None)
    process.stop()


def test_a_program_that_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    process = Process(_program(tmp_path, "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"))
    _eventually(lambda: process.program.log.read_text().endswith("\n"))
    child = int(process.program.log.read_text())
    assert process.stop(seconds=0.2) is False
    _eventually(lambda: not is_alive(process.pid) and not is_alive(child))


def test_a_large_log_is_set_aside_at_the_next_start(tmp_path: Path) -> None:
    program = _program(tmp_path, "echo new")
    program.log.parent.mkdir()
    program.log.write_bytes(b"x" * 5_000_001)
    run_to_end(program, 5, lambda: None)
    assert program.log.read_text() == "new\n"
    assert program.log.with_name("thing.log.1").stat().st_size == 5_000_001


def test_what_ends_is_started_again_ever_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = Process(_program(tmp_path, "exit 7"))
    now = process.started_at
    supervisor = Supervisor([process], clock=lambda: now)
    delays = []
    for _ in range(7):
        _eventually(lambda: process.code is not None)
        old = process.pid
        supervisor.look()
        begun = now
        while process.pid == old:
            now += 0.1
            supervisor.look()
        delays.append(round(now - begun, 1))
        process.started_at = now
    assert delays == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0], abs=0.11)
    assert "thing stopped (exit 7); starting it again" in capsys.readouterr().out
    process.stop()


def test_a_killed_process_takes_its_children_along_before_it_is_started_again(tmp_path: Path) -> None:
    process = Process(_program(tmp_path, "sleep 60 & echo $!; wait"))
    _eventually(lambda: process.program.log.read_text().endswith("\n"))
    child = int(process.program.log.read_text())
    os.kill(process.pid, signal.SIGKILL)
    _eventually(lambda: process.code is not None)
    process.restart()
    _eventually(lambda: not is_alive(child))
    process.stop()


def test_all_are_stopped_and_the_unwilling_killed_when_hurried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    willing = Process(_program(tmp_path, "exec sleep 60", "willing"))
    unwilling = Process(
        _program(tmp_path, "trap '' TERM; echo ready; sleep 60 & wait; sleep 60", "unwilling")
    )
    _eventually(lambda: "ready" in unwilling.program.log.read_text())
    stop_together([willing, unwilling], lambda: True)
    assert willing.code == -signal.SIGTERM
    assert unwilling.code == -signal.SIGKILL
    assert "unwilling did not stop in time" in capsys.readouterr().out


@contextmanager
def launcher(directory: Path, script: str) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """Another process that has started a program, and the program's process id."""
    code = (
        "import os, sys, time; from pathlib import Path;"
        "from local.process.process import Process; from local.process.program import Program;"
        "p = Process(Program('thing', ['sh', '-c', sys.argv[2]], dict(os.environ), Path(sys.argv[1])));"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", code, str(directory), script]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_children_of_a_killed_launcher_end(tmp_path: Path) -> None:
    with launcher(tmp_path, "exec sleep 60") as (process, child):
        process.kill()
        _eventually(lambda: not is_alive(child))


def test_the_next_start_stops_what_was_left_behind(tmp_path: Path) -> None:
    with launcher(tmp_path, "exec sleep 60") as (_, child):
        assert stop_leftovers(tmp_path) == ["thing"]
        assert not is_alive(child)
        assert stop_leftovers(tmp_path) == []


def test_what_was_left_behind_and_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 60 & echo $!; wait; sleep 60"
    with launcher(tmp_path, stubborn) as (process, child):
        log = tmp_path / "log" / "thing.log"
        _eventually(lambda: log.read_text().endswith("\n"))
        process.kill()
        assert stop_leftovers(tmp_path, seconds=0.2) == ["thing"]
        _eventually(lambda: not is_alive(child) and not is_alive(int(log.read_text())))


def test_a_process_that_only_inherited_the_number_is_left_alone(tmp_path: Path) -> None:
    process = Process(_program(tmp_path, "exec sleep 60"))
    process.program.pid_file.write_text(f"{process.pid} 1\n")
    assert stop_leftovers(tmp_path) == []
    assert process.code is None
    process.stop()

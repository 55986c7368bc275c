"""Real workers and the processes in which they have pictures decoded."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from local.drive.waiting import wait_until
from tests.integration.conftest import Person, jpeg
from tests.integration.support.served import Program, program

DECODERS = ("/PIL/", "/numpy/", "pillow_heif", "simplejpeg")
WEAKER = "the sandbox is weaker than it should be"
WITHOUT_SECCOMP = [sys.executable, "-m", "tests.support_without_seccomp"]


@pytest.fixture
def environ(own_queue: dict[str, str]) -> dict[str, str]:
    """With a queue of its own."""
    return own_queue


def servers(worker: Program) -> list[psutil.Process]:
    """The one that tried the sandbox, and its branches for the pool."""
    [first] = [
        child
        for child in psutil.Process(worker.process.pid).children()
        if "worker.imaging.fork_server" in child.cmdline()
    ]
    return [first, *first.children()]


def decoders_in(pid: int) -> set[str]:
    """What of them is mapped into a process."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in DECODERS if name in maps}


def publish(person: Person, seed: int) -> None:
    upload = person.post_image(jpeg(200, 150, seed=seed)).json["id"]
    wait_until(lambda: person.get(f"/uploads/{upload}")["status"] == "published", 60, "it is published")


def test_decoders_know_no_secret_are_in_no_process_that_does_and_come_and_go_with_their_worker(
    person: Person, environ: dict[str, str], tmp_path: Path
) -> None:
    with program("worker", environ, tmp_path) as worker:
        publish(person, 1)
        started = servers(worker)
        assert len(started) >= 2
        for pid in (worker.process.pid, *worker.children()):
            assert not decoders_in(pid)
        for server in started:
            assert decoders_in(server.pid) == set(DECODERS)
            assert not {"DATABASE_URL", "AWS_SECRET_ACCESS_KEY", "S3_BUCKET"} & set(server.environ())
            assert not server.net_connections("inet")
            server.kill()
        publish(person, 2)
        publish(person, 3)
        started += [
            child for pid in worker.children() for child in psutil.Process(pid).children()
        ]  # as theirs was gone
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(60) == 0

    assert not psutil.wait_procs(started, timeout=10)[1]
    assert WEAKER not in (tmp_path / "worker.log").read_text()


def test_a_worker_that_is_killed_leaves_no_decoder(
    person: Person, environ: dict[str, str], tmp_path: Path
) -> None:
    with program("worker", environ, tmp_path) as worker:
        publish(person, 1)
        started = servers(worker)
        worker.process.kill()
        left = psutil.wait_procs(started, timeout=30)[1]
    assert len(started) >= 2
    assert not left


def test_a_kernel_without_filters_costs_one_warning(
    person: Person, environ: dict[str, str], tmp_path: Path
) -> None:
    with program("worker", environ, tmp_path, through=WITHOUT_SECCOMP) as worker:
        publish(person, 1)
        for pid in worker.children():
            os.kill(pid, signal.SIGKILL)
        publish(person, 2)
    log = (tmp_path / "worker.log").read_text()
    assert log.count(WEAKER) == 1
    assert "the kernel has no seccomp filters" in log

"""Code that has taken over a decoder gets nowhere: each attempt (attacks.py) is made in the real sandbox.

Most are made outside of it too, so that a test that could not fail is noticed.
"""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.refusals import Rejected
from tests.unit.imaging.attacks import attempt
from worker.imaging import Limits, seccomp
from worker.imaging.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
REFUSED, ENDED = "refused", "ended"
held = pytest.mark.skipif(bool(seccomp.missing()), reason=seccomp.missing())
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="module")
def unheld() -> Iterator[Sandbox]:
    """What is left where the kernel has no filters."""
    sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
    sandbox.held = False
    yield sandbox
    sandbox.close()


def outcome(sandbox: Sandbox, what: str, limits: Limits | None = None) -> str:
    """`refused` (the call failed), `ended` (the process was killed for it), or what it got."""
    try:
        answer = sandbox.run(what.encode(), b"", limits or Limits()).decode()
    except Rejected as rejected:
        return ENDED if rejected.code == "corrupt" else rejected.code
    return answer.partition(":")[0]


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """What attacks aim at: a file, the test's own process, a port that is listened on."""
    file = tmp_path_factory.mktemp("target") / "file"
    file.write_text("there")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"file": file, "folder": file.parent, "pid": os.getpid(), "port": server.getsockname()[1]}
    assert file.read_text() == "there"


@held
@pytest.mark.parametrize(
    ("what", "became"),
    [
        ("read_a_file {file}", REFUSED),
        ("read_a_file /etc/passwd", REFUSED),
        ("read_a_file /proc/{pid}/environ", REFUSED),
        ("read_a_file /proc/{pid}/mem", REFUSED),
        ("read_a_file /proc/self/environ", REFUSED),
        ("list_a_folder {folder}", REFUSED),
        ("write_a_file {file}", REFUSED),
        ("write_a_file {folder}/new", REFUSED),
        ("delete_a_file {file}", REFUSED),
        ("connect {port}", ENDED),
        ("open_a_socket", ENDED),
        ("run_a_program", ENDED),
        ("start_a_program", REFUSED),
        ("fork_a_few", REFUSED),
        ("start_threads 1", "started"),
        ("start_threads 100", "too_expensive"),
        ("trace {pid}", ENDED),
        ("read_memory_of {pid}", ENDED),
        ("send_a_signal {pid}", ENDED),
        ("map_code", REFUSED),
        ("make_memory_code", REFUSED),
        ("raise_limits", REFUSED),
        ("allocate_at_once 2000000000", "too_expensive"),
        *((f"call {name}", ENDED) for name in ("io_uring_setup", "pidfd_open", "bpf", "setns")),
    ],
)
def test_an_attack_is_refused_or_ends_its_process(
    sandbox: Sandbox, targets: dict[str, object], what: str, became: str
) -> None:
    assert outcome(sandbox, what.format(**targets)) == became


@pytest.mark.slow
def test_the_attacks_are_real(targets: dict[str, object]) -> None:
    """Outside of the sandbox they get what they want; those left out would end this process, or harm the machine."""
    for what in (
        *("read_a_file {file}", "read_a_file /proc/{pid}/environ", "list_a_folder {folder}"),
        *("write_a_file {folder}/new", "delete_a_file {folder}/new", "connect {port}", "open_a_socket"),
        *(
            "start_a_program",
            "start_threads 1",
            "send_a_signal {pid}",
            "map_code",
            "make_memory_code",
            "allocate_at_once 2000000000",
        ),
    ):
        assert not attempt(what.format(**targets).encode(), b"").startswith(b"refused"), what


@held
def test_an_attack_that_ends_its_process_is_logged(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert outcome(sandbox, "open_a_socket") == ENDED
    assert "system call that no picture needs" in caplog.text


def test_the_environment_has_no_secret(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
    monkeypatch.setenv("DATABASE_URL", "SECRET")
    known = {"LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS", "PATH"}
    assert set(sandbox.run(b"environment", b"", Limits()).decode().split()) <= known


@held
def test_memory_of_the_server_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by who may, the test as its parent: neither what the environment holds nor what this process knows."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret := os.urandom(12).hex())
    sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
    sandbox.run(b"echo", b"public", Limits())
    pid, found = sandbox.server_pid, []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if rights.startswith("rw"):
                start, end = (int(number, 16) for number in place.split("-"))
                memory.seek(start)
                found.append(memory.read(end - start))
    sandbox.close()
    assert sum(map(len, found)) > MEGABYTE
    assert not any(secret.encode() in piece for piece in found)
    assert any(b"OPENBLAS_NUM_THREADS" in piece for piece in found)


def test_no_file_or_connection_is_inherited(sandbox: Sandbox) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    try:
        assert (
            sandbox.run(b"open_descriptors", b"", Limits()) == b"0 1 2 3"
        )  # nothing, three times; the answer
    finally:
        os.close(reader)
        os.close(writer)


def test_nothing_can_be_said_but_the_answer(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    assert sandbox.run(b"write_elsewhere", b"", Limits()) == b"written"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("megabytes", [8, 64])
def test_the_memory_limit_is_hard(sandbox: Sandbox, megabytes: int) -> None:
    """Counted from what a child begins with, which is little: no more is to be had than the limit says."""
    got = int(sandbox.run(b"allocate_all", b"", Limits(memory_bytes=megabytes * MEGABYTE)))
    assert 0.7 * megabytes * MEGABYTE < got <= (megabytes + 2) * MEGABYTE


@pytest.mark.parametrize(
    "what",
    [
        *("read_a_file {file}", "read_a_file /proc/{pid}/environ", "read_a_file /proc/{pid}/mem"),
        *("list_a_folder {folder}", "write_a_file {file}", "connect {port}", "open_a_socket"),
    ],
)
def test_without_filters_limits_still_refuse_files_and_connections(
    unheld: Sandbox, targets: dict[str, object], what: str
) -> None:
    assert outcome(unheld, what.format(**targets)) == REFUSED


def test_without_filters_memory_stays_limited(unheld: Sandbox) -> None:
    assert outcome(unheld, "allocate_at_once 2000000000") == "too_expensive"

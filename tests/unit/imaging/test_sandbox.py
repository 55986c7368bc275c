"""What the end of the child means, and that neither it nor the server stays behind."""

import ast
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.drive.waiting import wait_until
from shared.domain.refusals import Rejected
from tests.unit.imaging.samples import encoded, picture, sample
from worker.imaging import DEFAULT_LIMITS, ChildLost, Limits, ProcessingError, process
from worker.imaging.exchange import HEAD, RESULT
from worker.imaging.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
LONG = Limits(wall_seconds=60)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
    sandbox.run(b"echo", b"", LONG)
    yield sandbox
    sandbox.close()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    """One whose server has no child when the test ends, while this process has no more files than before."""
    shared_sandbox.run(b"echo", b"", LONG)
    before = len(os.listdir("/proc/self/fd"))
    yield shared_sandbox
    assert not alive(server_of(shared_sandbox).children())
    assert len(os.listdir("/proc/self/fd")) == before


def server_of(sandbox: Sandbox) -> psutil.Process:
    assert sandbox.server_pid
    return psutil.Process(sandbox.server_pid)


def run(sandbox: Sandbox, what: str, data: bytes = b"", limits: Limits = DEFAULT_LIMITS) -> bytes:
    return sandbox.run(what.encode(), data, limits)


def rejection(sandbox: Sandbox, what: str, data: bytes = b"", limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(Rejected) as caught:
        run(sandbox, what, data, limits)
    return caught.value.code


class Aside:
    """One piece of work that is done in another thread, while the test does something to it."""

    def __init__(self, sandbox: Sandbox, what: str) -> None:
        self._failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._run, args=(sandbox, what))
        before = sandbox.server_pid
        self._thread.start()
        assert sandbox.server_pid == before
        (self.child,) = wait_until(server_of(sandbox).children, 20, f"{what} has begun")
        wait_until(lambda: self.child.rlimit(psutil.RLIMIT_NOFILE) == (0, 0), 20, "the child is confined")

    def _run(self, sandbox: Sandbox, what: str) -> None:
        try:
            run(sandbox, what, limits=LONG)
        except BaseException as error:  # noqa: BLE001 -- for the test to look at
            self._failed.append(error)

    def failure(self) -> BaseException:
        self._thread.join(30)
        return self._failed[0]


def test_data_and_results_larger_than_a_pipe_pass_whole(sandbox: Sandbox) -> None:
    data = os.urandom(10_000_000)
    assert run(sandbox, "echo", data) == data
    assert run(sandbox, "echo") == b""


def test_a_rejection_keeps_its_code_and_sentence(sandbox: Sandbox) -> None:
    with pytest.raises(Rejected) as caught:
        run(sandbox, "reject")
    assert (caught.value.code, caught.value.message) == ("corrupt", "Très abîmé.\nVraiment.")


def test_memory_beyond_the_limit_is_too_expensive(sandbox: Sandbox) -> None:
    limits = Limits(memory_bytes=100_000_000)
    assert rejection(sandbox, "allocate_at_once 101000000", limits=limits) == "too_expensive"
    assert run(sandbox, "allocate_at_once 90000000", limits=limits) == b"90000000"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["burn", "burn_and_ignore_the_limit"])
def test_cpu_beyond_the_limit_is_too_expensive(sandbox: Sandbox, how: str) -> None:
    assert rejection(sandbox, how, limits=Limits(cpu_seconds=1, wall_seconds=60)) == "too_expensive"


@pytest.mark.parametrize("how", ["wait_for_ever", "answer_and_stay"])
def test_who_has_not_ended_by_the_deadline_is_too_expensive(sandbox: Sandbox, how: str) -> None:
    assert rejection(sandbox, how, limits=Limits(wall_seconds=0.2)) == "too_expensive"


@pytest.mark.parametrize("how", ["touch_address_zero", "abort"])
def test_a_crash_is_the_file_s_fault(sandbox: Sandbox, how: str) -> None:
    assert rejection(sandbox, how) == "corrupt"


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1]
)
def test_a_child_killed_from_outside_is_not_a_rejection(sandbox: Sandbox, number: int) -> None:
    work = Aside(sandbox, "burn")
    work.child.send_signal(number)
    assert isinstance(work.failure(), ChildLost)


@pytest.mark.parametrize("code", [0, 1])
def test_an_exit_without_a_word_is_the_file_s_fault(sandbox: Sandbox, code: int) -> None:
    assert rejection(sandbox, f"leave {code}") == "corrupt"


@pytest.mark.parametrize(
    "answer",
    [b"", b"R", HEAD.pack(RESULT, 9) + b"less", HEAD.pack(RESULT, 2) + b"more", HEAD.pack(b"?", 2) + b"no"]
    + [HEAD.pack(b"X", len(words)) + words for words in (b"", b"NO_SUCH_CODE\nwords", b"\xff\xfe")],
)
def test_an_answer_without_sense_is_the_file_s_fault(sandbox: Sandbox, answer: bytes) -> None:
    assert rejection(sandbox, "answer_raw", answer) == "corrupt"


def test_an_answer_without_end_is_not_listened_to(sandbox: Sandbox) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert rejection(sandbox, "answer_for_ever", limits=LONG) == "too_expensive"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


def test_a_bug_of_ours_is_not_a_rejection_and_brings_its_traceback(sandbox: Sandbox) -> None:
    with pytest.raises(ProcessingError, match=r"(?s)in fail\n.*AttributeError: no such thing"):
        run(sandbox, "fail")


def test_leaving_by_system_exit_is_not_the_file_s_fault(sandbox: Sandbox) -> None:
    with pytest.raises(ChildLost):
        run(sandbox, "leave_by_an_exception")


def test_a_machine_without_processes_is_not_a_rejection() -> None:
    sandbox = Sandbox("tests.unit.imaging.no_processes:attempt")
    with pytest.raises(BlockingIOError):
        run(sandbox, "echo")


def test_an_exception_in_the_parent_ends_the_child(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> bytes:
        (child,) = wait_until(server.children, 20, "the child")
        seen.append(child)
        raise TimeoutError("the task's own limit")

    server, seen = server_of(sandbox), list[psutil.Process]()
    with monkeypatch.context() as patch:
        patch.setattr("worker.imaging.sandbox._read", interrupted)
        with pytest.raises(TimeoutError):
            run(sandbox, "burn")
    assert not psutil.wait_procs(seen, timeout=10)[1]
    assert run(sandbox, "echo", b"and the next one passes") == b"and the next one passes"


def test_a_server_that_was_killed_is_started_anew(sandbox: Sandbox) -> None:
    killed = server_of(sandbox)
    killed.kill()
    wait_until(lambda: killed.status() == psutil.STATUS_ZOMBIE, 10, "the server has ended")
    assert run(sandbox, "echo", b"passes") == b"passes"
    assert not killed.is_running()


def test_a_server_that_is_killed_at_work_takes_its_child_along(sandbox: Sandbox) -> None:
    work = Aside(sandbox, "burn")
    server_of(sandbox).kill()
    assert isinstance(work.failure(), ChildLost)
    work.child.wait(10)
    assert run(sandbox, "echo", b"passes") == b"passes"


PARENT = """
import os, sys, threading
from worker.imaging import Limits
from worker.imaging.sandbox import Sandbox
sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
sandbox.run(b"echo", b"", Limits())
print(sandbox.server_pid, flush=True)
if sys.argv[1:]:
    sandbox.run(sys.argv[1].encode(), b"", Limits(wall_seconds=60))
"""


@pytest.mark.slow
def test_a_server_ends_with_the_process_that_started_it() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, check=True, cwd=ROOT, text=True
    )
    assert ended.stderr == ""
    wait_until(lambda: not psutil.pid_exists(int(ended.stdout)), 10, "the server has ended")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_at_work_ends_with_it_too(number: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "burn"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout
        server = psutil.Process(int(parent.stdout.readline()))
        (child,) = wait_until(server.children, 20, "the child")
        parent.send_signal(number)
    assert not psutil.wait_procs([server, child], timeout=10)[1]


def test_what_stops_a_whole_group_lets_a_picture_be_finished(sandbox: Sandbox) -> None:
    server = server_of(sandbox)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        server.send_signal(number)
    assert run(sandbox, "echo", b"passes") == b"passes"
    assert sandbox.server_pid == server.pid


def told_by_a_fork(what: Callable[[], object]) -> str:
    """What it returns in a process that is forked from this one."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        try:
            os.write(writer, str(what()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        told = said.read()
    os.waitpid(child, 0)
    return told


def test_a_forked_process_gets_a_branch_of_its_parents_server(sandbox: Sandbox) -> None:
    def work() -> tuple[int | None, int | None, bytes, bytes]:
        first = run(sandbox, "echo", b"passes")
        own = server_of(sandbox)
        killed, parent = own.pid, own.ppid()
        own.kill()
        wait_until(lambda: own.status() == psutil.STATUS_ZOMBIE, 10, "the branch has ended")
        again = run(sandbox, "echo", b"passes again")
        assert sandbox.server_pid not in (killed, parent)
        assert server_of(sandbox).ppid() == parent, "the branch of the same one"
        return killed, parent, first, again

    told = told_by_a_fork(work)
    assert told
    killed, parent, first, again = ast.literal_eval(told)
    assert parent == sandbox.server_pid
    assert not psutil.pid_exists(killed), "it is not left as a zombie"
    assert (first, again) == (b"passes", b"passes again")
    wait_until(lambda: len(alive(server_of(sandbox).children())) == 0, 10, "it ends with its process")
    told_by_a_fork(lambda: run(sandbox, "echo"))
    assert run(sandbox, "echo", b"passes") == b"passes"
    wait_until(lambda: not alive(server_of(sandbox).children()), 10, "this one too")
    assert len(server_of(sandbox).children()) <= 1, "of those that ended the last alone is not noticed yet"


def test_a_forked_process_whose_parents_server_is_gone_starts_its_own() -> None:
    sandbox = Sandbox("tests.unit.imaging.attacks:attempt")
    run(sandbox, "echo")
    gone = server_of(sandbox)
    gone.kill()
    wait_until(lambda: gone.status() == psutil.STATUS_ZOMBIE, 10, "the server has ended")

    def work() -> tuple[bytes, bool]:
        answer = run(sandbox, "echo", b"passes")
        own = server_of(sandbox).ppid() == os.getpid()
        sandbox.close()
        return answer, own

    assert ast.literal_eval(told_by_a_fork(work)) == (b"passes", True)
    sandbox.close()


def test_what_a_branch_is_at_ends_with_its_process(sandbox: Sandbox) -> None:
    child = os.fork()
    if not child:
        try:
            run(sandbox, "burn", limits=LONG)
        finally:
            os._exit(0)
    (branch,) = wait_until(lambda: alive(server_of(sandbox).children()), 20, "the branch")
    (decoder,) = wait_until(branch.children, 20, "its child")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not psutil.wait_procs([decoder], timeout=10)[1]
    wait_until(lambda: not alive([branch]), 10, "the branch has ended")


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def rejection_of(data: bytes, memory_bytes: int) -> str:
    with pytest.raises(Rejected) as caught:
        process(data, Limits(memory_bytes=memory_bytes))
    return caught.value.code


@pytest.mark.slow
def test_an_image_beyond_the_memory_limit_is_too_expensive() -> None:
    assert rejection_of(encoded(picture(2000, 2000), "png"), 8_000_000) == "too_expensive"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "memory_bytes"), [("jpeg", 24_000_000), ("webp", 8_000_000)])
def test_decoders_that_disguise_lack_of_memory_are_understood(kind: str, memory_bytes: int) -> None:
    data = encoded(picture(3000, 3000), kind, **({"progressive": True} if kind == "jpeg" else {"method": 0}))
    assert rejection_of(data, memory_bytes) == "too_expensive"


def test_what_is_said_to_be_rendered_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sandbox, "run", lambda *_: b'["red;}</style><script>", "", null]\n')
    with pytest.raises(Rejected, match="corrupt"):
        process(sample("png"))

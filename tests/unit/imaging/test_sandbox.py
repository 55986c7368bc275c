"""What the end of the child means."""

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import worker.imaging
from shared.domain.refusals import Refusal, Rejected
from tests.unit.imaging.samples import encoded, picture, sample
from worker.imaging import DEFAULT_LIMITS, ChildLost, Limits, ProcessingError, process
from worker.imaging.sandbox import run


def kill_itself(number: int) -> Callable[[], bytes]:
    def work() -> bytes:
        os.kill(os.getpid(), number)
        return b"still here"

    return work


def burn() -> bytes:
    while True:
        pass


def wait_for_ever() -> bytes:
    while True:
        signal.pause()


def rejection(work: Callable[[], bytes], limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(Rejected) as caught:
        run(work, limits)
    return caught.value.code


@pytest.fixture(autouse=True)
def no_child_and_no_file_stays_behind() -> object:
    before, family = os.listdir("/proc/self/fd"), children()
    yield
    assert children() == family
    assert len(os.listdir("/proc/self/fd")) == len(before)


def children() -> set[str]:
    """The processes whose parent this one is, zombies included; other tests' servers may be among them."""
    return {
        pid for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    }


def rejection_in_a_fresh_process(data: bytes, memory_bytes: int) -> str:
    """The limit counts from what a process has mapped, and a long test run has mapped a lot that is free again."""
    script = (
        "import sys\nfrom shared.domain.refusals import Rejected\nfrom worker.imaging import Limits, process\n"
        "try: process(sys.stdin.buffer.read(), Limits(memory_bytes=int(sys.argv[1])))\n"
        "except Rejected as rejected: print(rejected.code)"
    )
    command = [sys.executable, "-c", script, str(memory_bytes)]
    root = Path(__file__).parents[3]
    run = subprocess.run(command, input=data, capture_output=True, check=True, cwd=root)
    return run.stdout.decode().strip()


def test_a_result_larger_than_a_pipe_comes_back_whole() -> None:
    assert run(lambda: b"ab" * 5_000_000, DEFAULT_LIMITS) == b"ab" * 5_000_000


def test_a_rejection_keeps_its_code_and_sentence() -> None:
    def work() -> bytes:
        raise Rejected(Refusal.CORRUPT, "Très abîmé.\nVraiment.")

    with pytest.raises(Rejected) as caught:
        run(work, DEFAULT_LIMITS)
    assert (caught.value.code, caught.value.message) == ("corrupt", "Très abîmé.\nVraiment.")


def test_memory_beyond_the_limit_is_too_expensive() -> None:
    assert rejection(lambda: bytes(200_000_000), Limits(memory_bytes=100_000_000)) == "too_expensive"
    assert len(run(lambda: bytes(50_000_000)[:1], Limits(memory_bytes=100_000_000))) == 1


@pytest.mark.slow
def test_cpu_beyond_the_limit_is_too_expensive() -> None:
    started = time.monotonic()
    assert rejection(burn, Limits(cpu_seconds=1, wall_seconds=20)) == "too_expensive"
    assert time.monotonic() - started < 15


def test_silence_until_the_deadline_is_too_expensive() -> None:
    started = time.monotonic()
    assert rejection(wait_for_ever, Limits(wall_seconds=0.2)) == "too_expensive"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL]
)
def test_a_crash_is_the_file_s_fault(number: int) -> None:
    assert rejection(kill_itself(number)) == "corrupt"


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1]
)
def test_a_child_killed_from_outside_is_not_a_rejection(number: int) -> None:
    with pytest.raises(ChildLost):
        run(kill_itself(number), DEFAULT_LIMITS)


@pytest.mark.parametrize("code", [0, 1])
def test_an_exit_without_a_word_is_the_file_s_fault(code: int) -> None:
    def work() -> bytes:
        os._exit(code)

    assert rejection(work) == "corrupt"


def test_words_are_not_believed_when_the_child_did_not_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "_exit", lambda _: os.kill(os.getpid(), signal.SIGSEGV))
    assert rejection(lambda: b"a full answer") == "corrupt"


def test_a_bug_of_ours_is_not_a_rejection_and_brings_its_traceback() -> None:
    def work() -> bytes:
        raise AttributeError("no such thing")

    with pytest.raises(ProcessingError, match=r"(?s)in work.*AttributeError: no such thing"):
        run(work, DEFAULT_LIMITS)


def test_leaving_by_system_exit_is_not_the_file_s_fault() -> None:
    def work() -> bytes:
        raise SystemExit(0)

    with pytest.raises(ChildLost):
        run(work, DEFAULT_LIMITS)


def test_a_machine_without_processes_is_not_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fork() -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(BlockingIOError):
        process(sample("jpeg"))


def test_an_exception_in_the_parent_ends_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> bytes:
        raise TimeoutError("the task's own limit")

    monkeypatch.setattr("worker.imaging.sandbox._read", interrupted)
    with pytest.raises(TimeoutError):
        run(burn, DEFAULT_LIMITS)


def test_the_child_holds_no_inherited_files_and_can_write_none() -> None:
    reader, writer = os.pipe()
    far = os.dup2(writer, 300)  # above the sandbox's own pipe

    def work() -> bytes:
        assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == 0
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
        for inherited in (writer, far):
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(inherited)
        return b"closed"

    try:
        assert run(work, DEFAULT_LIMITS) == b"closed"
    finally:
        for one in (reader, writer, far):
            os.close(one)


def test_handlers_of_the_parent_do_not_run_in_the_child() -> None:
    previous = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with pytest.raises(ChildLost):
            run(kill_itself(signal.SIGUSR1), DEFAULT_LIMITS)
    finally:
        signal.signal(signal.SIGUSR1, previous)


@pytest.mark.slow
def test_an_image_beyond_the_memory_limit_is_too_expensive() -> None:
    data = encoded(picture(2000, 2000), "png")
    assert rejection_in_a_fresh_process(data, 8_000_000) == "too_expensive"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "memory_bytes"), [("jpeg", 24_000_000), ("webp", 8_000_000)])
def test_decoders_that_disguise_lack_of_memory_are_understood(kind: str, memory_bytes: int) -> None:
    data = encoded(picture(3000, 3000), kind, **({"progressive": True} if kind == "jpeg" else {"method": 0}))
    assert rejection_in_a_fresh_process(data, memory_bytes) == "too_expensive"


def test_a_bug_in_rendering_is_never_blamed_on_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.imaging, "pack", lambda _: len(None))  # type: ignore[arg-type]
    with pytest.raises(ProcessingError, match="TypeError"):
        process(sample("png"))

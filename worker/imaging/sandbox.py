"""Run one piece of work in a child process that can hurt nobody: bounded memory, time, files, and a deadline.

Plain fork, because a Celery pool process is daemonic and multiprocessing refuses to start children there.
What the child's end means is decided here, in `_verdict`:
the file's fault is a Rejected, our bug a ProcessingError, the world's fault a ChildLost or the OSError itself.
"""

import os
import resource
import select
import signal
import struct
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.limits import Limits

_RESULT, _REJECTED, _BUG = b"R", b"X", b"B"
_HEAD = struct.Struct(">cQ")  # tag, bytes that follow
_READ_BYTES = 1 << 20
_OPEN_FILES = 16  # enough to read sources for a traceback
_EXIT_UNHEARD = 70  # sysexits.h EX_SOFTWARE: the child couldn't deliver its message

# What a decoder does to itself on a hostile file. Every other signal comes from outside.
_CRASHES = frozenset((signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL))
# Celery's handlers raise exceptions in Python; in the child these signals shall simply end it.
_DEFAULTED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM)


class ProcessingError(RuntimeError):
    """A bug of ours, not the file's fault; the text is the child's traceback."""


class ChildLost(RuntimeError):
    """The child was ended from outside; nothing is known about the file, so try again."""


def run(work: Callable[[], bytes], limits: Limits) -> bytes:
    """Return what `work` returns, computed in a forked child under `limits`.

    Raises Rejected: what `work` raised, or `too_expensive` (memory, CPU or wall clock), or `corrupt` (a crash,
    or an end without a word); ProcessingError; ChildLost; OSError when the system has no pipe or process to give.
    """
    reader, writer = os.pipe()
    try:
        try:
            child = os.fork()
            if child == 0:
                _be_the_child(work, limits, writer)
        finally:
            os.close(writer)
        return _watch(child, reader, time.monotonic() + limits.wall_seconds)
    finally:
        os.close(reader)


def _watch(child: int, reader: int, deadline: float) -> bytes:
    message, late = b"", True  # until reading ends in time: an exception on the way also ends the child
    try:
        message, late = _read(reader, deadline)
    finally:  # whatever happens, a task's time limit included, neither a child nor a zombie stays behind
        if late:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return _verdict(message, os.waitstatus_to_exitcode(status), late)


def _read(reader: int, deadline: float) -> tuple[bytes, bool]:
    """Return what the child said until it finished or fell silent, and whether the deadline came first."""
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    message = bytearray()
    while not _complete(message):
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return bytes(message), True
        piece = os.read(reader, _READ_BYTES)
        if not piece:
            break
        message += piece
    return bytes(message), False


def _complete(message: bytes | bytearray) -> bool:
    return len(message) >= _HEAD.size and len(message) == _HEAD.size + _HEAD.unpack_from(message)[1]


def _verdict(message: bytes, code: int, late: bool) -> bytes:
    """Turn the child's last words and its exit code (negative: a signal) into a result or an exception."""
    if code == 0 and _complete(message):
        tag, body = message[:1], message[_HEAD.size :]
        if tag == _RESULT:
            return body
        if tag == _REJECTED:
            name, _, sentence = body.decode().partition("\n")
            raise Rejected(Refusal[name], sentence)
        raise ProcessingError(body.decode())
    if code == -signal.SIGXCPU or (late and code == -signal.SIGKILL):
        raise Rejected(Refusal.TOO_EXPENSIVE)
    if -code in _CRASHES:
        raise Rejected(Refusal.CORRUPT)
    if code < 0 or code == _EXIT_UNHEARD:
        # A SIGKILL that isn't ours is an operator's or the kernel's, short of memory. RLIMIT_AS keeps this child
        # from being the cause, so the same file may well pass on a calmer machine: never a rejection.
        raise ChildLost(f"the imaging process ended with {code}")
    raise Rejected(Refusal.CORRUPT)  # C libraries call exit() on errors nobody caught


def _be_the_child(work: Callable[[], bytes], limits: Limits, writer: int) -> NoReturn:
    code = _EXIT_UNHEARD
    try:
        tag, body = _outcome(work, limits, writer)
        for part in (_HEAD.pack(tag, len(body)), body):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(writer, rest) :]
        code = 0
    finally:
        os._exit(code)  # never return into the parent's code: its clean-up is not ours to run


def _outcome(work: Callable[[], bytes], limits: Limits, writer: int) -> tuple[bytes, bytes]:
    try:
        _confine(limits, writer)
        return _RESULT, work()
    except Rejected as rejected:
        return _REJECTED, f"{rejected.code.name}\n{rejected.message}".encode()
    except MemoryError:
        return _REJECTED, f"{Refusal.TOO_EXPENSIVE.name}\n{Refusal.TOO_EXPENSIVE.sentence}".encode()
    except Exception:  # noqa: BLE001 — it is raised again in the parent, as ProcessingError
        return _BUG, traceback.format_exc().encode(errors="replace")


def _confine(limits: Limits, writer: int) -> None:
    for number in _DEFAULTED:
        signal.signal(number, signal.SIG_DFL)
    # Inherited connections: held open here, they would outlive a close in the parent.
    os.closerange(3, writer)
    os.closerange(writer + 1, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    with open("/proc/self/statm") as statm:
        mapped_bytes = int(statm.read().split()[0]) * resource.getpagesize()
    _lower(resource.RLIMIT_AS, mapped_bytes + limits.memory_bytes)
    _lower(
        resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1
    )  # equal limits give SIGKILL, not SIGXCPU
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, or keep a lower one that the process already has."""
    ceiling = resource.getrlimit(which)[1]
    wanted = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        wanted = [min(value, ceiling) for value in wanted]
    resource.setrlimit(which, (wanted[0], wanted[1]))

"""Run one piece of work on a hostile file in a process that can hurt nobody, and know no more of it than its answer.

The work runs in children of a process of its own (worker.imaging.fork_server), which has neither secrets nor
connections; each is held to what a decoder needs (worker.imaging.confinement). Its answer is hostile too: bounded here,
and checked by whoever asked. What the child's end means is decided here, in `_verdict`: the file's fault is a Rejected,
our bug a ProcessingError, the world's fault a ChildLost or the OSError itself.
"""

import atexit
import logging
import os
import signal
import threading
import time

from shared.domain.refusals import Refusal, Rejected
from worker.imaging import seccomp
from worker.imaging.exchange import (
    BUG,
    EXIT_UNHEARD,
    HEAD,
    MOST_FACTS_BYTES,
    REJECTED,
    REQUEST,
    RESULT,
)
from worker.imaging.limits import Limits
from worker.imaging.server_process import ChildLost, ServerProcess, is_ready

logger = logging.getLogger(__name__)

_READ_BYTES = 1 << 20
_MOST_ANSWER_BYTES = 32 << 20  # a preview of noise has 6 MB
_MOST_WORDS = 20_000  # characters of a traceback
_MOST_SENTENCE = 300

# What a decoder does to itself on a hostile file. Every other signal comes from outside.
_CRASHES = frozenset((signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL))


class ProcessingError(RuntimeError):
    """A bug of ours, not the file's fault; the text is the child's traceback."""


class Sandbox:
    """A place for one function, `MODULE:FUNCTION`, which takes facts and a file's bytes and returns bytes.

    Its server is started with the first file, and anew when it is gone; it ends with this process. Where the process
    that this one was forked from has a server, it is a branch of that. Threads take turns.
    """

    def __init__(self, work: str) -> None:
        self.held = not seccomp.missing()
        """Whether children are held to a list of system calls; set it before the first file."""
        self._work = work
        self._server: ServerProcess | None = None
        self._origin: ServerProcess | None = None
        self._turn = threading.Lock()
        os.register_at_fork(after_in_child=self._begin_anew)
        atexit.register(self.close)

    def _begin_anew(self) -> None:
        """A server belongs to the process that started it, and not to this child of it."""
        if self._server:
            self._server.disown()
            self._origin = self._server
        self._server, self._turn = None, threading.Lock()

    def _started(self) -> ServerProcess:
        if self._origin:
            try:
                return self._origin.branch()
            except ChildLost:
                logger.warning("the parent's imaging server was gone: this process starts its own")
                self._origin.end()
                self._origin = None
        return ServerProcess.started(self._work, held=self.held)

    def run(self, facts: bytes, data: bytes, limits: Limits) -> bytes:
        """Return what the work returns for `facts`, at most MOST_FACTS_BYTES of ours, and the file `data`.

        Raises Rejected: what the work raised, or `too_expensive` (memory, CPU or wall clock), or `corrupt` (a crash, an
        end without a word, an answer without sense); ProcessingError; ChildLost; OSError when the system has no
        process, pipe or memory to give.
        """
        request = REQUEST.pack(limits.memory_bytes, limits.cpu_seconds) + facts
        if len(facts) > MOST_FACTS_BYTES:
            raise ValueError("these are more facts than a request holds")
        with self._turn:
            try:
                answer, code, late = self._exchange(request, data, limits.wall_seconds)
            except BaseException:  # a task's time limit too
                self._end()  # and with the server its child, whatever it is at
                raise
        return _verdict(answer, code, late)

    @property
    def server_pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._server.pid if self._server else None

    def close(self) -> None:
        """End the server, and what it may be at."""
        with self._turn:
            self._end()

    def _end(self) -> None:
        if self._server:
            self._server.end()
            self._server = None

    def _exchange(self, request: bytes, data: bytes, seconds: float) -> tuple[bytes, int, bool]:
        """Return the child's answer, its exit code (negative: a signal), and whether it was too late."""
        reader, writer = os.pipe()
        try:
            try:
                server = self._ask(request, data, writer)
            finally:
                os.close(writer)
            deadline = time.monotonic() + seconds
            answer, late = _read(reader, deadline)
            late = late or not server.is_done(deadline)
            return answer, server.ended(kill=late), late
        finally:
            os.close(reader)

    def _ask(self, request: bytes, data: bytes, writer: int) -> "ServerProcess":
        with os.fdopen(os.memfd_create("image"), "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            if self._server:
                try:
                    return self._server.ask(request, file.fileno(), writer)
                except ConnectionError:  # it has ended since the last file: nothing is lost yet
                    logger.warning("the imaging server was gone, and is started anew")
                    self._end()
            self._server = self._started()
            return self._server.ask(request, file.fileno(), writer)


def _read(reader: int, deadline: float) -> tuple[bytes, bool]:
    """Return what the child said until it finished or fell silent, and whether the deadline or the most that it may
    say came first."""
    answer = bytearray()
    while not _is_whole(answer):
        if len(answer) > _MOST_ANSWER_BYTES or not is_ready(reader, deadline):
            return bytes(answer), True
        piece = os.read(reader, _READ_BYTES)
        if not piece:
            break
        answer += piece
    return bytes(answer), False


def _is_whole(answer: bytes | bytearray) -> bool:
    return len(answer) >= HEAD.size and len(answer) == HEAD.size + HEAD.unpack_from(answer)[1]


def _verdict(answer: bytes, code: int, late: bool) -> bytes:
    """Turn the child's last words and its exit code (negative: a signal) into a result or an exception."""
    if code == 0 and _is_whole(answer):
        return _understood(answer[:1], answer[HEAD.size :])
    if code == -signal.SIGXCPU or (late and code == -signal.SIGKILL):
        raise Rejected(Refusal.TOO_EXPENSIVE)
    if code == -signal.SIGSYS:
        # The list of calls was tried with a picture of each format when the worker began: this file is another sort.
        logger.error("a decoder was ended for a system call that no picture needs: the file may be an attack")
        raise Rejected(Refusal.CORRUPT)
    if -code in _CRASHES:
        raise Rejected(Refusal.CORRUPT)
    if code < 0 or code == EXIT_UNHEARD:
        # A SIGKILL that isn't ours is an operator's or the kernel's, short of memory. RLIMIT_AS keeps this child
        # from being the cause, so the same file may well pass on a calmer machine: never a rejection.
        raise ChildLost(f"the imaging process ended with {code}")
    raise Rejected(Refusal.CORRUPT)  # C libraries call exit() on errors nobody caught


def _understood(tag: bytes, body: bytes) -> bytes:
    if tag == RESULT:
        return body
    words = body[:_MOST_WORDS].decode(errors="replace")
    if tag == BUG:
        raise ProcessingError(words)
    name, _, sentence = words.partition("\n")
    if tag == REJECTED and name in Refusal.__members__:
        raise Rejected(Refusal[name], sentence[:_MOST_SENTENCE])
    raise nonsense()


def nonsense() -> Rejected:
    """For an answer that none of our code gives: whoever speaks there is what the file made of the decoder."""
    logger.error("a decoding process answered without sense: the file may be an attack")
    return Rejected(Refusal.CORRUPT)

"""The process that decoding processes are forked from: `python -m worker.imaging.fork_server MODULE:FUNCTION HELD`.

It is started with an environment of its own, so that no secret was ever in its memory, opens no connection, and has
loaded what the work needs, since its children can open nothing. It serves one parent over the socket that is its
standard input, one file at a time, and ends when that is closed; a child ends with it.

For each file a request of `REQUEST` and the work's own facts comes, with two descriptors: the file's bytes, and where
the child's answer goes. `ENDED` says how the child ended. Anything that comes meanwhile has the child killed. `BRANCH`
comes from processes that the parent has forked, each with a socket of its own: a server for it is forked from this one,
which costs next to nothing, and goes on when this one is gone.
"""

import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from shared.domain.refusals import Refusal, Rejected
from worker.imaging import seccomp
from worker.imaging.confinement import confine, keep_only
from worker.imaging.exchange import (
    ANSWER,
    BRANCH,
    BUG,
    ENDED,
    EXIT_UNHEARD,
    HEAD,
    MOST_FACTS_BYTES,
    READY,
    REJECTED,
    REQUEST,
    RESULT,
)

Work = Callable[[bytes, bytes], bytes]
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # they reach whole groups; the parent decides
_PR_SET_PDEATHSIG = 1
_MOST_THREADS, _LOOK_MILLISECONDS = 16, 100
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Serve until the parent is gone."""
    place, held = sys.argv[1:]
    module, _, function = place.partition(":")
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    work: Work = getattr(importlib.import_module(module), function)
    seccomp.gain_no_privileges()
    filter_program = seccomp.program() if held == "held" else b""
    gc.collect()
    gc.freeze()  # a collection in a child would copy all of it by looking at it
    with open(os.devnull, "r+b", buffering=0) as null:
        parent: int | None = 0
        while parent is not None:
            with socket.socket(fileno=parent) as link:
                parent = serve(link, Child(work, filter_program, null.fileno(), os.getpid()))


def serve(parent: socket.socket, child: "Child") -> int | None:
    """Fork a child for each request, one after the other, until the parent is gone. In a server that was forked for it,
    return the descriptor that this one is to serve."""
    branches: list[int] = []
    with suppress(ConnectionError):  # the parent is gone
        parent.send(READY.pack(child.server))
        while True:
            message, descriptors, _, _ = socket.recv_fds(parent, REQUEST.size + MOST_FACTS_BYTES, 2)
            if not message:
                break
            if message == BRANCH and len(descriptors) == 1:
                branches = [pid for pid in branches if not os.waitpid(pid, os.WNOHANG)[0]]
                if (pid := _fork()) == 0:
                    return descriptors[0]
                branches += [pid] if pid > 0 else []  # else it is told by its socket, which is closed
            try:
                if len(descriptors) == 2:  # else an order to kill a child that had ended by itself
                    parent.send(ENDED.pack(*_forked(parent, child, message, *descriptors)))
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
    return None


def _fork() -> int:
    """As os.fork; the number of the error, negative, if there was one."""
    try:
        return os.fork()
    except OSError as error:
        return -(error.errno or 1)


def _forked(parent: socket.socket, child: "Child", request: bytes, file: int, answer: int) -> tuple[int, int]:
    """Return a child's status, and the number of an error if there was none."""
    if (pid := _fork()) < 0:
        return 0, -pid
    if pid == 0:
        child.be(request, file, answer)
    _wait(pid, parent)
    return os.waitpid(pid, 0)[1], 0


def _wait(child: int, parent: socket.socket) -> None:
    """Until the child has ended; end it when the parent says so or is gone, or when it has too many threads, which no
    limit of the kernel counts for one process alone."""
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(ended, select.POLLIN)
    poll.register(parent, select.POLLIN)
    try:
        while not (ready := dict(poll.poll(_LOOK_MILLISECONDS))):
            if len(os.listdir(f"/proc/{child}/task")) > _MOST_THREADS:
                os.kill(child, signal.SIGXCPU)
        if ended not in ready:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(ended)


@dataclass(frozen=True)
class Child:
    """What all children of a server have in common: `null` is a descriptor of /dev/null, `server` their parent."""

    work: Work
    filter_program: bytes
    null: int
    server: int

    def be(self, request: bytes, file: int, answer: int) -> NoReturn:
        """Answer a request, and end."""
        code = EXIT_UNHEARD
        try:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() == self.server:
                tag, body = self._outcome(request, file, answer)
                for part in (HEAD.pack(tag, len(body)), body):
                    rest = memoryview(part)
                    while rest:
                        rest = rest[os.write(ANSWER, rest) :]
                code = 0
        finally:
            os._exit(code)  # never return into the server's code: its clean-up is not the child's to run

    def _outcome(self, request: bytes, file: int, answer: int) -> tuple[bytes, bytes]:
        data = os.pread(file, os.fstat(file).st_size, 0)
        keep_only(answer, self.null)
        try:
            memory_bytes, cpu_seconds = REQUEST.unpack_from(request)
            confine(memory_bytes, cpu_seconds, self.filter_program)
            return RESULT, self.work(request[REQUEST.size :], data)
        except Rejected as rejected:
            return REJECTED, f"{rejected.code.name}\n{rejected.message}".encode()
        except MemoryError:
            return REJECTED, Refusal.TOO_EXPENSIVE.name.encode()
        except Exception:  # noqa: BLE001 — it is raised again in the parent, as ProcessingError
            return BUG, traceback.format_exc().encode(errors="replace")


if __name__ == "__main__":
    main()

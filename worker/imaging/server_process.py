"""The worker's end of an imaging server: its process, and the socket that the two talk over."""

import os
import select
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from worker.imaging.exchange import BRANCH, ENDED, READY

_SERVER = "worker.imaging.fork_server"
_ROOT = Path(__file__).parents[2]
_START_SECONDS, _END_SECONDS = 30.0, 5.0
# What a server needs of its parent's environment; there is no secret in these.
_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH")
# NumPy's BLAS would start threads, which a fork loses, and map memory for each.
_OWN = {"OPENBLAS_NUM_THREADS": "1"}


class ChildLost(RuntimeError):
    """The child was ended from outside; nothing is known about the file, so try again."""


class ServerProcess:
    """A server for one function, `MODULE:FUNCTION`; with its process, where that is this one's child."""

    def __init__(self, link: socket.socket, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Raises ChildLost when it does not begin."""
        self._link, self._process = link, process
        said = self._heard(READY.size, _START_SECONDS)
        if len(said) != READY.size:
            self.end()
            raise ChildLost("the imaging server didn't start")
        (self.pid,) = READY.unpack(said)

    @classmethod
    def started(cls, work: str, *, held: bool) -> "ServerProcess":
        """A program of its own. Raises ChildLost."""
        ours, theirs = _link()
        with theirs:
            process = subprocess.Popen(  # noqa: S603 -- our own module
                [sys.executable, "-s", "-m", _SERVER, work, "held" if held else "free"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=_ROOT,
                env={name: value for name in _PASSED_ON if (value := os.environ.get(name))} | _OWN,
            )
        return cls(ours, process)

    def branch(self) -> "ServerProcess":
        """Another one, forked from this one, for a process that was forked from its parent. Raises ChildLost."""
        ours, theirs = _link()
        with theirs, suppress(ConnectionError):  # then nobody has the other end, which is noticed
            socket.send_fds(self._link, [BRANCH], [theirs.fileno()])
        return ServerProcess(ours)

    def ask(self, request: bytes, file: int, answer: int) -> "ServerProcess":
        """Have it begin. Raises ConnectionError when it has ended."""
        socket.send_fds(self._link, [request], [file, answer])
        return self

    def is_done(self, deadline: float) -> bool:
        """Wait until the deadline at most for the child to end."""
        return is_ready(self._link.fileno(), deadline)

    def ended(self, *, kill: bool) -> int:
        """Wait for the child's end, and return its exit code (negative: a signal). Raises ChildLost, OSError."""
        with suppress(ConnectionError):
            if kill:
                self._link.send(b"end")
        said = self._heard(ENDED.size, _END_SECONDS)
        if len(said) != ENDED.size:
            raise ChildLost("the imaging server ended, or stands still")
        status, fault = ENDED.unpack(said)
        if fault:
            raise OSError(fault, os.strerror(fault))
        return int(os.waitstatus_to_exitcode(status))

    def _heard(self, length: int, seconds: float) -> bytes:
        self._link.settimeout(seconds)
        try:
            return self._link.recv(length)
        except (ConnectionError, TimeoutError):
            return b""

    def end(self) -> None:
        """End it at once, and with it its child: it does so itself when nobody is there any more."""
        self._link.close()
        if self._process:
            self._process.kill()
            self._process.wait()

    def disown(self) -> None:
        """This process is a copy of the one that the server belongs to, and may ask it for a branch, and no more."""
        if self._process:
            self._process.returncode = 0  # so that nobody waits for it here
            self._process = None


def _link() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def is_ready(descriptor: int, deadline: float) -> bool:
    """Wait until the deadline (of time.monotonic) at most for something to read, or for an end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))

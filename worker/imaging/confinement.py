"""What a decoding process does to itself before it looks at a file, and can't undo."""

import os
import resource
import signal

from worker.imaging import seccomp
from worker.imaging.exchange import ANSWER

# A server ignores them, as whoever stops a worker lets it finish; in a child they shall simply end it.
_DEFAULTED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM)


def keep_only(answer: int, null: int) -> None:
    """Keep one descriptor alone, as ANSWER; `null` is /dev/null's. Raises OSError."""
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.dup2(answer, ANSWER)
    os.closerange(ANSWER + 1, 65_536)


def confine(memory_bytes: int, cpu_seconds: int, filter_program: bytes) -> None:
    """From now on no file, connection or process can be had, and no more than so much memory and CPU.

    `memory_bytes`: address space beyond what the process has mapped. `filter_program`: of system calls
    (worker.imaging.seccomp); empty for none. Raises OSError.
    """
    for number in _DEFAULTED:
        signal.signal(number, signal.SIG_DFL)
    lower(resource.RLIMIT_AS, mapped_bytes() + memory_bytes)
    lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)  # equal limits give SIGKILL, not SIGXCPU
    lower(resource.RLIMIT_FSIZE, 0)
    lower(resource.RLIMIT_CORE, 0)
    lower(resource.RLIMIT_NOFILE, 0)  # those that are open stay so
    if filter_program:
        seccomp.hold_to(filter_program)


def mapped_bytes() -> int:
    """The address space that this process has mapped."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, or keep a lower one that the process already has."""
    ceiling = resource.getrlimit(which)[1]
    wanted = [soft, soft if hard is None else hard]
    if ceiling != resource.RLIM_INFINITY:
        wanted = [min(value, ceiling) for value in wanted]
    resource.setrlimit(which, (wanted[0], wanted[1]))

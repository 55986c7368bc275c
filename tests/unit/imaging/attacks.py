"""What code does that has taken over a decoder, and what a decoder may do: run in the sandbox by name.

Each returns what it got, so that a test sees what was refused; `attempt` is the work of the tests' own sandbox.
"""

import ctypes
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from shared.domain.refusals import Refusal, Rejected
from worker.imaging.exchange import ANSWER, HEAD, RESULT

_libc = ctypes.CDLL(None, use_errno=True)
_BLOCK_BYTES = 1 << 20
_PTRACE_SEIZE, _PROT_ALL, _PRIVATE_ANONYMOUS = 0x4206, 7, 0x22
_NOTHING = ctypes.c_void_p(-1).value
_CALLS = {
    "io_uring_setup": 425,
    "pidfd_open": 434,
    "bpf": 321,
    "setns": 308,
}  # on x86_64; without a word of libc's


def attempt(facts: bytes, data: bytes) -> bytes:
    """Do what `facts` names with `data`; an OSError is an answer."""
    name, _, argument = facts.decode().partition(" ")
    try:
        return _ALL[name](argument or data)
    except OSError as error:
        return f"refused: {error.strerror}".encode()


def echo(data: bytes) -> bytes:
    return data


def read_a_file(path: str) -> bytes:
    return Path(path).read_bytes()


def write_a_file(path: str) -> bytes:
    Path(path).write_bytes(b"was here")
    return b"written"


def delete_a_file(path: str) -> bytes:
    Path(path).unlink()
    return b"deleted"


def list_a_folder(path: str) -> bytes:
    return "\n".join(os.listdir(path)).encode()


def connect(port: str) -> bytes:
    with socket.socket(socket.AF_INET) as connection:
        connection.connect(("127.0.0.1", int(port)))
    return b"connected"


def open_a_socket(_: object) -> bytes:
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).close()
    return b"opened"


def run_a_program(_: object) -> bytes:
    os.execv("/bin/true", ["true"])  # noqa: S606 -- that is the attack


def start_a_program(_: object) -> bytes:
    return str(os.posix_spawn("/bin/true", ["true"], {})).encode()


def fork_a_few(_: object) -> bytes:
    """What a fork bomb begins with, and no more: where it isn't refused, the machine shall live."""
    for _ in range(5):
        if not os.fork():
            os._exit(0)
    return b"forked"


def start_threads(number: str) -> bytes:
    """Each small, and all there at once."""
    threading.stack_size(1 << 16)
    end = threading.Event()
    try:
        for _ in range(int(number)):
            threading.Thread(target=end.wait).start()
        return wait_for_ever(_) if int(number) > 1 else b"started"
    finally:
        end.set()


def trace(pid: str) -> bytes:
    return _called(_libc.ptrace(_PTRACE_SEIZE, int(pid), None, None))


def read_memory_of(pid: str) -> bytes:
    buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 8)
    return _called(_libc.process_vm_readv(int(pid), vector, 1, vector, 1, 0))


def send_a_signal(pid: str) -> bytes:
    os.kill(int(pid), signal.SIGCONT)
    return b"sent"


def call(name: str) -> bytes:
    return _called(_libc.syscall(_CALLS[name], 1, 0, 0))


def _called(result: int) -> bytes:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return b"done"


def map_code(_: object) -> bytes:
    mmap = _libc.mmap
    mmap.restype = ctypes.c_void_p
    place = mmap(None, 4096, _PROT_ALL, _PRIVATE_ANONYMOUS, -1, ctypes.c_long(0))
    return _called(-1 if place == _NOTHING else 0)


def make_memory_code(_: object) -> bytes:
    own = ctypes.create_string_buffer(8192)
    page = ctypes.c_void_p(ctypes.addressof(own) + 4095 & ~4095)
    return _called(_libc.mprotect(page, 4096, _PROT_ALL))


def raise_limits(_: object) -> bytes:
    for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NOFILE):
        try:
            resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            continue
        return b"raised"
    return b"refused: all of them"


def environment(_: object) -> bytes:
    return "\n".join(sorted(os.environ)).encode()


def open_descriptors(_: object) -> bytes:
    return " ".join(str(one) for one in range(1024) if _is_open(one)).encode()


def _is_open(descriptor: int) -> bool:
    try:
        os.write(descriptor, b"")  # nothing, and fails only where there is no such descriptor
    except OSError:
        return False
    return True


def allocate_at_once(length: str) -> bytes:
    return str(len(bytes(int(length)))).encode()


def allocate_all(_: object) -> bytes:
    """How much there was, in blocks that are kept and written to."""
    blocks = []
    try:
        while True:
            blocks.append(b"x" * _BLOCK_BYTES)
    except MemoryError:
        count = len(blocks)
        blocks.clear()
        return str(count * _BLOCK_BYTES).encode()


def burn(_: object) -> bytes:
    while True:
        pass


def burn_and_ignore_the_limit(_: object) -> bytes:
    try:
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    except OSError:
        burn(_)
    return b"ignored"


def wait_for_ever(_: object) -> bytes:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
    return b"unlocked"


def answer_and_stay(_: object) -> bytes:
    os.write(ANSWER, HEAD.pack(RESULT, 2) + b"ok")
    return wait_for_ever(_)


def answer_for_ever(_: object) -> bytes:
    os.write(ANSWER, HEAD.pack(RESULT, 1 << 60))
    while True:
        os.write(ANSWER, bytes(_BLOCK_BYTES))


def answer_raw(answer: bytes) -> bytes:
    os.write(ANSWER, answer)
    os._exit(0)


def write_elsewhere(_: object) -> bytes:
    for descriptor in (1, 2):
        os.write(descriptor, b"forged line\n")
    return b"written"


def touch_address_zero(_: object) -> bytes:
    return ctypes.string_at(0)


def abort(_: object) -> bytes:
    os.abort()


def leave(code: str) -> bytes:
    os._exit(int(code))


def leave_by_an_exception(_: object) -> bytes:
    raise SystemExit(0)


def reject(_: object) -> bytes:
    raise Rejected(Refusal.CORRUPT, "Très abîmé.\nVraiment.")


def fail(_: object) -> bytes:
    raise AttributeError("no such thing")


_ALL: dict[str, Callable[..., bytes]] = {
    name: thing for name, thing in globals().items() if callable(thing) and not name.startswith("_")
}

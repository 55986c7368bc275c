"""The system calls that a decoding process may make, as a filter that Linux's seccomp holds it to.

A decoder works on memory that it has: it may ask for more, start a thread, wait for its own locks, write its answer and
end. What isn't named fails with EPERM, as libraries look for files and processors and live without. What no decoder has
a reason for, and an attacker's code does first, ends the process with SIGSYS, so that it is seen.

Written for the kernel's own interface (seccomp(2), Documentation/userspace-api/seccomp_filter.rst): it is 20 lines,
and there is no kept Python library that brings libseccomp along. Numbers of system calls are stable for ever.
"""

import ctypes
import errno
import os
import platform
import struct

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _MODE_FILTER = 22, 38, 2
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_REFUSED = _ERRNO | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = (
    0x20,
    0x15,
    0x35,
    0x45,
    0x06,
)  # BPF_LD|W|ABS, BPF_JMP|…|K, BPF_RET|K
# In struct seccomp_data; of arguments the low half, on little-endian machines.
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT, _THIRD_ARGUMENT_AT = 0, 4, 16, 32
_X32 = 0x40000000  # numbers of x86_64's other table of calls
_PROT_EXEC, _CLONE_THREAD = 4, 0x10000

# Name, then its number on x86_64 and on arm64; None where there is no such call.
_Calls = dict[str, tuple[int | None, int | None]]
_ALLOWED: _Calls = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "munmap": (11, 215),
    "brk": (12, 214),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "getpid": (39, 172),
    "exit": (60, 93),
    "gettimeofday": (96, 169),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "exit_group": (231, 94),
    "set_robust_list": (273, 99),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
# Allowed, but never for memory that holds code.
_MAPPING: _Calls = {"mmap": (9, 222), "mprotect": (10, 226)}
# Allowed for threads, of which libde265 always starts one. The newer call hides what it is for: so the C library is
# told that there is none, and takes the older.
_STARTING: _Calls = {"clone": (56, 220)}
_HIDING: _Calls = {"clone3": (435, 435)}
_DEADLY: _Calls = {
    "socket": (41, 198),
    "connect": (42, 203),
    "accept": (43, 202),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "sendmsg": (46, 211),
    "recvmsg": (47, 212),
    "bind": (49, 200),
    "listen": (50, 201),
    "socketpair": (53, 199),
    "execve": (59, 221),
    "kill": (62, 129),
    "ptrace": (101, 117),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "mount": (165, 40),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "finit_module": (313, 273),
    "bpf": (321, 280),
    "execveat": (322, 281),
    "userfaultfd": (323, 282),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
}
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH_…

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """Struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def missing() -> str:
    """Why this machine can't hold a process to a filter; empty when it can."""
    if platform.machine() not in _ARCHITECTURES:
        return f"there is no list of system calls for {platform.machine()}"
    # Asked with no filter at all, a kernel that knows filters complains of the address (seccomp(2)).
    if (
        _libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, None, 0, 0)
        and (code := ctypes.get_errno()) != errno.EFAULT
    ):
        return f"the kernel has no seccomp filters for this process ({os.strerror(code)})"
    return ""


def program() -> bytes:
    """The filter for this machine, as instructions of classic BPF."""
    column, architecture = _ARCHITECTURES[platform.machine()]

    def numbers(calls: _Calls) -> list[int]:
        return [number for pair in calls.values() if (number := pair[column]) is not None]

    lines = [
        _instruction(_LOAD, _ARCHITECTURE_AT),
        _instruction(_EQUAL, architecture, when=1),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER_AT),
    ]
    if column == 0:
        lines += _returned(_AT_LEAST, _X32, _KILL_PROCESS)
    for number in numbers(_ALLOWED):
        lines += _returned(_EQUAL, number, _ALLOW)
    for number in numbers(_DEADLY):
        lines += _returned(_EQUAL, number, _KILL_PROCESS)
    for number in numbers(_HIDING):
        lines += _returned(_EQUAL, number, _ERRNO | errno.ENOSYS)
    for number in numbers(_STARTING):
        lines += [
            _instruction(_EQUAL, number, otherwise=4),
            _instruction(_LOAD, _FIRST_ARGUMENT_AT),
            *_returned(_ANY_BIT, _CLONE_THREAD, _ALLOW),
            _instruction(_RETURN, _REFUSED),
        ]
    for number in numbers(_MAPPING):
        lines += [
            _instruction(_EQUAL, number, otherwise=4),
            _instruction(_LOAD, _THIRD_ARGUMENT_AT),
            *_returned(_ANY_BIT, _PROT_EXEC, _REFUSED),
            _instruction(_RETURN, _ALLOW),
        ]
    return b"".join((*lines, _instruction(_RETURN, _REFUSED)))


def gain_no_privileges() -> None:
    """From now on no program that this process or its children start has more rights than they. Raises OSError."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def hold_to(instructions: bytes) -> None:
    """Hold this process to a filter, for good. It must have no way to privileges. Raises OSError."""
    _prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(len(instructions) // 8, instructions)))


def _prctl(option: int, first: int, second: object = 0) -> None:
    if _libc.prctl(option, first, second, 0, 0):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _instruction(code: int, value: int, when: int = 0, otherwise: int = 0) -> bytes:
    """Struct sock_filter: jumps are numbers of instructions left out."""
    return struct.pack("<HBBI", code, when, otherwise, value)


def _returned(test: int, value: int, verdict: int) -> list[bytes]:
    """When the test holds, that is the verdict."""
    return [_instruction(test, value, otherwise=1), _instruction(_RETURN, verdict)]

"""Runs a program as on a kernel without filters of system calls: `python -m tests.support_without_seccomp PROGRAM …`.

It does so with a filter, which answers the question for others as such a kernel would.
"""

import errno
import os
import struct
import sys

from worker.imaging.seccomp import gain_no_privileges, hold_to

_PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
_PR_SET_SECCOMP = 22
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _INVALID = 0x7FFF0000, 0x00050000 | errno.EINVAL
_FILTER = (
    (_LOAD, 0, 0, 0),  # the call's number
    (_EQUAL, 0, 3, _PRCTL),
    (_LOAD, 0, 0, 16),  # its first argument
    (_EQUAL, 0, 1, _PR_SET_SECCOMP),
    (_RETURN, 0, 0, _INVALID),
    (_RETURN, 0, 0, _ALLOW),
)

if __name__ == "__main__":
    gain_no_privileges()
    hold_to(b"".join(struct.pack("<HBBI", *instruction) for instruction in _FILTER))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 -- that is its purpose

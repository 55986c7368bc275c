"""Which step each pool process is at, for the main process to tell: memory that they share from before the fork.

A step is noted by writing sixty bytes, and costs no call to anything. What a killed process noted last stays until the
one in its place notes something; whether its upload is still at work, the records say.
"""

import mmap
import struct
import time
from uuid import UUID

from shared.ports.operations import StepNow

_SLOT = struct.Struct("<I16s32sd")  # how often it was written (odd: being written), upload, step, since when
_SLOT_BYTES, _SLOTS = 64, 64
_board = mmap.mmap(-1, _SLOT_BYTES * _SLOTS)
_NOBODY = bytes(16)

_mine: int | None = None
_upload = _NOBODY


def use_slot(index: int) -> None:
    """This process is the pool's `index`-th. Beyond the board's end its steps are not told."""
    global _mine
    _mine = index if index < _SLOTS else None


def begin(upload_id: UUID) -> None:
    """The steps from now on are of this upload. The first is to find out what there is to do."""
    global _upload
    _upload = upload_id.bytes
    at("begin")


def at(step: str) -> None:
    """A step begins."""
    _write(_upload, step)


def end() -> None:
    """The attempt has ended."""
    _write(_NOBODY, "")


def _write(upload: bytes, step: str) -> None:
    if _mine is None:
        return
    place = _mine * _SLOT_BYTES
    (times,) = struct.unpack_from("<I", _board, place)
    times = (times | 1) & 0xFFFFFFFF  # one that was killed in between left it odd
    struct.pack_into("<I", _board, place, times)
    _SLOT.pack_into(_board, place, times, upload, step.encode()[:32], time.monotonic())
    struct.pack_into("<I", _board, place, (times + 1) & 0xFFFFFFFF)


def now() -> tuple[StepNow, ...]:
    """What the pool's processes are at; one that writes at this moment is left out."""
    found = []
    for place in range(0, len(_board), _SLOT_BYTES):
        before, upload, step, since = _SLOT.unpack_from(_board, place)
        (after,) = struct.unpack_from("<I", _board, place)
        if upload != _NOBODY and before == after and not before % 2:
            seconds = round(max(0.0, time.monotonic() - since), 1)
            found.append(StepNow(UUID(bytes=upload), step.rstrip(b"\0").decode(), seconds))
    return tuple(found)

"""What holds for the walk over a container, whatever the bytes."""

import struct
from zlib import crc32

from shared.domain.formats import BY_NAME, HEAD_BYTES, sniff
from shared.domain.refusals import Rejected
from worker.imaging.container import Container
from worker.imaging.formats import module_of
from worker.imaging.limits import Limits

KINDS = tuple(BY_NAME)
LIMITS = Limits(max_pixels=1_000_000, max_frames=50, max_chunks=2000)


def check(kind: str, data: bytes) -> bool:
    """Walk a file as if it were of this kind; returns whether it was taken. Whatever it is, it is refused with a
    reason, or it keeps to the limits, and a walk over what is left of it finds nothing more to leave out.

    Raises AssertionError, or whatever a walk must not raise.
    """
    known = BY_NAME[kind]
    if kind == "png":
        data = _with_right_sums(data)
    if sniff(data[:HEAD_BYTES]) is not known:
        return False
    try:
        found = module_of(known).read(data, LIMITS)
    except Rejected:
        return False
    _keeps_to_limits(found)
    for container in [found, found.still()] if found.still else [found]:
        again = module_of(known).read(container.stripped, LIMITS)
        assert again.stripped == container.stripped
        assert (again.width, again.height, again.frames) == (
            container.width,
            container.height,
            container.frames,
        )
        assert again.orientation == container.orientation
    return True


def _keeps_to_limits(found: Container) -> None:
    assert found.width > 0
    assert found.height > 0
    assert found.width * found.height <= LIMITS.max_pixels
    assert 1 <= found.frames <= LIMITS.max_frames
    assert 1 <= found.orientation <= 8


def _with_right_sums(png: bytes) -> bytes:
    """Each chunk's checksum made right, as hardly any change would get beyond a wrong one."""
    pieces, at = [png[:8]], 8
    while at + 12 <= len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        if end > len(png):
            break
        pieces.append(png[at : end - 4] + struct.pack(">I", crc32(png[at + 4 : end - 4])))
        at = end
    return b"".join((*pieces, png[at:]))

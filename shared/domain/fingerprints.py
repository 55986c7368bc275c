"""What an image looks like, in 64 bits: those of two that look alike differ in few. And what is not to come again."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

LOOKS_LIKE = 6  # bits: pointed out to their owner
AS_GOOD_AS_THE_SAME = 4  # bits: held for a moderator when the other was removed
MOST_POINTED_OUT = 3

BANDS, BAND_BITS = 4, 16
# Of two fingerprints that differ in at most 7 bits, one of four bands differs in at most one.
assert LOOKS_LIKE < 2 * BANDS  # noqa: S101 -- what the index promises


def distance(one: int, other: int) -> int:
    """In how many bits they differ."""
    return (one ^ other).bit_count()


def bands(fingerprint: int) -> list[tuple[int, int]]:
    """Its bands, as (number, value)."""
    mask = (1 << BAND_BITS) - 1
    return [(band, fingerprint >> band * BAND_BITS & mask) for band in range(BANDS)]


def bands_to_look_up(fingerprint: int) -> list[tuple[int, int]]:
    """Those and every one that differs in a single bit: whatever looks like it has one of them."""
    flips = [0, *(1 << bit for bit in range(BAND_BITS))]
    return [(band, value ^ flip) for band, value in bands(fingerprint) for flip in flips]


@dataclass(frozen=True)
class Barred:
    """An image that was removed and is not to come again by itself. `sha256` (hex): of the published original,
    `uploaded_sha256`: of what was sent, None when it isn't known; `fingerprint` is None for a flat one."""

    image_id: UUID
    owner: UUID
    uploaded_sha256: str | None
    sha256: str
    fingerprint: int | None
    reason: str
    at: datetime

"""HEIC: HEVC pictures in HEIF's container, as phones take them. The decoder crops and turns them itself.

Source: ISO/IEC 23008-12, 6.5.9 to 6.5.12 for crops and turns.
"""

from shared.domain.formats import HEIC
from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container, check_size
from worker.imaging.isobmff.items import Property
from worker.imaging.isobmff.still import still
from worker.imaging.limits import Limits


def read(data: bytes, limits: Limits) -> Container:
    """Walk a HEIC's boxes; return its facts, upright, and the file without metadata.

    Raises Rejected: `truncated`, `corrupt`, `unsupported_type` (sequences too), `too_many_pixels`,
    `side_too_long`, `too_many_chunks`.
    """
    found = still(data, limits, HEIC, b"hvc1")
    width, height = found.width, found.height
    for one in found.properties:
        if one.name == b"clap":
            width, height = _cropped(one)
            check_size(width, height, limits)
        elif one.name == b"irot" and one.body[0] & 1:
            width, height = height, width
    return Container(width, height, 1, 1, found.stripped)


def _cropped(clap: Property) -> tuple[int, int]:
    """The sides in pixels that a crop leaves; it has them as fractions."""
    wide, wide_of, high, high_of = (int.from_bytes(clap.body[at : at + 4], "big") for at in (0, 4, 8, 12))
    if not wide_of or not high_of:
        raise Rejected(Refusal.CORRUPT)
    return round(wide / wide_of), round(high / high_of)

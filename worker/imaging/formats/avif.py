"""AVIF: AV1 pictures in HEIF's container. Crops are refused, as Pillow's decoder would show what they hide.

Source: AV1 Image File Format (AOM) 1.1, 2 for items and 4 for brands.
"""

from shared.domain.formats import AVIF
from shared.domain.refusals import Refusal, Rejected
from worker.imaging.container import Container
from worker.imaging.isobmff.still import still
from worker.imaging.limits import Limits

# EXIF's orientation by quarters turned anti-clockwise, and then by the mirror's axis (HEIF 6.5.10, 6.5.12).
_ORIENTATIONS = {
    (0, None): 1, (0, 0): 4, (0, 1): 2,
    (1, None): 8, (1, 0): 5, (1, 1): 7,
    (2, None): 3, (2, 0): 2, (2, 1): 4,
    (3, None): 6, (3, 0): 7, (3, 1): 5,
}  # fmt: skip


def read(data: bytes, limits: Limits) -> Container:
    """Walk an AVIF's boxes; return its facts and the file without metadata.

    Raises Rejected: `truncated`, `corrupt`, `unsupported_type` (animations too), `too_many_pixels`,
    `side_too_long`, `too_many_chunks`.
    """
    found = still(data, limits, AVIF, b"av01")
    quarters, axis = 0, None
    for one in found.properties:
        match one.name:
            case b"clap":
                raise Rejected(Refusal.UNSUPPORTED_TYPE, f"Cropped {AVIF.label} pictures can't be taken.")
            case b"irot":
                quarters = one.body[0] & 3
            case b"imir":
                axis = one.body[0] & 1
    turned = _ORIENTATIONS[quarters, axis]
    return Container(found.width, found.height, 1, turned, found.stripped)

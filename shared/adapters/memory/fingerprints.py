"""Images known again, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.adapters.memory import image_rows
from shared.adapters.memory.database import MemoryDatabase, Tables
from shared.domain.fingerprints import AS_GOOD_AS_THE_SAME, LOOKS_LIKE, MOST_POINTED_OUT, Barred, distance
from shared.domain.images import Image


class MemoryFingerprints:
    """Implements shared.ports.fingerprints.Fingerprints."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._db = database

    def known(self, owner: UUID, sha256s: Sequence[str]) -> dict[str, UUID]:
        """The owner's images that were made of these bytes."""
        own = sorted(_own(self._db.read(), owner), key=lambda image: image.id)
        return {i.uploaded_sha256: i.id for i in own if i.uploaded_sha256 in sha256s and i.uploaded_sha256}


def looks_like(tables: Tables, image: Image) -> tuple[UUID, ...]:
    """What its owner has already that looks like it."""
    own = {one.id: one.fingerprint for one in _own(tables, image.owner)}
    return tuple(_near(own, image.fingerprint, LOOKS_LIKE)[:MOST_POINTED_OUT])


def bar(tables: Tables, image_id: UUID, now: datetime, reason: str = "") -> None:
    """Have the same bytes and what is nearly the same picture held from now on."""
    if (image := tables.images.get(image_id)) is None:
        return
    tables.barred[image_id] = Barred(
        image_id, image.owner, image.uploaded_sha256, image.sha256, image.fingerprint, reason, now
    )


def barred_like(tables: Tables, image: Image) -> UUID | None:
    """A barred image of the same bytes, else one that is nearly the same picture."""
    for one in tables.barred.values():
        if one.sha256 == image.sha256 or one.uploaded_sha256 == (image.uploaded_sha256 or image.sha256):
            return one.image_id
    barred = {one.image_id: one.fingerprint for one in tables.barred.values()}
    return next(iter(_near(barred, image.fingerprint, AS_GOOD_AS_THE_SAME)), None)


def _own(tables: Tables, owner: UUID) -> list[Image]:
    return [image for image in image_rows.shown(tables).values() if image.owner == owner]


def _near(among: dict[UUID, int | None], fingerprint: int | None, most: int) -> list[UUID]:
    """The nearest first, then the newest."""
    if fingerprint is None:
        return []
    bits = {i: distance(fingerprint, other) for i, other in among.items() if other is not None}
    near = sorted((i for i in bits if bits[i] <= most), reverse=True)
    return sorted(near, key=lambda i: bits[i])

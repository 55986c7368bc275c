"""Images known again in MySQL: by the digest of what was uploaded, and by what they look like.

A fingerprint is found by its bands, each within its scope: an owner's own images, or those that are barred.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, text

from shared.adapters.mysql import Database, utc
from shared.domain.fingerprints import (
    AS_GOOD_AS_THE_SAME,
    LOOKS_LIKE,
    MOST_POINTED_OUT,
    Barred,
    bands,
    bands_to_look_up,
    distance,
)
from shared.domain.images import Image

BARRED = UUID(int=0)  # the scope of what is barred; no owner has this id

_KNOWN = text("""
    SELECT uploaded_sha256, MAX(id) AS id FROM images
    WHERE owner = :owner AND uploaded_sha256 IN :sha256s AND taken_back_at IS NULL
    GROUP BY uploaded_sha256""").bindparams(bindparam("sha256s", expanding=True))
_ADD_BANDS = text("""
    INSERT INTO fingerprint_bands (scope, band, value, image_id, fingerprint)
    VALUES (:scope, :band, :value, :image_id, :fingerprint)
    ON DUPLICATE KEY UPDATE band = band""")
_REMOVE_BAND = text("""
    DELETE FROM fingerprint_bands
    WHERE scope = :scope AND band = :band AND value = :value AND image_id = :image_id""")
_BAR = text("""
    INSERT INTO barred (image_id, owner, uploaded_sha256, sha256, fingerprint, reason, at)
    SELECT id, owner, uploaded_sha256, sha256, fingerprint, :reason, UTC_TIMESTAMP(6) FROM images WHERE id = :id
    ON DUPLICATE KEY UPDATE reason = :reason""")
_LOOK = text("SELECT owner, fingerprint FROM images WHERE id = :id")
_SAME_BYTES = text("""
    SELECT image_id FROM barred WHERE uploaded_sha256 = :uploaded_sha256
    UNION SELECT image_id FROM barred WHERE sha256 = :sha256 LIMIT 1""")
_BARRED = text("SELECT * FROM barred WHERE image_id IN :ids").bindparams(bindparam("ids", expanding=True))


class MySqlFingerprints:
    """Implements shared.ports.fingerprints.Fingerprints."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def known(self, owner: UUID, sha256s: Sequence[str]) -> dict[str, UUID]:
        """The owner's images that were made of these bytes."""
        if not sha256s:
            return {}
        fields = {"owner": owner.bytes, "sha256s": [bytes.fromhex(digest) for digest in sha256s]}
        with self._db.connect() as c:
            return {row.uploaded_sha256.hex(): UUID(bytes=row.id) for row in c.execute(_KNOWN, fields)}


def near(c: Connection, scope: UUID, fingerprint: int | None, most: int, limit: int) -> list[UUID]:
    """Images of a scope that differ in at most `most` bits, the nearest first, then the newest; none for a flat one."""
    if fingerprint is None:
        return []
    values: dict[int, list[str]] = {}
    for band, value in bands_to_look_up(fingerprint):
        values.setdefault(band, []).append(str(value))
    # One range of the primary key for each value. Written out, and sorted here: the server takes thrice the time.
    sought = " OR ".join(f"(band = {band} AND value IN ({', '.join(some)}))" for band, some in values.items())
    query = text(
        "SELECT image_id, fingerprint FROM fingerprint_bands "  # noqa: S608 -- numbers of ours
        f"WHERE scope = :scope AND ({sought}) AND BIT_COUNT(fingerprint ^ :fingerprint) <= :most"
    )
    rows = c.execute(query, {"scope": scope.bytes, "fingerprint": fingerprint, "most": most})
    bits = {UUID(bytes=row.image_id): distance(fingerprint, row.fingerprint) for row in rows}
    return sorted(bits, key=lambda image_id: (bits[image_id], -image_id.int))[:limit]


def looks_like(c: Connection, image: Image) -> tuple[UUID, ...]:
    """What its owner has already that looks like it."""
    return tuple(near(c, image.owner, image.fingerprint, LOOKS_LIKE, MOST_POINTED_OUT))


def add(c: Connection, scope: UUID, image_id: UUID, fingerprint: int | None) -> None:
    """Have the image found in a scope by what it looks like; nothing for a flat one."""
    if fingerprint is not None:
        fields = {"scope": scope.bytes, "image_id": image_id.bytes, "fingerprint": fingerprint}
        c.execute(_ADD_BANDS, [fields | {"band": band, "value": value} for band, value in bands(fingerprint)])


def remove(c: Connection, image_id: UUID) -> None:
    """Have its owner find it no more by what it looks like; while its record is there."""
    row = c.execute(_LOOK, {"id": image_id.bytes}).one_or_none()
    if row is not None and row.fingerprint is not None:
        fields = {"scope": row.owner, "image_id": image_id.bytes}
        of_it = bands(row.fingerprint)
        c.execute(_REMOVE_BAND, [fields | {"band": band, "value": value} for band, value in of_it])


def bar(c: Connection, image_id: UUID, reason: str = "") -> None:
    """Have the same bytes and what is nearly the same picture held from now on, within the caller's transaction and
    while the image's record is there. Repeating it changes the reason alone."""
    row = c.execute(_LOOK, {"id": image_id.bytes}).one_or_none()
    if row is not None:
        c.execute(_BAR, {"id": image_id.bytes, "reason": reason[:500]})
        add(c, BARRED, image_id, row.fingerprint)


def barred_like(c: Connection, image: Image) -> UUID | None:
    """A barred image of the same bytes, else one that is nearly the same picture."""
    fields = {
        "sha256": bytes.fromhex(image.sha256),
        "uploaded_sha256": bytes.fromhex(image.uploaded_sha256 or image.sha256),
    }
    if same := c.execute(_SAME_BYTES, fields).scalar():
        return UUID(bytes=same)
    return next(iter(near(c, BARRED, image.fingerprint, AS_GOOD_AS_THE_SAME, 1)), None)


def barred(c: Connection, image_ids: Sequence[bytes]) -> dict[UUID, Barred]:
    """Those among these ids that are barred."""
    if not image_ids:
        return {}
    return {one.image_id: one for one in map(_barred, c.execute(_BARRED, {"ids": list(image_ids)}))}


def _barred(r: Row[Any]) -> Barred:
    return Barred(
        image_id=UUID(bytes=r.image_id),
        owner=UUID(bytes=r.owner),
        uploaded_sha256=r.uploaded_sha256.hex() if r.uploaded_sha256 else None,
        sha256=r.sha256.hex(),
        fingerprint=r.fingerprint,
        reason=r.reason,
        at=utc(r.at),
    )

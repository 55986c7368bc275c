"""Images known again in MySQL: by the digest of what was uploaded."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, text

from shared.adapters.mysql import Database

_KNOWN = text("""
    SELECT uploaded_sha256, MAX(id) AS id FROM images
    WHERE owner = :owner AND uploaded_sha256 IN :sha256s AND taken_back_at IS NULL
    GROUP BY uploaded_sha256""").bindparams(bindparam("sha256s", expanding=True))


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

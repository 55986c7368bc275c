"""The manifest: everything a worker needs to know of an upload, and the proof that it was accepted.

An upload is accepted when, and only when, its manifest exists in staging.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import UUID


class ManifestError(ValueError):
    """The stored manifest can't be read: a fault of ours or of the store, never of the uploader's file."""


@dataclass(frozen=True)
class Manifest:
    """One accepted upload. `staged_key` holds its bytes; `sha256` is their hex digest; times are UTC.
    `album`: the id or the title of the owner's album that it is for."""

    upload_id: UUID
    owner: UUID
    username: str
    filename: str
    caption: str
    licence: str
    size_bytes: int
    sha256: str
    format: str
    staged_key: str
    accepted_at: datetime
    album: str | None = None

    def to_json(self) -> bytes:
        """The stored form: UTF-8 JSON with a version, so that old and new tasks understand each other."""
        fields = asdict(self) | {
            "version": 1,
            "upload_id": str(self.upload_id),
            "owner": str(self.owner),
            "accepted_at": self.accepted_at.isoformat(),
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()

    def describes(self, data: bytes) -> bool:
        """Whether these are the bytes that were received."""
        return len(data) == self.size_bytes and hashlib.sha256(data).hexdigest() == self.sha256

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read the stored form. Unknown fields are ignored; a missing or wrong one raises ManifestError."""
        try:
            fields = json.loads(data)
            accepted_at = datetime.fromisoformat(fields["accepted_at"]).astimezone(UTC)
            return cls(
                upload_id=UUID(fields["upload_id"]),
                owner=UUID(fields["owner"]),
                username=str(fields["username"]),
                filename=str(fields["filename"]),
                caption=str(fields["caption"]),
                licence=str(fields["licence"]),
                size_bytes=int(fields["size_bytes"]),
                sha256=str(fields["sha256"]),
                format=str(fields["format"]),
                staged_key=str(fields["staged_key"]),
                accepted_at=accepted_at,
                album=str(album) if (album := fields.get("album")) else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise ManifestError(f"unreadable manifest: {error!r}") from error

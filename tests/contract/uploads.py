"""Uploads and images as they would be, without any bytes."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.domain.ids import new_upload_id
from shared.domain.images import Image, Rendition
from shared.domain.manifest import Manifest
from shared.domain.terms import hashtags, terms_of
from shared.domain.uploads import Attempt, State
from shared.ports.attempts import Attempts

ANN = UUID("0b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


def new_manifest(
    caption: str = "", *, owner: UUID = ANN, username: str = "ann", licence: str = "cc-by"
) -> Manifest:
    """One more accepted upload, younger than those before."""
    upload_id = new_upload_id()
    return Manifest(
        upload_id=upload_id,
        owner=owner,
        username=username,
        filename="IMG.jpg",
        caption=caption,
        licence=licence,
        size_bytes=3,
        sha256=hashlib.sha256(upload_id.bytes).hexdigest(),
        format="jpeg",
        staged_key=f"staging/{uuid4()}",
        accepted_at=datetime.now(UTC),
    )


def attempt(number: int = 1, worker: str = "w") -> Attempt:
    """One more delivery."""
    return Attempt(number, worker, datetime.now(UTC))


def image_of(manifest: Manifest, width: int = 4, height: int = 3) -> Image:
    """What the upload becomes."""
    return Image(
        id=manifest.upload_id,
        owner=manifest.owner,
        username=manifest.username,
        filename=manifest.filename,
        caption=manifest.caption,
        hashtags=hashtags(manifest.caption),
        licence=manifest.licence,
        format=manifest.format,
        content_type="image/jpeg",
        width=width,
        height=height,
        size_bytes=manifest.size_bytes,
        sha256=manifest.sha256,
        colour="#102030",
        frames=7,
        placeholder=bytes(range(36)),
        original_key=f"images/{manifest.upload_id}.jpg",
        preview=Rendition(f"previews/{manifest.upload_id}.jpg", 4, 3),
        tile=Rendition(f"tiles/{manifest.upload_id}.jpg", 4, 3),
        thumbnail=Rendition(f"thumbnails/{manifest.upload_id}.webp", 4, 3),
        uploaded_at=manifest.accepted_at,
        published_at=datetime.now(UTC),
        uploaded_sha256=manifest.sha256,
    )


def publish(
    attempts: Attempts,
    manifest: Manifest,
    number: int = 1,
    worker: str = "w",
    size: tuple[int, int] = (4, 3),
) -> State:
    """Bring an upload to its good end."""
    this = attempt(number, worker)
    attempts.begin(manifest, this)
    terms = terms_of(manifest.username, manifest.filename, manifest.caption, manifest.licence, *size)
    return attempts.publish(image_of(manifest, *size), terms, this, [])

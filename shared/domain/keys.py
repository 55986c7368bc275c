"""Where each object lives. Final keys are a pure function of the manifest, so a step done twice is done once."""

import re
import unicodedata
from uuid import UUID

from shared.domain.formats import BY_MEDIA_TYPE
from shared.domain.manifest import Manifest

STAGING = "staging/"
_UNSAFE = re.compile(r"[^a-z0-9]+")


def staging_prefix(owner: UUID, upload_id: UUID | None = None) -> str:
    """The folder of one upload, or of all of an owner's."""
    return f"{STAGING}{owner}/" if upload_id is None else f"{STAGING}{owner}/{upload_id}/"


def manifest_key(owner: UUID, upload_id: UUID) -> str:
    """The key whose existence means «accepted»."""
    return staging_prefix(owner, upload_id) + "manifest"


def staged_key(owner: UUID, upload_id: UUID, nonce: str) -> str:
    """The key of the received bytes; `nonce` keeps two racing requests from writing to one key."""
    return f"{staging_prefix(owner, upload_id)}bytes-{nonce}"


def claim_key(owner: UUID, digest: str) -> str:
    """Where the upload id behind an owner's Idempotency-Key (by its hex digest) is kept."""
    return f"idempotency/{owner}/{digest}"


def claimed_file_key(owner: UUID, digest: str, upload_id: UUID) -> str:
    """Where the digest of the one file is kept that such a key stands for."""
    return f"{claim_key(owner, digest)}/{upload_id}"


def parse_staging_key(key: str) -> tuple[UUID, UUID, str] | None:
    """(owner, upload id, name) of a key in staging, or None when it has another shape."""
    parts = key.removeprefix(STAGING).split("/")
    if len(parts) != 3:
        return None
    try:
        return UUID(parts[0]), UUID(parts[1]), parts[2]
    except ValueError:
        return None


def slug(filename: str) -> str:
    """A readable ASCII part for keys: at most 60 letters, digits and dashes; «image» when nothing remains."""
    stem = filename.rsplit(".", 1)[0] if "." in filename[1:] else filename
    folded = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return _UNSAFE.sub("-", folded).strip("-")[:60].strip("-") or "image"


def final_key(kind: str, manifest: Manifest, content_type: str) -> str:
    """The unique key of an original, preview or thumbnail: `<kind>/<slug>_<timestamp>_<id>.<ext>`."""
    stamp = manifest.accepted_at.strftime("%Y%m%d%H%M%S%f")
    name = f"{slug(manifest.filename)}_{stamp}_{manifest.upload_id}"
    return f"{kind}/{name}.{BY_MEDIA_TYPE[content_type].extension}"

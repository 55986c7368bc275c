"""What a receipt says. Each claim follows from what is recorded, so that asking again gives the same receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for

from shared.domain.downloads import Download
from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.domain.manifest import Manifest
from shared.domain.uploads import Upload
from web.http.parts import parts


def of_download(download: Download) -> dict[str, Any]:
    """Who took which bytes, under which licence, when."""
    claims = {
        "sub": download.username,
        "who": download.username,
        "shared_by": download.shared_by,
        "sha256": download.sha256,
        "bytes": download.size_bytes,
        **_licence(download.licence),
    }
    return _claims("download", download.id, download.image_id, download.at, claims)


def of_upload(
    upload: Upload, image: Image | None, granted: str | None, manifest: Manifest | None
) -> dict[str, Any]:
    """What was accepted from whom, when, and under which licence; once it is published, as which bytes.

    `granted` is the licence at publishing. `received_sha256` is told while there is a manifest, and `sha256` from
    publishing on: of the original as people get it, which differs when metadata was removed.
    """
    claims: dict[str, Any] = {
        "sub": upload.username,
        "who": upload.username,
        "filename": upload.filename,
        "bytes": upload.size_bytes,
    }
    if image and granted:
        claims |= {"sha256": image.sha256, **_licence(granted)}
    elif manifest:
        claims |= {"received_sha256": manifest.sha256, **_licence(manifest.licence)}
    return _claims("upload", upload.id, upload.id, upload.accepted_at, claims)


def _claims(
    kind: str, receipt_id: UUID, image_id: UUID, moment: datetime, more: dict[str, Any]
) -> dict[str, Any]:
    return {
        "iss": parts().settings.public_url or request.host_url.rstrip("/"),
        "kind": kind,
        "jti": str(receipt_id),
        "iat": int(moment.timestamp()),
        "at": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "image": url_for("gallery.image", image_id=str(image_id), _external=True),
        **more,
    }


def _licence(code: str) -> dict[str, Any]:
    licence = BY_CODE[code]
    return {"licence": code, "licence_name": licence.name, "licence_url": licence.url}

"""Downloads and receipts for one viewer, as page and API give them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.domain.downloads import Download
from shared.domain.formats import download_name
from shared.domain.ids import parse_id
from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.domain.manifest import Manifest
from shared.domain.uploads import State, Upload
from shared.ports.media_urls import MediaUrls
from shared.ports.sessions import Viewer
from shared.staging import Staging
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.receipts import claims
from web.views.missing import missing

SUFFIX = ".jws"


def taken(viewer: Viewer, image_id: str, media: MediaUrls) -> tuple[Download, str]:
    """Write a download down; returns it, and the address of the bytes. Raises a 403 Problem for what may only be
    looked at, a 410 one for what was taken back, and a 404 one for what was never there."""
    known = parse_id(image_id)
    image = parts().images.find(known) if known else None
    if image:
        _check_grant(viewer, image)
    download = parts().downloads.add(viewer.owner, viewer.username, image.id) if image else None
    if image is None or download is None:
        raise missing(parts().uploads.find(known) if known else None)
    name = download_name(image.filename, image.format)
    return download, media.url(image.original_key, download_as=name)


def _check_grant(viewer: Viewer, image: Image) -> None:
    if BY_CODE[image.licence].look_only and image.owner != viewer.owner:
        raise Problem(403, "look_only", "This image may be looked at here, and its owner asked for more.")


def of_download(viewer: Viewer, download_id: str) -> str:
    """The receipt of the viewer's own download. Raises a 404 Problem."""
    known = parse_id(download_id)
    download = parts().downloads.find(known) if known else None
    if download is None or download.taker != viewer.owner:
        raise not_found("This download")
    return _signed(claims.of_download(download))


def of_upload(viewer: Viewer, upload_id: str) -> str:
    """The receipt of the viewer's own upload. Raises a 404 Problem."""
    known = parse_id(upload_id)
    if known is None or (found := _own_upload(viewer, known)) is None:
        raise not_found("This upload")
    upload, manifest = found
    image = (
        parts().images.with_hidden([known]).get(known)
    )  # also when a moderator hides it: the upload is theirs
    granted = parts().editing.grants(known)[0].licence if image else None
    return _signed(claims.of_upload(upload, image, granted, manifest))


def _own_upload(viewer: Viewer, upload_id: UUID) -> tuple[Upload, Manifest | None] | None:
    """The upload, and its manifest unless it is published."""
    upload = parts().uploads.find(upload_id)
    manifest = None
    if upload is None or upload.status is not State.PUBLISHED:
        manifest = Staging(parts().store).manifest(viewer.owner, upload_id)
    if upload is None:  # no attempt has begun, or one has begun and cleared staging between the two looks
        upload = Upload.queued(manifest) if manifest else parts().uploads.find(upload_id)
    return (upload, manifest) if upload and upload.owner == viewer.owner else None


def _signed(said: Mapping[str, Any]) -> str:
    signer = parts().receipts
    if signer is None:
        raise Problem(404, "not_found", "This portal signs no receipts.")
    return signer.sign(said)

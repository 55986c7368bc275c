"""Downloads and receipts for one viewer, as page and API give them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from shared.domain.downloads import Download
from shared.domain.formats import download_name
from shared.domain.ids import parse_id
from shared.domain.images import Image
from shared.domain.licences import BY_CODE
from shared.ports.sessions import Viewer
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.receipts import claims

SUFFIX = ".jws"


def taken(viewer: Viewer, image_id: str) -> tuple[Download, str]:
    """Write a download down; returns it, and the address of the bytes. Raises a 403 Problem for what may only be
    looked at, and a 404 one for what is not there."""
    known = parse_id(image_id)
    image = parts().images.find(known) if known else None
    if image is None:
        raise not_found("This image")
    _check_grant(viewer, image)
    download = parts().downloads.add(viewer.owner, viewer.username, image.id)
    if download is None:
        raise not_found("This image")
    name = download_name(image.filename, image.format)
    return download, parts().media.url(image.original_key, download_as=name)


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
    if (known := parse_id(upload_id)) is None or (upload := _own_upload(viewer, known)) is None:
        raise not_found("This upload")
    return _signed(claims.of_upload(parts(), upload))


def _own_upload(viewer: Viewer, upload_id: UUID) -> Any:
    from_record = parts().uploads.find(upload_id)
    upload = from_record or claims.queued(parts(), viewer.owner, upload_id)
    return upload if upload and upload.owner == viewer.owner else None


def _signed(said: Mapping[str, Any]) -> str:
    signer = parts().receipts
    if signer is None:
        raise Problem(404, "not_found", "This portal signs no receipts.")
    return signer.sign(said)

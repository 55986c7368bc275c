"""Downloads with receipts, and receipts of uploads."""

from shared.ports.sessions import Viewer
from web.http.api import Access, Answer, Routes
from web.http.parts import parts
from web.receipts import receipts
from web.receipts.schema import (
    DownloadId,
    DownloadList,
    DownloadResource,
    ImageId,
    ListDownloads,
    TakenDownload,
    UploadId,
)

routes = Routes()
RECEIPT = Answer(200, "The receipt: a JWS in compact form.", media_type="application/jose")


@routes.add(
    "POST",
    "/images/<image_id>/downloads",
    access=Access.PERSON,
    answer=Answer(201, "Written down; fetch the bytes at `url`.", TakenDownload),
    problems=("not_found", "taken_back", "look_only"),
)
def download_image(viewer: Viewer, image_id: ImageId) -> TakenDownload:
    """Download an original, with a receipt.

    Who took which bytes under which licence is written down. The receipt shows it to others later, whatever becomes of
    the image.
    """
    download, url = receipts.taken(viewer, image_id, parts().media)
    receipt = receipts.of_download(viewer, str(download.id)) if parts().receipts else None
    return TakenDownload(download=DownloadResource.of(download), url=url, receipt=receipt)


@routes.add(
    "GET",
    "/downloads",
    access=Access.PERSON,
    answer=Answer(200, "Downloads, newest first.", DownloadList),
    problems=("invalid_cursor", "invalid_limit"),
)
def list_downloads(viewer: Viewer, query: ListDownloads) -> DownloadList:
    """Your downloads."""
    found = parts().downloads.of_taker(viewer.owner, query.cursor, query.limit + 1)
    items = [DownloadResource.of(download) for download in found[: query.limit]]
    return DownloadList(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@routes.add(
    "GET",
    "/downloads/<download_id>/receipt",
    access=Access.PERSON,
    answer=RECEIPT,
    problems=("not_found",),
)
def get_download_receipt(viewer: Viewer, download_id: DownloadId) -> str:
    """The receipt of a download of yours.

    It is signed by the key at `/.well-known/jwks.json` that its header names.
    """
    return receipts.of_download(viewer, download_id)


@routes.add(
    "GET", "/uploads/<upload_id>/receipt", access=Access.PERSON, answer=RECEIPT, problems=("not_found",)
)
def get_upload_receipt(viewer: Viewer, upload_id: UploadId) -> str:
    """The receipt of an upload of yours.

    It says what was accepted, when and under which licence, and the digest: of the bytes as received while the upload
    is under way, of the original as people get it once it is published.
    """
    return receipts.of_upload(viewer, upload_id)

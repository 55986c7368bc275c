"""Downloading an original, one's own downloads, receipts, and the keys that verify them."""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from shared.ports.sessions import Viewer
from web.http.ended import has_ended
from web.http.guards import login_required, open_to_all
from web.http.paging import cursor
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.receipts import receipts
from web.views.original import read_address

bp = Blueprint("receipts", __name__)
PAGE = 50
KEYS_CACHED_SECONDS = 3600


@bp.get("/image/<image_id>/download")
@login_required
def download(me: Viewer, image_id: str) -> Any:
    """Write the download down and go on to the bytes. Looking ahead (HEAD, a link from another site's page) is none."""
    if request.method == "HEAD" or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect(url_for("gallery.image", image_id=image_id), 303)
    return redirect(receipts.taken(me, image_id, parts().media)[1], 303)


@bp.get("/original/<token>")
@open_to_all
def original(token: str) -> Any:
    """The same for an address in the API's images: its taker needs no session here, and it ends with theirs. What is
    gone is 404, as at every address of media."""
    found = read_address(token)
    if found is None or has_ended(found[0]):
        raise not_found("This address")
    taker, image_id = found
    if request.method == "HEAD":
        return redirect(url_for("gallery.image", image_id=image_id), 303)
    try:
        address = receipts.taken(taker, image_id, parts().media.without_cookies())[1]
    except Problem as problem:
        if problem.status == 410:
            raise not_found("This image") from None
        raise
    return redirect(address, 303)


@bp.get("/downloads")
@login_required
def mine(me: Viewer) -> Any:
    """The viewer's downloads, newest first, each with its receipt."""
    found = parts().downloads.of_taker(me.owner, cursor(), PAGE + 1)
    shown = found[:PAGE]
    images = parts().images.find_many([d.image_id for d in shown])
    return render_template(
        "receipts/downloads.html",
        downloads=shown,
        thumbnails={i: parts().media.url(image.thumbnail.key) for i, image in images.items()},
        signs=parts().receipts is not None,
        next_url=url_for(".mine", cursor=shown[-1].id) if len(found) > PAGE else None,
    )


@bp.get("/downloads/<download_id>/receipt")
@login_required
def download_receipt(me: Viewer, download_id: str) -> Response:
    """The receipt as a file."""
    return _file(receipts.of_download(me, download_id), f"download-{download_id}")


@bp.get("/uploads/<upload_id>/receipt")
@login_required
def upload_receipt(me: Viewer, upload_id: str) -> Response:
    """The same for an accepted upload."""
    return _file(receipts.of_upload(me, upload_id), f"upload-{upload_id}")


@bp.get("/.well-known/jwks.json")
@open_to_all
def keys() -> Response:
    """The public keys of receipts, for everybody. Raises a 404 Problem when there are none."""
    signer = parts().receipts
    if signer is None:
        raise Problem(404, "not_found", "This portal signs no receipts.")
    response = jsonify(signer.keys())
    response.headers["Cache-Control"] = f"public, max-age={KEYS_CACHED_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _file(receipt: str, name: str) -> Response:
    response = Response(receipt, mimetype="application/jose")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}{receipts.SUFFIX}"'
    return response

"""Sending a file, and following it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, request, url_for

from shared.domain.ids import parse_id
from shared.domain.refusals import Refusal
from shared.domain.uploads import State, Upload
from shared.ports.sessions import Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.csrf import token_checked_by_view
from web.http.guards import token_required
from web.http.paging import cursor, limit
from web.http.parts import memory, parts
from web.http.problems import Problem, not_found, refuse
from web.upload.follow import FILTERS, Follower
from web.upload.pages import files_of, intake
from web.upload.receive import Received, Refused
from web.views.upload import UploadView

MAX_IDS = 100
STATES = {str(state): (state,) for state in State}


def _views(follower: Follower, found: list[Upload]) -> list[UploadView]:
    images = follower.images_of(found)
    waiting = follower.queue_position() if any(u.status is State.QUEUED for u in found) else None
    return [UploadView.of(u, parts().media, images, waiting) for u in found]


@token_required
def upload(me: Viewer, upload_id: str) -> Any:
    """One upload with its timeline."""
    follower, known = Follower(parts(), memory(), me), parse_id(upload_id)
    found = follower.find(known) if known else None
    if found is None:
        raise not_found("This upload")
    events = parts().uploads.events(found.id) if found.attempts or found.requeued_at else []
    return jsonify(_views(follower, [found])[0].json(events))


@token_required
def uploads(me: Viewer) -> Any:
    """Own uploads, newest first; with `ids` just those, for pages that follow a batch. Answers 304 to its ETag."""
    follower = Follower(parts(), memory(), me)
    if "ids" in request.args:
        ids = [parsed for text in request.args["ids"].split(",") if (parsed := parse_id(text))]
        if len(ids) > MAX_IDS:
            raise Problem(422, "too_many_ids", f"Ask for at most {MAX_IDS} uploads at once.")
        items, next_cursor = follower.find_many(ids), None
    else:
        asked = request.args.get("status", "all")
        states = STATES.get(asked) or FILTERS.get(asked)
        if states is None:
            raise Problem(422, "unknown_status", f"Known: {', '.join([*STATES, *FILTERS])}.")
        page = follower.page(states, cursor(), limit())
        items, next_cursor = page.items, page.next_cursor
    views = _views(follower, items)
    response = jsonify({"items": [view.json() for view in views], "next_cursor": next_cursor})
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@token_required
@token_checked_by_view
def create_image(me: Viewer) -> Any:
    """Accept one file."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "not_multipart", "Send multipart/form-data with the file in the field «file».")
    taker = intake(me, request.headers.get("Idempotency-Key"))
    one_file = refuse(Refusal.ONE_FILE)
    files = files_of(taker, 1, one_file)
    if len(files) != 1 or "file" not in request.files:
        taker.discard(files)
        raise one_file
    accepted = taker.accept(files[0], request.form.get("caption", ""), request.form.get("licence", ""))
    if isinstance(accepted, Refused):
        raise accepted.problem
    repeated = isinstance(files[0], Received) and files[0].claim.repeated
    status_url = url_for(".upload", upload_id=str(accepted.upload_id), _external=True)
    body = {
        "id": str(accepted.upload_id),
        "status": _status(me, accepted.upload_id) if repeated else "queued",
        "status_url": status_url,
    }
    return jsonify(body), 202, {"Location": status_url}


def _status(me: Viewer, upload_id: UUID) -> str:
    """A repeated request may find its upload further on."""
    try:
        upload = Follower(parts(), memory(), me).find(upload_id)
    except CatalogueUnavailable:
        return "queued"
    return upload.status if upload else "queued"


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.post("/images")(create_image)
    bp.get("/uploads/<upload_id>")(upload)
    bp.get("/uploads")(uploads)

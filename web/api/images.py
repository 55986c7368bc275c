"""Accepting images, and finding them."""

from typing import Any
from uuid import UUID

from flask import Blueprint, jsonify, request, url_for

from shared.domain.accounts import USERNAME
from shared.domain.ids import parse_id
from shared.ports.unavailable import CatalogueUnavailable
from web.follow import Follower
from web.listing import Asked, list_images
from web.parts import parts
from web.problems import Problem, not_found
from web.receive import Received, Refused
from web.sessions import token_required, viewer
from web.uploads import files_of, intake
from web.views import ImageView, timestamp


@token_required
def create_image() -> Any:
    """Accept one file."""
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "not_multipart", "Send multipart/form-data with the file in the field «file».")
    taker = intake(request.headers.get("Idempotency-Key"))
    one_file = Problem(422, "one_file", "Send exactly one file, in the field «file».")
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
        "status": _status(accepted.upload_id) if repeated else "queued",
        "status_url": status_url,
    }
    return jsonify(body), 202, {"Location": status_url}


def _status(upload_id: UUID) -> str:
    """A repeated request may find its upload further on."""
    me = viewer()
    try:
        upload = Follower(parts(), me).find(upload_id) if me else None
    except CatalogueUnavailable:
        return "queued"
    return upload.status if upload else "queued"


@token_required
def images() -> Any:
    """Images by words, hashtags, people and licence, newest first."""
    listing = list_images(Asked.from_request())
    return jsonify({"items": [view.json() for view in listing.items], "next_cursor": listing.next_cursor})


@token_required
def image(image_id: str) -> Any:
    """One image."""
    known = parse_id(image_id)
    record = parts().images.find(known) if known else None
    if record is None:
        raise not_found("This image")
    return jsonify(ImageView.of(record, parts().media).json())


@token_required
def user(username: str) -> Any:
    """A person and how many images they share."""
    account = parts().identity.find(username) if USERNAME.fullmatch(username) else None
    if account is None:
        raise not_found("This person")
    return jsonify(
        {
            "username": account.username,
            "images": parts().images.count_of(username),
            "joined_at": timestamp(account.joined_at),
        }
    )


def add_to(bp: Blueprint) -> None:
    """Register the routes."""
    bp.post("/images")(create_image)
    bp.get("/images")(images)
    bp.get("/images/<image_id>")(image)
    bp.get("/users/<username>")(user)

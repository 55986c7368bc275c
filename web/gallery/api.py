"""Finding images and people."""

from typing import Any

from flask import Blueprint, jsonify

from shared.domain.accounts import USERNAME
from shared.domain.ids import parse_id
from shared.ports.sessions import Viewer
from web.gallery.query import Asked, list_images
from web.http.guards import token_required
from web.http.parts import parts
from web.http.problems import not_found
from web.views.image import ImageView
from web.views.times import timestamp


@token_required
def images(_viewer: Viewer) -> Any:
    """Images by words, hashtags, people and licence, newest first."""
    listing = list_images(Asked.from_request())
    return jsonify({"items": [view.json() for view in listing.items], "next_cursor": listing.next_cursor})


@token_required
def image(_viewer: Viewer, image_id: str) -> Any:
    """One image."""
    known = parse_id(image_id)
    record = parts().images.find(known) if known else None
    if record is None:
        raise not_found("This image")
    return jsonify(ImageView.of(record, parts().media).json())


@token_required
def user(_viewer: Viewer, username: str) -> Any:
    """A person and how many images they share."""
    account = parts().accounts.find(username) if USERNAME.fullmatch(username) else None
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
    bp.get("/images")(images)
    bp.get("/images/<image_id>")(image)
    bp.get("/users/<username>")(user)

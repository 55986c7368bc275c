"""Addresses of originals in the API's images: each names its taker, so that a download is written down when it is made.

An address stays the same for an hour and is good for one to two, as those of the media are.
"""

import hashlib
import time
from datetime import UTC, datetime
from uuid import UUID

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from shared.ports.sessions import Viewer

HOUR_SECONDS = 3600


def original_address(taker: Viewer, image_id: str) -> str:
    """Where `taker` downloads the original, for an hour at least; whoever has the address downloads in their name."""
    until = int(time.time()) // HOUR_SECONDS + 2
    said = [image_id, taker.owner.hex, taker.username, int(taker.since.timestamp()), until]
    return url_for("receipts.original", token=_serializer().dumps(said), _external=True)


def read_address(token: str) -> tuple[Viewer, str] | None:
    """The taker and the image's id; None when the portal gave no such address out, or it has run out."""
    try:
        image_id, owner, username, since, until = _serializer().loads(token)
    except BadSignature:
        return None
    if time.time() >= until * HOUR_SECONDS:
        return None
    return Viewer(UUID(owner), username, since=datetime.fromtimestamp(since, UTC)), image_id


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.secret_key or "", salt="original", signer_kwargs={"digest_method": hashlib.sha256}
    )

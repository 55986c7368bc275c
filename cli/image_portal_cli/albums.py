"""The album that a folder's images go to, beyond those that are sent with its name: what earlier runs have sent."""

import unicodedata
from collections.abc import Sequence
from uuid import UUID

from image_portal_cli.faults import Refusal
from image_portal_cli.login import Login

AT_ONCE = 1000


def put(account: Login, album: str, upload_ids: Sequence[str]) -> None:
    """Put published images into the album of this id or title, made if there is none. Raises Refusal; repeating it
    changes nothing more."""
    if not upload_ids:
        return
    path = f"/albums/{_id(album) or _titled(account, album)}/images"
    for start in range(0, len(upload_ids), AT_ONCE):
        account.call("POST", path, json={"ids": list(upload_ids[start : start + AT_ONCE])})


def _id(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None


def _titled(account: Login, title: str) -> str:
    try:
        return str(account.call("POST", "/albums", json={"title": title})["id"])
    except Refusal as refusal:
        if refusal.code != "title_taken":
            raise
        taken = refusal
    cursor = ""
    while cursor is not None:
        page = account.call("GET", "/albums", query={"limit": "100", "cursor": cursor})
        for album in page["items"]:
            if album["title"] == _kept(title):
                return str(album["id"])
        cursor = page["next_cursor"]
    raise taken


def _kept(title: str) -> str:
    """As the portal keeps it."""
    return " ".join(unicodedata.normalize("NFC", title).split())

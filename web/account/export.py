"""Everything that the portal has of one person, as an archive that is made while it is sent.

Originals come first, one after another, a piece at a time; then the records, a page at a time. What can't be put in is
named in `left-out.json`. When a part of the world goes away in the middle the connection is cut, so that nobody takes a
part for the whole.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.domain.formats import download_name
from shared.domain.images import Image
from shared.domain.licences import DEFAULT
from shared.domain.uploads import State, Upload
from shared.parts import WebParts
from shared.ports.sessions import Viewer
from shared.staging import Staging
from web.account import belongings
from web.account.archive import Archive
from web.account.belongings import PAGE, every, pages, told
from web.account.filenames import safe_name
from web.views.upload import UploadView

RECORDS = {
    "albums": belongings.albums,
    "links": belongings.links,
    "requests": belongings.requests,
    "notices": belongings.notices,
}
GONE = "It was taken back when its turn came."


class Export:
    """One person's archive."""

    def __init__(self, parts: WebParts, viewer: Viewer, email: str) -> None:
        self._parts = parts
        self._viewer = viewer
        self._email = email
        self._archive = Archive()
        self._now = datetime.now(UTC)
        self._put_in: set[UUID] = set()
        self._left_out: list[dict[str, str]] = []

    def __iter__(self) -> Iterator[bytes]:
        """The archive's bytes. Raises Unavailable."""
        yield from self._json("account.json", [json.dumps(self._account(), indent=2)])
        for upload, image in self._published():
            if image is None:
                self._leave_out(upload.id, upload.filename, GONE)
            else:
                yield from self._original(image)
        yield from self._list("images.json", map(self._image, self._images()))
        yield from self._list("uploads.json", map(self._upload, self._uploads(tuple(State))))
        yield from self._list("downloads.json", self._downloads())
        for name, records in RECORDS.items():
            yield from self._list(f"{name}.json", records(self._parts, self._viewer))
        yield from self._list("left-out.json", self._left_out)
        yield from self._archive.end()

    def _json(self, name: str, texts: Iterable[str]) -> Iterator[bytes]:
        return self._archive.file(name, self._now, (text.encode() for text in texts), pack=True)

    def _list(self, name: str, items: Iterable[dict[str, Any]]) -> Iterator[bytes]:
        return self._json(name, _array(items))

    def _original(self, image: Image) -> Iterator[bytes]:
        pieces = self._parts.store.pieces(image.original_key)
        if pieces is None:
            self._leave_out(image.id, image.filename, GONE)
            return
        counted = _Counted(pieces)
        yield from self._archive.file(file_name(image), image.uploaded_at, counted, pack=False)
        if counted.bytes != image.size_bytes:
            self._leave_out(image.id, file_name(image), "It was erased while it was read, and is not whole.")
            return
        self._put_in.add(image.id)

    def _leave_out(self, image_id: UUID, name: str, why: str) -> None:
        self._left_out.append({"id": str(image_id), "name": name, "why": why})

    def _account(self) -> dict[str, Any]:
        account = self._parts.accounts.find(self._viewer.username)
        licence = self._parts.account_records.default_licence(self._viewer.owner) or DEFAULT
        return {
            "username": self._viewer.username,
            "id": str(self._viewer.owner),
            "email": self._email,
            "joined_at": told(account.joined_at) if account else None,
            "default_licence": licence,
            "exported_at": told(self._now),
        }

    def _images(self) -> Iterator[Image]:
        return (image for _, image in self._published() if image)

    def _published(self) -> Iterator[tuple[Upload, Image | None]]:
        """The owner's, newest first, each with its image unless that is taken back meanwhile; what a
        moderator hides is theirs all the same."""
        for page in pages(lambda before: self._page((State.PUBLISHED,), before)):
            found = self._parts.images.with_hidden([u.id for u in page])
            yield from ((u, found.get(u.id)) for u in page)

    def _uploads(self, states: tuple[State, ...]) -> Iterator[Upload]:
        """What waits without a record, then every record, newest first."""
        staging = Staging(self._parts.store)
        waiting = staging.accepted_by(self._viewer.owner)
        known = self._parts.uploads.find_many(waiting)
        for upload_id in waiting:
            if upload_id not in known and (manifest := staging.manifest(self._viewer.owner, upload_id)):
                yield Upload.queued(manifest)
        yield from every(lambda before: self._page(states, before))

    def _page(self, states: tuple[State, ...], before: UUID | None) -> list[Upload]:
        return self._parts.uploads.of_owner(self._viewer.owner, states, before, PAGE)

    def _image(self, image: Image) -> dict[str, Any]:
        return {
            "id": str(image.id),
            "file": file_name(image) if image.id in self._put_in else None,
            "filename": image.filename,
            "caption": image.caption,
            "alt": image.alt,
            "hashtags": list(image.hashtags),
            "licence": image.licence,
            "licence_history": [
                {"version": grant.version, "licence": grant.licence, "at": told(grant.at)}
                for grant in self._parts.editing.grants(image.id)
            ],
            "format": image.format,
            "width": image.width,
            "height": image.height,
            "bytes": image.size_bytes,
            "sha256": image.sha256,
            "version": image.version,
            "uploaded_at": told(image.uploaded_at),
            "published_at": told(image.published_at),
        }

    def _upload(self, upload: Upload) -> dict[str, Any]:
        seen = UploadView.of(upload, self._parts.media, {}, None)
        events = self._parts.uploads.events(upload.id) if upload.unchanged_for is not None else []
        return {
            "id": seen.id,
            "filename": seen.filename,
            "bytes": seen.bytes,
            "status": seen.status,
            "reason": seen.reason,
            "accepted_at": told(seen.accepted_at),
            "taken_back_at": told(seen.taken_back_at),
            "erased_at": told(seen.erased_at),
            "events": [
                {"at": told(e.at), "step": e.step, "attempt": e.attempt, "ms": e.ms, "result": e.result}
                for e in events
            ],
        }

    def _downloads(self) -> Iterator[dict[str, Any]]:
        of_taker = self._parts.downloads.of_taker
        for taken in every(lambda before: of_taker(self._viewer.owner, before, PAGE)):
            yield {
                "id": str(taken.id),
                "image_id": str(taken.image_id),
                "shared_by": taken.shared_by,
                "sha256": taken.sha256,
                "bytes": taken.size_bytes,
                "licence": taken.licence,
                "at": told(taken.at),
            }


class _Counted:
    """Pieces, and how many bytes they were."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.bytes += len(piece)
            yield piece


def file_name(image: Image) -> str:
    """Where an image's original is in the archive: readable, and by the id's end another one for each image."""
    name = safe_name(download_name(image.filename, image.format))
    stem, dot, extension = name.rpartition(".")
    return f"images/{image.uploaded_at:%Y-%m-%d}_{stem}_{image.id.hex[-12:]}{dot}{extension}"


def _array(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A JSON array, an item at a time."""
    separator = "[\n"
    for item in items:
        yield separator + json.dumps(item, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"

"""What a person has beside images: albums, links, questions and notices, as their archive tells of them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Protocol, TypeVar
from uuid import UUID

from shared.domain.asks import Ask
from shared.domain.moderation import NOTICES
from shared.parts import WebParts
from shared.ports.moderation import Wanted
from shared.ports.sessions import Viewer
from web.views.notice import NoticeView

PAGE = 100


class _Listed(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=_Listed)


def pages(read: Callable[[UUID | None], list[T]]) -> Iterator[list[T]]:
    """A list a page at a time, each from the last id of the one before."""
    before: UUID | None = None
    while found := read(before):
        yield found
        before = found[-1].id


def every(read: Callable[[UUID | None], list[T]]) -> Iterator[T]:
    """All of a list that is read so."""
    return chain.from_iterable(pages(read))


def told(moment: datetime | None) -> str | None:
    """A moment as the archive writes it."""
    return moment.isoformat() if moment else None


def albums(parts: WebParts, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """With the ids of their images, in order."""
    for album in every(lambda before: parts.albums.of_user(viewer.username, before, PAGE)):
        yield {
            "id": str(album.id),
            "title": album.title,
            "description": album.description,
            "cover": str(album.cover) if album.cover else None,
            "created_at": told(album.created_at),
            "updated_at": told(album.updated_at),
            "images": list(_in_album(parts, album.id)),
        }


def _in_album(parts: WebParts, album_id: UUID) -> Iterator[str]:
    after: int | None = None
    while True:
        found = parts.albums.images(album_id, after, PAGE)
        yield from (str(image.id) for image in found.items)
        if (after := found.next) is None:
            return


def links(parts: WebParts, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """Links for people without an account; their passwords nobody can read."""
    for share in every(lambda before: parts.shares.of_owner(viewer.owner, before, PAGE)):
        yield {
            "id": str(share.id),
            "kind": share.kind,
            "target": str(share.target),
            "token": share.token,
            "created_at": told(share.created_at),
            "expires_at": told(share.expires_at),
            "revoked_at": told(share.revoked_at),
            "has_password": share.password_hash is not None,
            "views": share.views,
        }


def requests(parts: WebParts, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """What the person was asked, and what they have asked."""
    yield from map(_ask, every(lambda before: parts.asks.of_owner(viewer.owner, before, PAGE)))
    yield from map(_ask, every(lambda before: parts.asks.of_asker(viewer.owner, before, PAGE)))


def _ask(ask: Ask) -> dict[str, Any]:
    return {
        "id": str(ask.id),
        "image_id": str(ask.image_id),
        "from": ask.asker_name,
        "to": ask.owner_name,
        "text": ask.text,
        "at": told(ask.at),
        "granted": ask.granted,
        "answer": ask.answer,
        "answered_at": told(ask.answered_at),
    }


def notices(parts: WebParts, viewer: Viewer) -> Iterator[dict[str, Any]]:
    """What moderators told the person, and the answers."""
    wanted = Wanted(owner=viewer.owner, verbs=NOTICES)
    for act in every(lambda before: parts.moderation.acts(wanted, before, PAGE)):
        notice = NoticeView.of(act)
        yield {
            "id": notice.id,
            "image_id": str(notice.image_id),
            "at": told(notice.at),
            "sentence": notice.sentence,
            "reason": notice.reason,
            "note": notice.note,
            "answer": notice.answer.text if notice.answer else None,
        }

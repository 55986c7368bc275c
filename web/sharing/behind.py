"""What is behind a link: one image, or a collection that is paged."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.albums import Album
from shared.domain.ids import parse_id
from shared.domain.images import Image, ImageQuery
from shared.domain.shares import Kind, Share
from shared.domain.terms import user_term
from shared.domain.uploads import State, Upload
from web.http.paging import parse_cursor, parse_place
from web.http.parts import parts
from web.http.problems import Problem, not_found
from web.sharing.opening import link_ended
from web.views.missing import missing


@dataclass(frozen=True)
class Collection:
    """One page of what a link shows: an album in its order, a profile newest first. `cover` stands for all of it;
    `next_cursor` is what to go on from."""

    title: str
    description: str
    count: int
    cover: Image | None
    images: list[Image]
    updated_at: datetime
    next_cursor: str | None


def image_of(share: Share) -> Image:
    """The image of a link to one. Raises a Problem: 410 for what was taken back, erased or hidden."""
    image = parts().images.find(share.target) if share.kind is Kind.IMAGE else None
    if image is None:
        raise _gone(parts().uploads.find(share.target))
    return image


def image_in(share: Share, image_id: str) -> Image:
    """One image of a collection. Raises a Problem: 410 for what was in it and was taken back."""
    known = parse_id(image_id)
    if known is None or share.kind is Kind.IMAGE:
        raise not_found("This image")
    if share.kind is Kind.ALBUM and not parts().albums.holds(_album(share).id, known):
        raise not_found("This image")
    image = parts().images.find(known)
    if image is not None and image.owner == share.owner:
        return image
    upload = parts().uploads.find(known)
    raise _gone(upload if upload and upload.owner == share.owner else None)


def collection_of(share: Share, cursor: str, limit: int) -> Collection:
    """A page of a link to several images, from the start or from a cursor. Raises a Problem: 410 for an album that was
    deleted."""
    return (
        _album_page(share, cursor, limit) if share.kind is Kind.ALBUM else _profile_page(share, cursor, limit)
    )


def cover_of(share: Share) -> Image:
    """The picture that stands for it: the image, or a collection's cover. Raises a Problem without one."""
    if share.kind is Kind.IMAGE:
        return image_of(share)
    cover = collection_of(share, "", 1).cover
    if cover is None:
        raise not_found("This picture")
    return cover


def _gone(upload: Upload | None) -> Problem:
    """410 for what was there, also when it is hidden and nobody took it back; 404 for what never was."""
    if upload is not None and upload.status is State.PUBLISHED:
        return Problem(410, "link_ended", "This image is not shown any more.")
    return missing(upload)


def _album(share: Share) -> Album:
    album = parts().albums.find(share.target)
    if album is None:
        raise link_ended()
    return album


def _album_page(share: Share, cursor: str, limit: int) -> Collection:
    album = _album(share)
    page = parts().albums.images(album.id, parse_place(cursor), limit)
    images = list(page.items)
    return Collection(
        title=album.title,
        description=album.description,
        count=album.images,
        cover=parts().images.find(album.face) if album.face else None,
        images=images,
        updated_at=max([album.updated_at, *(image.published_at for image in images)]),
        next_cursor=None if page.next is None else str(page.next),
    )


def _profile_page(share: Share, cursor: str, limit: int) -> Collection:
    terms = frozenset({user_term(share.username)})
    page = parts().images.search(ImageQuery(terms, before=parse_cursor(cursor), limit=limit))
    images = list(page.items)
    return Collection(
        title=f"Images by {share.username}",
        description="",
        count=parts().images.count_of(share.username),
        cover=images[0] if images else None,
        images=images,
        updated_at=max((image.published_at for image in images), default=share.created_at),
        next_cursor=str(images[-1].id) if page.more else None,
    )

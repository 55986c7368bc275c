"""What is behind a link: one image, or a collection that is paged."""

from dataclasses import dataclass
from uuid import UUID

from shared.domain.ids import parse_id
from shared.domain.images import Image, ImageQuery
from shared.domain.shares import Kind, Share
from shared.domain.terms import user_term
from web.http.parts import parts
from web.http.problems import not_found
from web.views.missing import missing


@dataclass(frozen=True)
class Collection:
    """One page of what a link shows, newest first; `next_cursor` is the id to go on from."""

    title: str
    count: int
    images: list[Image]
    next_cursor: str | None


def image_of(share: Share) -> Image:
    """The image of a link to one. Raises a Problem: 410 for what was taken back."""
    image = parts().images.find(share.target) if share.kind is Kind.IMAGE else None
    if image is None:
        raise missing(parts().uploads.find(share.target))
    return image


def image_in(share: Share, image_id: str) -> Image:
    """One image of a collection. Raises a Problem: 410 for what was in it and was taken back."""
    known = parse_id(image_id)
    image = parts().images.find(known) if known else None
    if image is not None and _holds(share, image):
        return image
    upload = parts().uploads.find(known) if known and image is None else None
    raise missing(upload if upload and upload.owner == share.owner else None)


def collection_of(share: Share, before: UUID | None, limit: int) -> Collection:
    """A page of a link to several images."""
    page = parts().images.search(
        ImageQuery(frozenset({user_term(share.username)}), before=before, limit=limit)
    )
    images = list(page.items)
    return Collection(
        title=f"Images by {share.username}",
        count=parts().images.count_of(share.username),
        images=images,
        next_cursor=str(images[-1].id) if page.more else None,
    )


def cover_of(share: Share) -> Image:
    """The picture that stands for it: the image, or a collection's newest. Raises a Problem without one."""
    if share.kind is Kind.IMAGE:
        return image_of(share)
    images = collection_of(share, None, 1).images
    if not images:
        raise not_found("This picture")
    return images[0]


def _holds(share: Share, image: Image) -> bool:
    return share.kind is Kind.PROFILE and image.owner == share.owner

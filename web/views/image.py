"""An image as templates show it."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from shared.domain.formats import BY_NAME, FORMATS, Format, download_name
from shared.domain.images import Image
from shared.ports.media_urls import MediaUrls
from web.views.placeholder import placeholder_url

# An animation up to this plays by itself; beyond, it takes its viewer's word.
MAX_PLAYED_BYTES = 5 * 2**20


@dataclass(frozen=True)
class ImageView:
    """An image with its addresses; sizes are pixels and bytes."""

    id: str
    username: str
    caption: str
    hashtags: list[str]
    licence: str
    width: int
    height: int
    bytes: int
    format: str
    sha256: str
    uploaded_at: datetime
    thumbnail_url: str
    thumbnail_width: int
    thumbnail_height: int
    tile_url: str | None
    tile_width: int | None
    preview_url: str
    preview_width: int
    preview_height: int
    original_url: str
    smaller_url: str | None  # the preview as a download, where it is smaller or can be opened by more people
    smaller_label: str
    animation_url: str | None  # the original in place, if it moves
    plays: bool  # by itself, where motion is wanted
    page_url: str
    colour: str
    placeholder_url: str | None  # a few colours, for while it loads
    alt: str
    version: int
    hidden: bool  # by a moderator

    @property
    def may_be_clear(self) -> bool:
        """Whether what lies behind it may be seen through it."""
        return not BY_NAME[self.format].is_opaque

    @classmethod
    def of(cls, image: Image, media: MediaUrls) -> "ImageView":
        """Sign the addresses and take what people see."""
        return cls(
            id=str(image.id),
            username=image.username,
            caption=image.caption,
            hashtags=list(image.hashtags),
            licence=image.licence,
            width=image.width,
            height=image.height,
            bytes=image.size_bytes,
            format=image.format,
            sha256=image.sha256,
            uploaded_at=image.uploaded_at,
            thumbnail_url=media.url(image.thumbnail.key),
            thumbnail_width=image.thumbnail.width,
            thumbnail_height=image.thumbnail.height,
            tile_url=media.url(image.tile.key) if image.tile else None,
            tile_width=image.tile.width if image.tile else None,
            preview_url=media.url(image.preview.key),
            preview_width=image.preview.width,
            preview_height=image.preview.height,
            original_url=media.url(
                image.original_key, download_as=download_name(image.filename, image.format)
            ),
            smaller_url=_smaller_url(image, media),
            smaller_label="Smaller" if BY_NAME[image.format].is_shown else _preview_format(image).label,
            animation_url=media.url(image.original_key) if image.frames > 1 else None,
            plays=image.frames > 1 and image.size_bytes <= MAX_PLAYED_BYTES,
            page_url=url_for("gallery.image", image_id=str(image.id)),
            colour=image.colour,
            placeholder_url=placeholder_url(image.placeholder),
            alt=alt_of(image),
            version=image.version,
            hidden=image.hidden,
        )


def _preview_format(image: Image) -> Format:
    return next(known for known in FORMATS if image.preview.key.endswith(f".{known.extension}"))


def _smaller_url(image: Image, media: MediaUrls) -> str | None:
    if BY_NAME[image.format].is_shown and image.preview.width >= image.width:
        return None
    name = download_name(image.filename, _preview_format(image).name)
    return media.url(image.preview.key, download_as=name)


def alt_of(image: Image) -> str:
    """What is said of it to who can't see it: the owner's words, else the beginning of the caption."""
    if image.alt:
        return image.alt
    words = " ".join(image.caption.split())
    return words[:140] if words else f"Image by {image.username}"

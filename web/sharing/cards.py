"""How a link reads and unfolds elsewhere: its title, its sentence, its picture, and what names whose it is."""

from dataclasses import dataclass
from enum import StrEnum

from flask import url_for
from markupsafe import Markup, escape

from shared.domain.images import Image, Rendition
from shared.domain.licences import BY_CODE, Licence
from shared.domain.shares import Kind, Share
from web.sharing.behind import Collection
from web.views.image import alt_of

FRAME_WIDTH, COLLECTION_HEIGHT, BAR_HEIGHT = 640, 480, 76
MOST_FRAME_HEIGHT = 900


class Size(StrEnum):
    """A rendition that an address may ask for."""

    PREVIEW = "preview"
    TILE = "tile"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True)
class Picture:
    """A picture at an address that stays; sizes are pixels."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Card:
    """A link as others show it."""

    title: str
    username: str
    url: str
    description: str
    picture: Picture | None
    licence: Licence | None

    @property
    def byline(self) -> str:
        """«by somebody», where the title does not say it already."""
        by = f"by {self.username}"
        return "" if self.title.endswith(by) else by

    @property
    def named(self) -> str:
        """The title with whose it is."""
        return f"{self.title} {self.byline}".strip()


def card_of_image(share: Share, image: Image) -> Card:
    """For one image, by a link of its own or within a collection."""
    licence = BY_CODE[image.licence]
    alone = share.kind is Kind.IMAGE
    return Card(
        title=title_of(image),
        username=image.username,
        url=page_url(share) if alone else image_url(share, image),
        description=f"By {image.username}. {licence.name}: {licence.summary}",
        picture=picture(share, image, Size.PREVIEW),
        licence=licence,
    )


def card_of_collection(share: Share, collection: Collection) -> Card:
    """For several images; their cover stands for them."""
    word = "image" if collection.count == 1 else "images"
    return Card(
        title=collection.title,
        username=share.username,
        url=page_url(share),
        description=f"{collection.count:,} {word} by {share.username}, each with its licence.",
        picture=picture(share, collection.cover, Size.PREVIEW) if collection.cover else None,
        licence=None,
    )


def title_of(image: Image) -> str:
    """The beginning of the caption in one line, or whose image it is."""
    words = " ".join(image.caption.split())
    return (words if len(words) <= 80 else f"{words[:79].rstrip()}…") or f"Image by {image.username}"


def rendition(image: Image, size: Size) -> Rendition:
    """The stored picture of a size; where there is no tile, the preview is no larger than one."""
    match size:
        case Size.PREVIEW:
            return image.preview
        case Size.TILE:
            return image.tile or image.preview
        case Size.THUMBNAIL:
            return image.thumbnail


def picture(share: Share, image: Image, size: Size) -> Picture:
    """Addressed through the link, so that it ends with it."""
    stored = rendition(image, size)
    return Picture(picture_url(share, image, size), stored.width, stored.height, alt_of(image))


def picture_url(share: Share, image: Image, size: Size = Size.PREVIEW) -> str:
    """What stays while the link is good, and leads to a freshly signed address."""
    asked = {} if size is Size.PREVIEW else {"size": size.value}
    if share.kind is Kind.IMAGE:
        return url_for("link.picture", token=share.token, _external=True, **asked)
    return url_for("link.picture_in", token=share.token, image_id=image.id, _external=True, **asked)


def page_url(share: Share) -> str:
    """The link itself."""
    return url_for("link.page", token=share.token, _external=True)


def image_url(share: Share, image: Image) -> str:
    """An image of a collection."""
    return url_for("link.image_in", token=share.token, image_id=image.id, _external=True)


def frame_size(card: Card, max_width: int | None = None, max_height: int | None = None) -> tuple[int, int]:
    """Width and height of the frame that shows the link within another page: as wide as is usual, or as may be."""
    width = min(FRAME_WIDTH, max_width or FRAME_WIDTH)
    height = COLLECTION_HEIGHT
    if card.licence and card.picture:
        height = round(width * card.picture.height / card.picture.width) + BAR_HEIGHT
    return width, min(height, max_height or MOST_FRAME_HEIGHT, MOST_FRAME_HEIGHT)


def frame(share: Share, card: Card, max_width: int | None = None, max_height: int | None = None) -> str:
    """HTML of a frame with picture and credit."""
    width, height = frame_size(card, max_width, max_height)
    return Markup(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" style="border:0;max-width:100%"></iframe>'
    ).format(
        url_for("link.embed", token=share.token, _external=True),
        width,
        height,
        card.named,
    )


def credit_html(card: Card) -> str:
    """«Title» by somebody, under which licence, with links."""
    credit = Markup('<a href="{}">{}</a> {}').format(card.url, card.title, card.byline).rstrip()
    if card.licence is None:
        return credit
    named = Markup('<a rel="license" href="{}">{}</a>').format(card.licence.url, card.licence.name)
    return credit + ", " + (named if card.licence.url else escape(card.licence.name))


def credit_text(card: Card) -> str:
    """The same without markup."""
    licence = f", {card.licence.name}" if card.licence else ""
    return f"{f'“{card.title}” {card.byline}'.rstrip()}{licence}. {card.url}"


def figure(card: Card) -> str:
    """HTML of the picture with its credit, for pages that take no frames."""
    if card.picture is None:
        return credit_html(card)
    return Markup(
        '<figure><a href="{}"><img src="{}" width="{}" height="{}" alt="{}" style="max-width:100%;height:auto"></a>'
        "<figcaption>{}</figcaption></figure>"
    ).format(
        card.url,
        card.picture.url,
        card.picture.width,
        card.picture.height,
        card.picture.alt,
        credit_html(card),
    )

"""Answers of the API that more than one room gives."""

from typing import Annotated

from flask import url_for
from pydantic import Field

from shared.domain.formats import BY_NAME, JPEG
from shared.domain.licences import BY_CODE
from web.http.problems import not_logged_in
from web.http.schema import Id, Output, Timestamp
from web.http.sessions import viewer
from web.views.image import ImageView
from web.views.original import original_address

Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Pixels = Annotated[int, Field(description="Pixels, as displayed.", examples=[1600])]
LicenceCode = Annotated[str, Field(examples=["cc-by"], json_schema_extra={"enum": list(BY_CODE)})]


class ImageResource(Output):
    """A published image. Its addresses hold for at least an hour."""

    id: Id
    username: Annotated[str, Field(examples=["ana.lima"])]
    caption: Annotated[str, Field(examples=["The old harbour at dawn #boats"])]
    hashtags: Annotated[list[str], Field(examples=[["boats"]])]
    licence: LicenceCode
    width: Pixels
    height: Pixels
    bytes: Annotated[int, Field(description="Of the original.", examples=[2483112])]
    format: Annotated[str, Field(examples=[JPEG.name], json_schema_extra={"enum": list(BY_NAME)})]
    sha256: Annotated[
        str,
        Field(
            description="Hex digest of the original as it can be downloaded.",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]
    uploaded_at: Timestamp
    thumbnail_url: Annotated[Address, Field(examples=["https://media.example/t/01937f3a.jpg"])]
    thumbnail_width: Pixels
    thumbnail_height: Pixels
    preview_url: Annotated[Address, Field(examples=["https://media.example/p/01937f3a.jpg"])]
    preview_width: Pixels
    preview_height: Pixels
    original_url: Annotated[
        Address,
        Field(
            description="Downloads the original. Another person's goes through the portal, which writes the download "
            "down and redirects to the bytes; with 403 where the licence grants nothing but looking.",
            examples=["https://portal.example/original/WyIwMTkzN2YzYSJd.c2ln"],
        ),
    ]
    page_url: Annotated[Address, Field(examples=["https://portal.example/image/01937f3a"])]
    colour: Annotated[str, Field(description="The image's average, as CSS writes it.", examples=["#3a5f7d"])]
    alt: Annotated[
        str,
        Field(
            description="Alternative text: the owner's own, else the beginning of the caption.",
            examples=["Fishing boats in a row, the sun behind them"],
        ),
    ]
    version: Annotated[int, Field(description="1 as published, one more with each edit.", examples=[1])]

    @classmethod
    def of(cls, image: ImageView) -> "ImageResource":
        """What the API tells the viewer of an image. Others' originals are downloaded through the portal."""
        if (me := viewer()) is None:
            raise not_logged_in()
        owns = me.username == image.username
        return cls(
            id=image.id,
            username=image.username,
            caption=image.caption,
            hashtags=image.hashtags,
            licence=image.licence,
            width=image.width,
            height=image.height,
            bytes=image.bytes,
            format=image.format,
            sha256=image.sha256,
            uploaded_at=image.uploaded_at,
            thumbnail_url=image.thumbnail_url,
            thumbnail_width=image.thumbnail_width,
            thumbnail_height=image.thumbnail_height,
            preview_url=image.preview_url,
            preview_width=image.preview_width,
            preview_height=image.preview_height,
            original_url=image.original_url if owns else original_address(me, image.id),
            page_url=url_for("gallery.image", image_id=image.id, _external=True),
            colour=image.colour,
            alt=image.alt,
            version=image.version,
        )

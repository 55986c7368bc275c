"""Requests and answers about albums."""

from typing import Annotated

from flask import url_for
from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.domain.albums import MAX_DESCRIPTION_CHARACTERS, MAX_IMAGES_AT_ONCE, MAX_TITLE_CHARACTERS
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor, parse_place
from web.http.schema import Id, Input, Omitted, Output, Timestamp
from web.views.album import AlbumView
from web.views.schema import Address, ImageResource

AlbumId = Annotated[Id, Field(description="The album's id.")]
ImageIds = Annotated[
    list[Id],
    Field(
        description=f"{MAX_IMAGES_AT_ONCE:,} at most.",
        min_length=1,
        json_schema_extra={"maxItems": MAX_IMAGES_AT_ONCE},
    ),
]
_TITLE_EXAMPLES = ["Lisbon in May"]
_DESCRIPTION_EXAMPLES = ["Four days along the river"]


class ListAlbums(Input):
    """Whose albums."""

    by: Annotated[str, Field(description="A user name; yours by default.", examples=["ana.lima"])] = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class NewAlbum(Input):
    """An album to make."""

    title: Annotated[
        str,
        Field(
            description="One line, and none that an album of yours has.",
            min_length=1,
            examples=_TITLE_EXAMPLES,
            json_schema_extra={"maxLength": MAX_TITLE_CHARACTERS},
        ),
    ]
    description: Annotated[
        str,
        Field(
            description="What it is about.",
            examples=_DESCRIPTION_EXAMPLES,
            json_schema_extra={"maxLength": MAX_DESCRIPTION_CHARACTERS},
        ),
    ] = ""


class EditAlbum(Input):
    """What is to be otherwise, one field at least; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: Annotated[
        str,
        Field(
            description="One line, and none that another album of yours has.",
            min_length=1,
            examples=_TITLE_EXAMPLES,
            json_schema_extra={"maxLength": MAX_TITLE_CHARACTERS},
        ),
    ] = ""
    description: Annotated[
        str,
        Field(
            description="What it is about; empty for nothing.",
            examples=_DESCRIPTION_EXAMPLES,
            json_schema_extra={"maxLength": MAX_DESCRIPTION_CHARACTERS},
        ),
    ] = ""
    cover: Annotated[Id, Field(description="An image of the album, to stand for it.")] = ""


class ListAlbumImages(Input):
    """Which of an album's images."""

    cursor: Annotated[
        int | None,
        BeforeValidator(parse_place),
        Field(description="`next_cursor` of the page before; nothing for the first."),
        WithJsonSchema({"type": "string"}),
    ] = None
    limit: Limit = DEFAULT_LIMIT


class SomeImages(Input):
    """Which images."""

    ids: ImageIds


class AllImages(Input):
    """All that an album is to hold, in its order."""

    ids: Annotated[
        list[Id],
        Field(
            description="Image ids; none empties the album.",
            json_schema_extra={"maxItems": MAX_IMAGES_AT_ONCE},
        ),
    ]


class MoveImages(Input):
    """Which images of the album go where: `before` or `after` another image of it, or `to` its start or its end."""

    ids: ImageIds
    before: Annotated[Id, Field(description="An image of the album that is not among `ids`.")] = ""
    after: Annotated[Id, Field(description="An image of the album that is not among `ids`.")] = ""
    to: Annotated[
        str, Field(description="start or end.", json_schema_extra={"enum": ["start", "end", ""]})
    ] = ""


class AlbumResource(Output):
    """An album, and the image that stands for it."""

    id: Id
    username: Annotated[str, Field(examples=["ana.lima"])]
    title: Annotated[str, Field(examples=_TITLE_EXAMPLES)]
    description: Annotated[str, Field(examples=_DESCRIPTION_EXAMPLES)]
    count: Annotated[int, Field(description="How many images are in it.", examples=[12])]
    cover: Annotated[
        Omitted[ImageResource], Field(description="The chosen image, or the first; none in an empty album.")
    ] = None
    cover_url: Annotated[
        Address | None,
        Field(
            description="Its thumbnail; null in an empty album.",
            examples=["https://media.example/t/0193.jpg"],
        ),
    ]
    page_url: Annotated[Address, Field(examples=["https://portal.example/album/01937f3a"])]
    version: Annotated[int, Field(description="1 when it was made, one more with each edit.", examples=[1])]
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, album: AlbumView) -> "AlbumResource":
        """What the API tells of an album."""
        return cls(
            id=album.id,
            username=album.username,
            title=album.title,
            description=album.description,
            count=album.images,
            cover_url=album.cover.thumbnail_url if album.cover else None,
            cover=ImageResource.of(album.cover) if album.cover else None,
            page_url=url_for("albums.page", album_id=album.id, _external=True),
            version=album.version,
            created_at=album.created_at,
            updated_at=album.updated_at,
        )


class SetImages(Output):
    """What an album holds now."""

    count: Annotated[int, Field(examples=[12])]
    not_found: Annotated[list[Id], Field(description="Those that are no images of yours.")]


class AlbumList(Output):
    """Albums, newest first."""

    items: list[AlbumResource]
    next_cursor: NextCursor


class AlbumImageList(Output):
    """Images in the album's order."""

    items: list[ImageResource]
    next_cursor: Annotated[
        str | None,
        Field(description="What `cursor` goes on from; null on the last page.", examples=["131072"]),
    ]


class AddedImages(Output):
    """What became of each."""

    added: Annotated[list[Id], Field(description="New in the album.")]
    present: Annotated[list[Id], Field(description="In it before; they stay where they were.")]
    not_found: Annotated[list[Id], Field(description="Those that do not exist, or are not yours.")]


class RemovedImages(Output):
    """What is no longer in the album; the images themselves stay."""

    removed: Annotated[int, Field(description="How many were in it.", examples=[2])]


class MovedImages(Output):
    """What is where it was wanted."""

    moved: Annotated[int, Field(description="How many of them are in the album.", examples=[2])]

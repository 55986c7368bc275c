"""Requests and answers about images and people."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from shared.domain.dimensions import ORIENTATIONS, SIZES
from shared.domain.licences import BY_CODE
from shared.domain.limits import MAX_ALT_CHARACTERS, MAX_CAPTION_CHARACTERS
from web.gallery.query import EXAMPLE_DAY, Listing
from web.gallery.selection import MAX_HASHTAGS, MAX_SELECTED
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.problems import Problem
from web.http.schema import Id, Input, Omitted, Output, Timestamp
from web.views.schema import ImageResource

ImageId = Annotated[Id, Field(description="The image's id.")]
PersonName = Annotated[str, Field(description="A user name.", examples=["ana.lima"])]
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


Day = Annotated[
    str,
    Field(
        description="A day of UTC, which counts too: when the image was uploaded.",
        examples=[EXAMPLE_DAY],
        json_schema_extra={"pattern": r"^(|(19[789]\d|[2-9]\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$"},
    ),
]


def _flag(text: str) -> bool:
    if (word := text.lower()) not in _YES + _NO:
        raise Problem(422, "invalid_parameter", "`commercial` is true or false.")
    return word in _YES


class FindImages(Input):
    """Conditions that must all hold."""

    q: Annotated[str, Field(description="Words, #hashtags and @people.", examples=["harbour #boats"])] = ""
    user: PersonName = ""
    tag: Annotated[str, Field(description="A hashtag, without #.", examples=["boats"])] = ""
    licence: Annotated[
        str, Field(description="A licence.", examples=["cc-by"], json_schema_extra={"enum": [*BY_CODE, ""]})
    ] = ""
    commercial: Annotated[
        bool,
        BeforeValidator(_flag),
        Field(description="Only what may be used commercially."),
        WithJsonSchema({"type": "boolean", "examples": [True]}),
    ] = False
    orientation: Annotated[
        str, Field(description="How it lies.", json_schema_extra={"enum": [*ORIENTATIONS, ""]})
    ] = ""
    size: Annotated[
        str,
        Field(
            description="At least so large: medium from 2 megapixels, large from 12.",
            json_schema_extra={"enum": [*SIZES, ""]},
        ),
    ] = ""
    since: Day = ""
    until: Day = ""
    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class AskForNewer(Input):
    """What was seen."""

    than: Annotated[
        Cursor, Field(description="The id of the newest image that was seen; nothing for none.")
    ] = None


class NewerImages(Output):
    """How many images came since."""

    count: Annotated[int, Field(examples=[12])]
    more: Annotated[bool, Field(description="Whether there are more than `count`.", examples=[False])]


class Suggest(Input):
    """What was typed so far."""

    prefix: Annotated[
        str, Field(description="What was typed so far; its last word is looked at.", examples=["har"])
    ] = ""


class SuggestionResource(Output):
    """Something that finds images."""

    kind: Annotated[str, Field(description="user, tag or word.", examples=["tag"])]
    text: Annotated[str, Field(description="As it would be typed.", examples=["#harbour"])]
    query: Annotated[str, Field(description="All that was typed, with it.", examples=["#harbour"])]
    images: Annotated[int, Field(description="How many images it finds by itself.", examples=[12])]
    more: Annotated[bool, Field(description="Whether there are more than `images`.", examples=[False])]


class Suggestions(Output):
    """People before hashtags before words; of each those with most images first."""

    items: list[SuggestionResource]


class EditImage(Input):
    """What is to be otherwise, one field at least; what is left out stays. Judged as the page's form is."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    caption: Annotated[
        str,
        Field(
            description="Hashtags are read from it; empty for none.",
            examples=["The old harbour at dusk #boats"],
            json_schema_extra={"maxLength": MAX_CAPTION_CHARACTERS},
        ),
    ] = ""
    alt: Annotated[
        str,
        Field(
            description="What can be seen, for who can't see it; empty for the beginning of the caption.",
            examples=["Fishing boats in a row, the sun behind them"],
            json_schema_extra={"maxLength": MAX_ALT_CHARACTERS},
        ),
    ] = ""
    licence: Annotated[
        str,
        Field(
            description="A licence, from now on.",
            examples=["cc-by"],
            json_schema_extra={"enum": list(BY_CODE)},
        ),
    ] = ""


class EditImages(Input):
    """One edit of many images. Each keeps the rest of its caption."""

    ids: Annotated[list[ImageId], Field(min_length=1, json_schema_extra={"maxItems": MAX_SELECTED})]
    licence: Annotated[
        str,
        Field(
            description="A licence, from now on.",
            examples=["cc-by"],
            json_schema_extra={"enum": list(BY_CODE)},
        ),
    ] = ""
    add_hashtags: Annotated[
        list[str],
        Field(
            description="Added to the end of captions that lack them.",
            examples=[["boats"]],
            json_schema_extra={"maxItems": MAX_HASHTAGS},
        ),
    ] = []


class EditOutcome(Output):
    """What became of one of them."""

    id: Id
    version: Annotated[Omitted[int], Field(description="That stands now.", examples=[2])] = None
    problem: Annotated[
        Omitted[str],
        Field(
            description="Why it was not edited.",
            examples=["not_found"],
            json_schema_extra={"enum": ["caption_too_long", "changed_meanwhile", "not_found"]},
        ),
    ] = None


class EditOutcomes(Output):
    """In the order of the ids, each once."""

    items: list[EditOutcome]


class ImageList(Output):
    """Images, newest first."""

    items: list[ImageResource]
    next_cursor: NextCursor

    @classmethod
    def of(cls, listing: Listing) -> "ImageList":
        """One page of them."""
        return cls(items=[ImageResource.of(view) for view in listing.items], next_cursor=listing.next_cursor)


class PersonResource(Output):
    """A person who shares images."""

    username: PersonName
    images: Annotated[int, Field(description="How many they share.", examples=[12])]
    joined_at: Timestamp

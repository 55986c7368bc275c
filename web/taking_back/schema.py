"""Requests and answers about taking back."""

from typing import Annotated

from pydantic import Field

from shared.domain.uploads import State
from web.http.schema import Id, Input, Omitted, Output
from web.views.schema import ImageResource

MAX_IDS = 100
ImageId = Annotated[Id, Field(description="The image's id.")]


class TakeBackImages(Input):
    """Which images."""

    ids: Annotated[list[Id], Field(description=f"{MAX_IDS} at most.", min_length=1)]


class TakenBackImages(Output):
    """What became of each."""

    taken_back: list[Id]
    not_found: Annotated[list[Id], Field(description="Those that do not exist, or are not yours.")]


class RestoredUpload(Output):
    """What is where it was."""

    id: Id
    status: State
    image: Annotated[Omitted[ImageResource], Field(description="When it is published.")] = None

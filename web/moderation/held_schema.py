"""Requests and answers about uploads that wait for moderators."""

from typing import Annotated

from pydantic import Field

from shared.domain.moderation import Reason
from web.http.paging import NextCursor
from web.http.schema import Id, Input, Omitted, Output, Timestamp
from web.moderation.holding import MAX_BECAUSE_CHARACTERS, HeldView
from web.moderation.schema import UserName
from web.views.schema import Address

UploadId = Annotated[Id, Field(description="The upload's id.")]


class HeldResource(Output):
    """An upload that is, or looks like, what was removed."""

    id: Id
    username: UserName
    filename: Annotated[str, Field(examples=["boat.jpg"])]
    accepted_at: Timestamp
    thumbnail_url: Annotated[Address, Field(examples=["https://media.example/t/01937f3a.webp"])]
    removed_for: Annotated[
        Omitted[Reason], Field(description="Why what it looks like was removed, where that is known.")
    ] = None

    @classmethod
    def of(cls, held: HeldView) -> "HeldResource":
        """What moderators are told of it."""
        return cls(
            id=str(held.upload.id),
            username=held.upload.username,
            filename=held.upload.filename,
            accepted_at=held.upload.accepted_at,
            thumbnail_url=held.thumbnail_url,
            removed_for=held.removed_for,
        )


class HeldList(Output):
    """Held uploads, newest first."""

    items: list[HeldResource]
    next_cursor: NextCursor


class RefuseHeld(Input):
    """What its owner reads."""

    because: Annotated[
        str,
        Field(
            max_length=MAX_BECAUSE_CHARACTERS,
            description="One sentence; the usual one where it is left out.",
            examples=["This picture shows somebody who does not want it."],
        ),
    ] = ""

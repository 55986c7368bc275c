"""Requests and answers about links."""

from enum import StrEnum
from typing import Annotated

from flask import url_for
from pydantic import AwareDatetime, Field

from shared.domain.shares import Kind, Share
from web.http.paging import DEFAULT_LIMIT, Cursor, Limit, NextCursor
from web.http.schema import Id, Input, Omitted, Output, Text, Timestamp
from web.sharing.making import PASSWORD_RULES
from web.views.schema import Address

ShareId = Annotated[Id, Field(description="The link's id.")]
ImageId = Annotated[Id, Field(description="The image's id.")]
AlbumId = Annotated[Id, Field(description="The album's id.")]
Until = Annotated[
    AwareDatetime | None,
    Field(
        strict=False,
        description="Until when it is good, ten years from now at most; null: until it is revoked.",
        examples=["2030-01-01T00:00:00Z"],
    ),
]
Password = Annotated[
    Text | None,
    Field(
        description=f"{PASSWORD_RULES} Who opens the link is asked for it; null: nobody is.",
        examples=["low tide"],
    ),
]


class State(StrEnum):
    """Whether a link shows anything."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @classmethod
    def of(cls, share: Share) -> "State":
        """The link's."""
        if share.revoked_at:
            return cls.REVOKED
        return cls.EXPIRED if share.expired else cls.ACTIVE


class CreateShare(Input):
    """A link to be made."""

    expires_at: Until = None
    password: Password = None


class ChangeShare(Input):
    """What is to be otherwise; what is left out stays."""

    expires_at: Until = None
    password: Password = None


class ListShares(Input):
    """Where the list goes on."""

    cursor: Cursor = None
    limit: Limit = DEFAULT_LIMIT


class ShareResource(Output):
    """A link, as its owner sees it."""

    id: Id
    kind: Kind
    target: Annotated[Omitted[Id], Field(description="The image or the album; left out for a profile.")] = (
        None
    )
    url: Annotated[
        Address,
        Field(
            description="For whoever is to see it.",
            examples=["https://portal.example/s/mZ0qk3x8Jd5vT1fYb2Lw9aRc"],
        ),
    ]
    state: State
    has_password: bool
    views: Annotated[int, Field(description="How often it was opened; robots aside.", examples=[12])]
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked_at: Timestamp | None

    @classmethod
    def of(cls, share: Share) -> "ShareResource":
        """What the API tells of it."""
        return cls(
            id=str(share.id),
            kind=share.kind,
            target=None if share.kind is Kind.PROFILE else str(share.target),
            url=url_for("link.page", token=share.token, _external=True),
            state=State.of(share),
            has_password=share.password_hash is not None,
            views=share.views,
            created_at=share.created_at,
            expires_at=share.expires_at,
            revoked_at=share.revoked_at,
        )


class ShareList(Output):
    """Links, newest first."""

    items: list[ShareResource]
    next_cursor: NextCursor

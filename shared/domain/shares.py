"""Links that show something to people without an account."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from uuid import UUID

TOKEN_BYTES = 18  # 144 bits, 24 characters without padding
TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")
MAX_TRIES, TRIES_REST = 10, timedelta(minutes=15)
MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 6, 128


class Kind(StrEnum):
    """What a link shows: one image, an album, or all that a person has published and will publish while it is good."""

    IMAGE = "image"
    ALBUM = "album"
    PROFILE = "profile"


class Kept(Enum):
    """Says of a link's terms that one stays as it is; None would take it away."""

    KEPT = "kept"


@dataclass(frozen=True)
class NewShare:
    """A link to be made. `target`: the image's or the album's id, or the owner's for a profile; without `lifetime` it
    is good until it is revoked. The id comes from who asks, so that asking twice makes one link."""

    id: UUID
    token: str
    kind: Kind
    target: UUID
    owner: UUID
    username: str
    lifetime: timedelta | None = None
    password_hash: str | None = None


@dataclass(frozen=True)
class NewTerms:
    """What is to be otherwise; a lifetime counts from now on."""

    lifetime: timedelta | Kept | None = Kept.KEPT
    password_hash: str | Kept | None = Kept.KEPT


@dataclass(frozen=True)
class Share:
    """A link as it stands. Times are UTC by the database's clock, which also tells `expired` and `locked_for`: how long
    no password may be tried, None when one may."""

    id: UUID
    token: str
    kind: Kind
    target: UUID
    owner: UUID
    username: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    password_hash: str | None
    views: int
    expired: bool
    locked_for: timedelta | None

    @property
    def ended(self) -> bool:
        """Whether it shows nothing any more."""
        return self.expired or self.revoked_at is not None


def new_token() -> str:
    """What nobody guesses."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def tries_counting(tries: int, since_last: timedelta | None) -> int:
    """The tries that still count, `since_last` after the last of them."""
    return 0 if since_last is None or since_last >= TRIES_REST else tries


def locked_for(tries: int, since_last: timedelta | None) -> timedelta | None:
    """How long no password may be tried."""
    if since_last is None or tries_counting(tries, since_last) < MAX_TRIES:
        return None
    return TRIES_REST - since_last

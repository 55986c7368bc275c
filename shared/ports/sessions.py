"""Who asks: sessions are tokens, which are verified without any database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

OPERATORS, MODERATORS, WATCHERS = "operators", "moderators", "viewers"
"""Groups at Cognito. Who is in the last may look at what operators see, and do nothing there."""


@dataclass(frozen=True)
class Tokens:
    """What a log-in yields. `refresh` is None when an old refresh token stays in use."""

    access: str
    refresh: str | None
    expires_in_seconds: int


@dataclass(frozen=True)
class Viewer:
    """Who asks: the owner id (Cognito's sub), the user name and the groups, read from a verified token.

    `since` is when they typed their password, in whole seconds; renewing a session leaves it as it was.
    """

    owner: UUID
    username: str
    groups: frozenset[str] = frozenset()
    since: datetime = field(default=datetime.fromtimestamp(0, UTC), compare=False)

    @property
    def is_operator(self) -> bool:
        """Whether this person may act on the operators' pages."""
        return OPERATORS in self.groups

    @property
    def may_watch(self) -> bool:
        """Whether this person may see them."""
        return self.is_operator or WATCHERS in self.groups

    @property
    def is_moderator(self) -> bool:
        """Whether this person may decide about others' images."""
        return MODERATORS in self.groups


class Sessions(Protocol):
    """Log-in and what follows from it. Raises IdentityRefused or IdentityUnavailable.

    `check` raises IdentityUnavailable unless tokens can be verified.
    """

    def log_in(self, username: str, password: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def revoke(self, refresh_token: str) -> None: ...
    def verify(self, access_token: str) -> Viewer: ...
    def check(self) -> None: ...

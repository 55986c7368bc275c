"""Who asks: sessions are tokens, which are verified without any database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from shared.domain.accounts import MODERATORS, OPERATORS, WATCHERS


@dataclass(frozen=True)
class Tokens:
    """What a log-in yields. `refresh` is None when an old refresh token stays in use."""

    access: str
    refresh: str | None
    expires_in_seconds: int


@dataclass(frozen=True)
class Viewer:
    """Who asks: the owner id (Cognito's sub), the user name and the groups, read from a verified token.

    `since` is when they typed their password, in whole seconds; renewing a session leaves it as it was. `session` is
    the portal's own id of it, None for a token that the portal has not given out.
    """

    owner: UUID
    username: str
    groups: frozenset[str] = frozenset()
    since: datetime = field(default=datetime.fromtimestamp(0, UTC), compare=False)
    session: UUID | None = field(default=None, compare=False)

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

    `log_in` refuses with CodeNeeded where the account has a second step, and `answer` ends it with the app's code; a
    wrong one («code_mismatch») leaves its session good, which ends by itself («login_expired»). `check` raises
    IdentityUnavailable unless tokens can be verified.
    """

    def log_in(self, username: str, password: str) -> Tokens: ...
    def answer(self, username: str, session: str, code: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def revoke(self, refresh_token: str) -> None: ...
    def verify(self, access_token: str) -> Viewer: ...
    def check(self) -> None: ...

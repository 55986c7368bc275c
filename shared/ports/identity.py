"""Accounts and log-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shared.ports.unavailable import Unavailable


class IdentityUnavailable(Unavailable):
    """The identity provider could not be used."""


class IdentityRefused(Exception):
    """The identity provider said no; `code` is stable and `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")


@dataclass(frozen=True)
class Tokens:
    """What a log-in yields. `refresh` is None when an old refresh token stays in use."""

    access: str
    refresh: str | None
    expires_in_seconds: int


@dataclass(frozen=True)
class Viewer:
    """Who asks: the owner id (Cognito's sub), the user name and the groups, read from a verified token."""

    owner: UUID
    username: str
    groups: frozenset[str] = frozenset()

    @property
    def is_operator(self) -> bool:
        """Whether this person may see the operators' pages."""
        return "operators" in self.groups


@dataclass(frozen=True)
class Account:
    """A confirmed user as others see them."""

    owner: UUID
    username: str
    joined_at: datetime


class Identity(Protocol):
    """Accounts and log-in. Raises IdentityRefused or IdentityUnavailable."""

    def sign_up(self, username: str, email: str, password: str) -> str: ...
    def confirm(self, username: str, code: str) -> None: ...
    def resend_code(self, username: str) -> None: ...
    def log_in(self, username: str, password: str) -> Tokens: ...
    def refresh(self, refresh_token: str) -> Tokens: ...
    def revoke(self, refresh_token: str) -> None: ...
    def forgot(self, username: str) -> None: ...
    def reset(self, username: str, code: str, password: str) -> None: ...
    def verify(self, access_token: str) -> Viewer: ...
    def find(self, username: str) -> Account | None: ...
    def check(self) -> None: ...

"""People's accounts: made, verified, recovered and looked up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Account:
    """A confirmed user as others see them."""

    owner: UUID
    username: str
    joined_at: datetime


class Accounts(Protocol):
    """People's accounts. Every method raises IdentityUnavailable when they can't be used; all but `find`, `email_of`
    and `groups` may refuse with IdentityRefused.

    `sign_up` has a code mailed and tells where to, masked. `resend_code` and `forgot` tell nothing of whether the
    account exists. `find` knows confirmed users only. `email_of` is where their mails go, empty for who is none.
    `groups` are those of this moment, whatever a token says; none for who doesn't exist. `end_sessions_of` has the
    provider refuse every token of an account whose password was just replaced, and tells when, by the provider's clock
    in whole seconds.
    """

    def sign_up(self, username: str, email: str, password: str) -> str: ...
    def confirm(self, username: str, code: str) -> None: ...
    def resend_code(self, username: str) -> None: ...
    def forgot(self, username: str) -> None: ...
    def reset(self, username: str, code: str, password: str) -> None: ...
    def end_sessions_of(self, username: str) -> datetime: ...
    def find(self, username: str) -> Account | None: ...
    def email_of(self, username: str) -> str: ...
    def groups(self, username: str) -> frozenset[str]: ...

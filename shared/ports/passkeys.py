"""Passkeys: log-in by what a device or a password manager keeps, instead of a password (WebAuthn)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.ports.sessions import Tokens

MOST_PASSKEYS = 20
"""Of one account, as Cognito has it."""
TOO_MANY_PASSKEYS = f"This account has {MOST_PASSKEYS} passkeys, and may have no more. Remove one first."
PASSKEY_TOO_LATE = "That took too long, or was done already. Add the passkey again if it is not in the list."


@dataclass(frozen=True)
class Passkey:
    """One of an account's. `name`: what it is kept by, as far as that is known."""

    id: str
    name: str
    added_at: datetime


@dataclass(frozen=True)
class PasskeyAsked:
    """A log-in that waits for a passkey: the provider's session, and what the browser's `credentials.get` takes (JSON
    of PublicKeyCredentialRequestOptions)."""

    session: str
    options: str


class Passkeys(Protocol):
    """Every method raises IdentityRefused or IdentityUnavailable.

    `begin` gives what the browser's `credentials.create` takes (JSON of PublicKeyCredentialCreationOptions), and
    `confirm` takes what it made of it (JSON). `ask` refuses with «no_passkey» where an account has none that may be
    used alone, or there is no such account. What `begin` and `ask` give is good once and for some minutes
    («login_expired»). What isn't right, and one passkey too many, is refused as «passkey_refused». `remove` may be
    repeated.
    """

    def all(self, access_token: str) -> list[Passkey]: ...
    def begin(self, access_token: str) -> str: ...
    def confirm(self, access_token: str, credential: str) -> None: ...
    def remove(self, access_token: str, passkey_id: str) -> None: ...
    def ask(self, username: str) -> PasskeyAsked: ...
    def answer(self, username: str, session: str, credential: str) -> Tokens: ...

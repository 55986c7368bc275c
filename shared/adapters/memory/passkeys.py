"""Passkeys in memory. Challenges, ids and names are checked; signatures are believed."""

import base64
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.adapters.memory.clock import Clock
from shared.ports.identity import IdentityRefused
from shared.ports.passkeys import (
    MOST_PASSKEYS,
    PASSKEY_TOO_LATE,
    TOO_MANY_PASSKEYS,
    Passkey,
    PasskeyAsked,
)
from shared.ports.sessions import Tokens

if TYPE_CHECKING:
    from shared.adapters.memory.identity import MemoryIdentity

ASKED_VALID = timedelta(minutes=3)  # as Cognito's by default
RELYING_PARTY = "localhost"
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class _Keys:
    known: list[Passkey] = field(default_factory=list)
    challenge: str = ""
    ends_at: datetime = NEVER


@dataclass
class _Asked:
    username: str
    challenge: str
    ends_at: datetime


class MemoryPasskeys:
    """Implements shared.ports.passkeys.Passkeys."""

    def __init__(self, identity: "MemoryIdentity", now: Clock) -> None:
        self._identity = identity
        self._now = now
        self._keys: dict[str, _Keys] = {}
        self._asked: dict[str, _Asked] = {}

    def all(self, access_token: str) -> list[Passkey]:
        """The account's own, the newest first."""
        return list(reversed(self._of(access_token).known))

    def begin(self, access_token: str) -> str:
        """What the browser takes to make one."""
        keys = self._of(access_token)
        if len(keys.known) >= MOST_PASSKEYS:
            raise IdentityRefused("passkey_refused", TOO_MANY_PASSKEYS)
        keys.challenge, keys.ends_at = secrets.token_urlsafe(), self._now() + ASKED_VALID
        user = {"id": "dXNlcg", "name": "somebody", "displayName": "somebody"}
        options = {
            "challenge": keys.challenge,
            "rp": {"id": RELYING_PARTY, "name": "Image Portal"},
            "user": user,
        }
        algorithms = {"pubKeyCredParams": [{"type": "public-key", "alg": -7}]}
        return json.dumps(options | algorithms | {"excludeCredentials": [_named(p) for p in keys.known]})

    def confirm(self, access_token: str, credential: str) -> None:
        """Add what the browser made."""
        keys = self._of(access_token)
        challenge, keys.challenge = keys.challenge, ""
        if not challenge or keys.ends_at <= self._now():
            raise IdentityRefused("login_expired", PASSKEY_TOO_LATE)
        keys.known.append(Passkey(_checked(credential, challenge), "Passkey", self._now()))

    def remove(self, access_token: str, passkey_id: str) -> None:
        """It opens nothing any more."""
        keys = self._of(access_token)
        keys.known = [passkey for passkey in keys.known if passkey.id != passkey_id]

    def ask(self, username: str) -> PasskeyAsked:
        """Begin a log-in."""
        self._identity.check()
        known = self._keys.get(username, _Keys()).known
        if not known or self._identity.find(username) is None or self._identity.second_step.has(username):
            raise IdentityRefused("no_passkey")
        asked = _Asked(username, secrets.token_urlsafe(), self._now() + ASKED_VALID)
        self._asked[session := secrets.token_urlsafe()] = asked
        options = {"challenge": asked.challenge, "rpId": RELYING_PARTY, "userVerification": "required"}
        return PasskeyAsked(session, json.dumps(options | {"allowCredentials": [_named(p) for p in known]}))

    def answer(self, username: str, session: str, credential: str) -> Tokens:
        """End it. A session is good for one answer."""
        self._identity.check()
        asked = self._asked.pop(session, None)
        if asked is None or asked.username != username or asked.ends_at <= self._now():
            raise IdentityRefused("login_expired")
        used = _checked(credential, asked.challenge)
        if used not in [passkey.id for passkey in self._keys.get(username, _Keys()).known]:
            raise IdentityRefused("passkey_refused")
        return self._identity.begin_by_passkey(username)

    def forget(self, username: str) -> None:
        """The account is gone."""
        self._keys.pop(username, None)

    def _of(self, access_token: str) -> _Keys:
        return self._keys.setdefault(self._identity.verify(access_token).username, _Keys())


def _named(passkey: Passkey) -> dict[str, str]:
    return {"type": "public-key", "id": passkey.id}


def _checked(credential: str, challenge: str) -> str:
    """The id of a credential that answers this challenge."""
    try:
        given: dict[str, Any] = json.loads(credential)
        data = given["response"]["clientDataJSON"]
        client = json.loads(base64.urlsafe_b64decode(data + "=" * (-len(data) % 4)))
        if client["challenge"] != challenge:
            raise IdentityRefused("passkey_refused")
        return str(given["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise IdentityRefused("passkey_refused") from error

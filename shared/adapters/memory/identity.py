"""Accounts and sessions in memory. Mails are kept in an outbox; tokens are random words that only this object knows."""

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from shared.adapters.memory.clock import Clock, utc_now
from shared.adapters.memory.mails import CodeMail
from shared.adapters.memory.passkeys import MemoryPasskeys
from shared.adapters.memory.second_step import MemorySecondStep
from shared.domain.accounts import MIN_PASSWORD_CHARACTERS
from shared.ports.accounts import Account
from shared.ports.identity import WRONG_MAILED_CODE, CodeNeeded, IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens, Viewer

ACCESS_SECONDS = 1800
# As long as Cognito's codes are good for.
CONFIRMATION_VALID = timedelta(hours=24)
RESET_VALID = timedelta(hours=1)


@dataclass(frozen=True)
class _Code:
    text: str
    ends_at: datetime


@dataclass
class _User:
    owner: UUID
    username: str
    email: str
    password: str
    joined_at: datetime
    confirmed: bool = False
    groups: frozenset[str] = frozenset()
    codes: dict[str, _Code] = field(default_factory=dict)
    next_email: str = ""


class MemoryIdentity:
    """Implements the ports AccountRemoval, Accounts, OwnAccount and Sessions. Threads may share it."""

    def __init__(self, now: Clock = utc_now) -> None:
        """`now` decides when codes and access tokens end."""
        self.away = False
        self.outbox: list[CodeMail] = []
        self._now = now
        self._users: dict[str, _User] = {}
        self._access: dict[str, tuple[Viewer, datetime]] = {}
        self._refresh: dict[str, tuple[str, datetime]] = {}
        self._lock = threading.Lock()
        self.second_step = MemorySecondStep(self.verify, now)
        self.passkeys = MemoryPasskeys(self, now)

    def sign_up(self, username: str, email: str, password: str) -> str:
        """Create an unverified account and mail a code; returns where to (masked)."""
        self.check()
        _check_password(password)
        user = _User(uuid4(), username, email, password, self._now())
        with self._lock:
            if self._users.setdefault(username, user) is not user:
                raise IdentityRefused("username_taken")
        self._mail(user, "confirm", CONFIRMATION_VALID)
        return f"{email[:1]}***"

    def confirm(self, username: str, code: str) -> None:
        """Verify the e-mail address with the mailed code."""
        self.check()
        self._use_mailed_code(username, "confirm", code).confirmed = True

    def resend_code(self, username: str) -> None:
        """Mail a new code; says nothing of whether the account exists."""
        self.check()
        user = self._users.get(username)
        if user and not user.confirmed:
            self._mail(user, "confirm", CONFIRMATION_VALID)

    def forgot(self, username: str) -> None:
        """Mail a code for a new password; says nothing of whether the account exists."""
        self.check()
        user = self._users.get(username)
        if user and user.confirmed:
            self._mail(user, "reset", RESET_VALID)

    def reset(self, username: str, code: str, password: str) -> None:
        """Set a new password with the mailed code."""
        self.check()
        _check_password(password)
        self._use_mailed_code(username, "reset", code).password = password

    def find(self, username: str) -> Account | None:
        """A verified user by name, or None."""
        self.check()
        user = self._users.get(username)
        return Account(user.owner, username, user.joined_at) if user and user.confirmed else None

    def email_of(self, username: str) -> str:
        """Where a verified user's mails go."""
        return self._users[username].email if self.find(username) else ""

    def groups(self, username: str) -> frozenset[str]:
        """Which groups they are in now."""
        self.check()
        user = self._users.get(username)
        return user.groups if user else frozenset()

    def log_in(self, username: str, password: str) -> Tokens:
        """Tokens for a verified user; raises CodeNeeded for one with an authenticator app."""
        self.check()
        user = self._users.get(username)
        if user is None or user.password != password:
            raise IdentityRefused("bad_credentials")
        if not user.confirmed:
            raise IdentityRefused("not_confirmed")
        if session := self.second_step.challenge(username):
            raise CodeNeeded(session)
        return self._begin(user)

    def answer(self, username: str, session: str, code: str) -> Tokens:
        """Tokens for the code of an authenticator app, with the session of a log-in."""
        self.check()
        self.second_step.answer(username, session, code)
        return self._begin(self._users[username])

    def begin_by_passkey(self, username: str) -> Tokens:
        """Tokens for who has shown a passkey."""
        return self._begin(self._users[username])

    def _begin(self, user: _User) -> Tokens:
        refresh = secrets.token_urlsafe()
        since = self._now().replace(microsecond=0)
        self._refresh[refresh] = (user.username, since)
        return Tokens(self._access_token(user, since), refresh, ACCESS_SECONDS)

    def refresh(self, refresh_token: str) -> Tokens:
        """A new access token; IdentityRefused when the refresh token is revoked."""
        self.check()
        if (known := self._refresh.get(refresh_token)) is None:
            raise IdentityRefused("bad_credentials")
        username, since = known
        return Tokens(self._access_token(self._users[username], since), None, ACCESS_SECONDS)

    def revoke(self, refresh_token: str) -> None:
        """End the session behind a refresh token; access tokens stay good until they end."""
        self.check()
        self._refresh.pop(refresh_token, None)

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Set a new password in place of the old one."""
        user = self._users[self.verify(access_token).username]
        if user.password != old:
            raise IdentityRefused("bad_credentials")
        _check_password(new)
        user.password = new

    def email(self, access_token: str) -> str:
        """The address that is verified."""
        return self._users[self.verify(access_token).username].email

    def change_email(self, access_token: str, address: str) -> str:
        """Mail a code to the new address, which counts once that is typed; returns where to (masked)."""
        user = self._users[self.verify(access_token).username]
        user.next_email = address
        self._mail(user, "email", CONFIRMATION_VALID, address)
        return f"{address[:1]}***"

    def confirm_email(self, access_token: str, code: str) -> None:
        """Verify the new address with the code that was mailed there."""
        user = self._use_code(self._users[self.verify(access_token).username], "email", code)
        user.email, user.next_email = user.next_email, ""

    def end_sessions(self, access_token: str) -> datetime:
        """Revoke every refresh token of the account; returns when."""
        return self.end_sessions_of(self.verify(access_token).username)

    def end_sessions_of(self, username: str) -> datetime:
        """Likewise, by the name alone."""
        self.check()
        self._refresh = {token: known for token, known in self._refresh.items() if known[0] != username}
        return self._now().replace(microsecond=0)

    def remove(self, username: str, owner: UUID) -> None:
        """Delete the user, if the name is still this owner's."""
        self.check()
        with self._lock:
            user = self._users.get(username)
            if user is not None and user.owner == owner:
                del self._users[username]
                self._refresh = {t: known for t, known in self._refresh.items() if known[0] != username}
                self.second_step.forget(username)
                self.passkeys.forget(username)

    def verify(self, access_token: str) -> Viewer:
        """Who a token speaks for."""
        self.check()
        viewer, ends_at = self._access.get(access_token, (None, self._now()))
        if viewer is None or ends_at <= self._now():
            raise IdentityRefused("invalid_token")
        return viewer

    def check(self) -> None:
        """Raises IdentityUnavailable while the provider is away."""
        if self.away:
            raise IdentityUnavailable("the identity provider is away")

    def add_to_group(self, username: str, group: str) -> None:
        """As the AWS console does; tokens name the group from the next log-in on."""
        self._users[username].groups |= {group}

    def take_from_group(self, username: str, group: str) -> None:
        """Likewise."""
        self._users[username].groups -= {group}

    def _access_token(self, user: _User, since: datetime) -> str:
        token = secrets.token_urlsafe()
        viewer = Viewer(user.owner, user.username, user.groups, since)
        self._access[token] = (viewer, self._now() + timedelta(seconds=ACCESS_SECONDS))
        return token

    def _mail(self, user: _User, purpose: str, valid: timedelta, address: str = "") -> None:
        code = f"{secrets.randbelow(10**6):06}"
        user.codes[purpose] = _Code(code, self._now() + valid)
        self.outbox.append(CodeMail(address or user.email, user.username, code))

    def _use_mailed_code(self, username: str, purpose: str, given: str) -> _User:
        try:
            return self._use_code(self._users[username], purpose, given)
        except (KeyError, IdentityRefused) as refusal:
            raise IdentityRefused("code_mismatch", WRONG_MAILED_CODE) from refusal

    def _use_code(self, user: _User, purpose: str, given: str) -> _User:
        known = user.codes.get(purpose)
        if known is None or known.text != given:
            raise IdentityRefused("code_mismatch")
        if known.ends_at <= self._now():
            raise IdentityRefused("code_expired")
        del user.codes[purpose]
        return user


def _check_password(password: str) -> None:
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise IdentityRefused("weak_password")

"""Authenticator apps in memory: the secrets, which codes were used, and log-ins that wait for one."""

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.adapters.memory.clock import Clock
from shared.ports.identity import WRONG_APP_CODE, IdentityRefused
from shared.ports.sessions import Viewer

STEP_SECONDS = 30
CHALLENGE_VALID = timedelta(minutes=3)  # as Cognito's by default
MAX_WRONG_CODES = 5


def code_at(secret: str, moment: datetime) -> str:
    """What an app shows at that moment (RFC 6238: SHA-1, six digits, steps of 30 seconds)."""
    return _code(secret, _step(moment))


def _step(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def _code(secret: str, step: int) -> str:
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    start = mac[-1] & 15
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


@dataclass
class _App:
    secret: str = ""
    pending: str = ""
    on: bool = False
    used: set[int] = field(default_factory=set)


@dataclass
class _Challenge:
    username: str
    ends_at: datetime
    wrong: int = 0


class MemorySecondStep:
    """Implements shared.ports.second_step.SecondStep, and what log-in asks of it."""

    def __init__(self, verify: Callable[[str], Viewer], now: Clock) -> None:
        self._verify = verify
        self._now = now
        self._apps: dict[str, _App] = {}
        self._challenges: dict[str, _Challenge] = {}

    def is_on(self, access_token: str) -> bool:
        """Whether log-in asks for a code."""
        return self._of(access_token).on

    def begin(self, access_token: str) -> str:
        """A new secret, in base32."""
        app = self._of(access_token)
        app.pending = base64.b32encode(secrets.token_bytes(20)).decode()
        return app.pending

    def confirm(self, access_token: str, code: str) -> None:
        """Have the newest secret count."""
        app = self._of(access_token)
        self._use(app, app.pending or app.secret, code)
        app.secret, app.pending, app.on = app.pending or app.secret, "", True

    def switch_off(self, access_token: str) -> None:
        """Ask for no code any more."""
        self._of(access_token).on = False

    def has(self, username: str) -> bool:
        """Whether log-in by password asks for a code."""
        return self._apps.get(username, _App()).on

    def challenge(self, username: str) -> str | None:
        """The session of a log-in that has to wait for a code; None where none is asked for."""
        if not self.has(username):
            return None
        session = secrets.token_urlsafe()
        self._challenges[session] = _Challenge(username, self._now() + CHALLENGE_VALID)
        return session

    def answer(self, username: str, session: str, code: str) -> None:
        """Use the code, and the session with it."""
        known = self._challenges.get(session)
        if known is None or known.username != username or known.ends_at <= self._now():
            raise IdentityRefused("login_expired")
        if known.wrong >= MAX_WRONG_CODES:
            raise IdentityRefused("too_many_requests")
        app = self._apps.get(username, _App())
        try:
            self._use(app, app.secret, code)
        except IdentityRefused:
            known.wrong += 1
            raise
        del self._challenges[session]

    def forget(self, username: str) -> None:
        """The account is gone; or the app is switched off at the pool for who has lost it."""
        self._apps.pop(username, None)

    def _of(self, access_token: str) -> _App:
        return self._apps.setdefault(self._verify(access_token).username, _App())

    def _use(self, app: _App, secret: str, code: str) -> None:
        now = _step(self._now())
        step = next((s for s in (now - 1, now, now + 1) if secret and _code(secret, s) == code), None)
        if step is None:
            raise IdentityRefused("code_mismatch", WRONG_APP_CODE)
        if step in app.used:
            raise IdentityRefused("code_used")
        app.used = {s for s in app.used if s >= now - 1} | {step}

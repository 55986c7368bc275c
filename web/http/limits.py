"""Who guesses passwords or codes, or has mails sent, is made to wait: by address, and by account and address. New
passwords that are tried first are refused here too.

Wrong tries alone count, so that a house full of people behind one address is not made to wait for each other; of
sign-ups and mails each one counts. Counted in MySQL for all instances; while that is away nobody waits, and Cognito's
own brakes hold.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil

import structlog
from flask import request

from shared.config import WebSettings
from shared.ports.accounts import Account, Accounts
from shared.ports.identity import IdentityRefused
from shared.ports.limits import Counted, Limits
from shared.ports.sessions import Sessions, Tokens, Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.passwords import check_new

log = structlog.get_logger(__name__)
QUARTER, HOUR = 15 * 60, 60 * 60
WRONG = ("bad_credentials", "code_mismatch", "code_expired", "code_used")
"""What a guess is answered with."""


class Brake:
    """Counts, and refuses. Each rule is a key, the most within its time, and that time in seconds."""

    def __init__(self, limits: Limits, settings: WebSettings) -> None:
        self._limits = limits
        self._failures, self._sign_ups = settings.limit_failures, settings.limit_sign_ups

    @contextmanager
    def guess(self, username: str) -> Iterator[None]:
        """A try of somebody's secret: refused after too many wrong ones, and counted when it is wrong."""
        rules = (
            []
            if not self._failures
            else [
                (f"wrong {username} {_address()}", ceil(self._failures / 5), QUARTER),
                (f"wrong {_address()}", self._failures, QUARTER),
            ]
        )
        self._check(rules)
        try:
            yield
        except IdentityRefused as refusal:
            if refusal.code in WRONG:
                self._count(rules)
            raise

    def mail(self, *subjects: str) -> None:
        """A mail that is asked for: counted, and refused after too many from one address or for one account or
        mailbox."""
        rules = (
            []
            if not self._sign_ups
            else [
                (f"mail {_address()}", self._sign_ups, HOUR),
                *((f"mail {subject}", ceil(self._sign_ups / 20), HOUR) for subject in subjects),
            ]
        )
        self._check(rules)
        self._count(rules)

    def _check(self, rules: list[tuple[str, int, int]]) -> None:
        for key, most, _ in rules:
            counted = self._counted(key)
            if counted.times >= most:
                wait = ceil(counted.ends_in_seconds)
                log.warning("too many tries", kind=key.split()[0], address=_address(), wait_seconds=wait)
                minutes = ceil(wait / 60)
                time = f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
                detail = f"Too many tries. Wait {time} before the next one."
                raise IdentityRefused("too_many_requests", detail, retry_after=wait)

    def _counted(self, key: str) -> Counted:
        try:
            return self._limits.counted(key)
        except CatalogueUnavailable as error:
            log.warning("tries are not counted", error=str(error))
            return Counted()

    def _count(self, rules: list[tuple[str, int, int]]) -> None:
        try:
            for key, _, seconds in rules:
                self._limits.count(key, seconds)
        except CatalogueUnavailable as error:
            log.warning("tries are not counted", error=str(error))


def _address() -> str:
    return request.remote_addr or "unknown"


class LimitedSessions:
    """The wired sessions, for who doesn't guess."""

    def __init__(self, sessions: Sessions, brake: Brake) -> None:
        self._sessions, self._brake = sessions, brake

    def log_in(self, username: str, password: str) -> Tokens:
        """By password."""
        with self._brake.guess(username):
            return self._sessions.log_in(username, password)

    def answer(self, username: str, session: str, code: str) -> Tokens:
        """By the code of an app."""
        with self._brake.guess(username):
            return self._sessions.answer(username, session, code)

    def refresh(self, refresh_token: str) -> Tokens:
        """As it is."""
        return self._sessions.refresh(refresh_token)

    def revoke(self, refresh_token: str) -> None:
        """As it is."""
        self._sessions.revoke(refresh_token)

    def verify(self, access_token: str) -> Viewer:
        """As it is."""
        return self._sessions.verify(access_token)

    def check(self) -> None:
        """As it is."""
        self._sessions.check()


class LimitedAccounts:
    """The wired accounts, likewise."""

    def __init__(self, accounts: Accounts, brake: Brake) -> None:
        self._accounts, self._brake = accounts, brake

    def sign_up(self, username: str, email: str, password: str) -> str:
        """One mail."""
        check_new(password, username, email)
        self._brake.mail(email.lower())
        return self._accounts.sign_up(username, email, password)

    def confirm(self, username: str, code: str) -> None:
        """A guess, perhaps."""
        with self._brake.guess(username):
            self._accounts.confirm(username, code)

    def resend_code(self, username: str) -> None:
        """One mail."""
        self._brake.mail(f"@{username}")
        self._accounts.resend_code(username)

    def forgot(self, username: str) -> None:
        """One mail."""
        self._brake.mail(f"@{username}")
        self._accounts.forgot(username)

    def reset(self, username: str, code: str, password: str) -> None:
        """A guess, perhaps."""
        check_new(password, username)
        with self._brake.guess(username):
            self._accounts.reset(username, code, password)

    def end_sessions_of(self, username: str) -> datetime:
        """As it is."""
        return self._accounts.end_sessions_of(username)

    def find(self, username: str) -> Account | None:
        """As it is."""
        return self._accounts.find(username)

    def groups(self, username: str) -> frozenset[str]:
        """As they are."""
        return self._accounts.groups(username)

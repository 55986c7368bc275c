"""Who guesses passwords or codes, or has mails sent, is made to wait: by address, and by account and address. New
passwords that are tried first are refused here too.

Wrong tries alone count, so that a house full of people behind one address is not made to wait for each other; of
sign-ups and mails each one counts. Counted in MySQL for all instances; while that is away nobody waits, and Cognito's
own brakes hold.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from math import ceil

import structlog
from flask import request

from shared.config import WebSettings
from shared.ports.accounts import Account, Accounts
from shared.ports.identity import IdentityRefused
from shared.ports.limits import Limits
from shared.ports.own_account import OwnAccount
from shared.ports.passkeys import PasskeyAsked, Passkeys
from shared.ports.sessions import Sessions, Tokens, Viewer
from shared.ports.unavailable import CatalogueUnavailable
from web.http.passwords import check_new
from web.http.security_log import note

log = structlog.get_logger(__name__)
QUARTER, HOUR = 15 * 60, 60 * 60
WRONG = ("bad_credentials", "code_mismatch", "code_expired", "code_used", "no_passkey", "passkey_refused")
"""What a guess is answered with, of a secret or of who has an account."""


@dataclass(frozen=True)
class Rule:
    """So often within so many seconds."""

    most: int
    seconds: int


class Brake:
    """Counts, and refuses."""

    def __init__(self, limits: Limits, settings: WebSettings) -> None:
        self._limits = limits
        self._failures, self._sign_ups = settings.limit_failures, settings.limit_sign_ups

    @contextmanager
    def guess(self, username: str) -> Iterator[None]:
        """A try of somebody's secret: refused after too many wrong ones, and counted when it is wrong. However a name
        is spelled, it is one account's."""
        name, address = username.strip().lower(), _address()
        rules = {
            f"wrong {name} {address}": Rule(ceil(self._failures / 5), QUARTER),
            f"wrong {address}": Rule(self._failures, QUARTER),
        }
        self._check(rules)
        try:
            yield
        except IdentityRefused as refusal:
            if refusal.code in WRONG:
                self._count(rules)
            raise

    def mail(self, to: str) -> None:
        """A mail that is asked for, to a mailbox or for an account: counted, and refused after too many there or from
        one address."""
        rules = {
            f"mail {_address()}": Rule(self._sign_ups, HOUR),
            f"mail {to.strip().lower()}": Rule(ceil(self._sign_ups / 20), HOUR),
        }
        self._check(rules)
        self._count(rules)

    def _check(self, rules: Mapping[str, Rule]) -> None:
        held = {key: rule for key, rule in rules.items() if rule.most}  # 0 is no limit
        try:
            counted = self._limits.counted(held) if held else {}
        except CatalogueUnavailable as error:
            log.warning("tries are not counted", error=str(error))
            return
        over = [found.ends_in_seconds for key, found in counted.items() if found.times >= held[key].most]
        if over:
            wait = ceil(max(over))
            note("too many tries", "refused", wait_seconds=wait)
            minutes = ceil(wait / 60)
            detail = f"Too many tries. Wait {minutes} {'minute' if minutes == 1 else 'minutes'} before the next one."
            raise IdentityRefused("too_many_requests", detail, retry_after=wait)

    def _count(self, rules: Mapping[str, Rule]) -> None:
        held = {key: rule.seconds for key, rule in rules.items() if rule.most}
        try:
            if held:
                self._limits.count(held)
        except CatalogueUnavailable as error:
            log.warning("tries are not counted", error=str(error))


def _address() -> str:
    """Who asks, as the trusted proxies tell: an IPv6 customer has a whole /64 of them."""
    told = request.remote_addr or "unknown"
    try:
        address = ip_address(told)
    except ValueError:  # a socket's name, where a proxy tells none
        return told
    if isinstance(address, IPv4Address):
        return told
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))


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
        self._brake.mail(email)
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

    def email_of(self, username: str) -> str:
        """As it is."""
        return self._accounts.email_of(username)

    def groups(self, username: str) -> frozenset[str]:
        """As they are."""
        return self._accounts.groups(username)


class LimitedOwnAccount:
    """Likewise one's own account, whose mails go to whatever address is typed."""

    def __init__(self, own: OwnAccount, brake: Brake) -> None:
        self._own, self._brake = own, brake
        self.change_password, self.end_sessions, self.email = own.change_password, own.end_sessions, own.email

    def change_email(self, access_token: str, address: str) -> str:
        """One mail."""
        self._brake.mail(address)
        return self._own.change_email(access_token, address)

    def confirm_email(self, access_token: str, code: str) -> None:
        """A guess, perhaps."""
        with self._brake.guess(f"@{self._own.email(access_token)}"):
            self._own.confirm_email(access_token, code)


class LimitedPasskeys:
    """Likewise passkeys: asking for one tells who has any."""

    def __init__(self, passkeys: Passkeys, brake: Brake) -> None:
        self._passkeys, self._brake = passkeys, brake
        self.all, self.begin, self.confirm, self.remove = (
            passkeys.all,
            passkeys.begin,
            passkeys.confirm,
            passkeys.remove,
        )

    def ask(self, username: str) -> PasskeyAsked:
        """A guess, perhaps, of who has one."""
        with self._brake.guess(username):
            return self._passkeys.ask(username)

    def answer(self, username: str, session: str, credential: str) -> Tokens:
        """By a passkey."""
        with self._brake.guess(username):
            return self._passkeys.answer(username, session, credential)

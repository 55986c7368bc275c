"""Whoever's way into their account has changed is told by mail: who did it themselves forgets it, and nobody else takes
an account over unseen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import structlog
from flask import g, render_template, request

from shared.parts import WebParts
from shared.ports.accounts import Accounts
from shared.ports.closing import Closing
from shared.ports.identity import IdentityUnavailable
from shared.ports.mails import Mails, MailUnsent
from shared.ports.own_account import OwnAccount
from shared.ports.passkeys import Passkeys
from shared.ports.second_step import SecondStep
from web.http.devices import device_of
from web.http.security_log import note
from web.http.watched import Watched

log = structlog.get_logger(__name__)
NEW_PASSWORD = "Your password was changed"  # noqa: S105 -- a sentence
NEW_ADDRESS = "Your e-mail address was changed"
CLOSING = "Your account is being deleted"
BY_NAME = {"accounts": {"reset": NEW_PASSWORD}}
"""By part and method: what the mail says that was done. The method's first argument names the account."""
OWN = {
    "own_account": {"change_password": NEW_PASSWORD, "confirm_email": NEW_ADDRESS},
    "second_step": {
        "confirm": "An authenticator app was added to your account",
        "switch_off": "The authenticator app was removed from your account",
    },
    "passkeys": {
        "confirm": "A passkey was added to your account",
        "remove": "A passkey was removed from your account",
    },
    "closing": {"begin": CLOSING},
}
"""Likewise, of the viewer's own."""


def told(wired: WebParts) -> WebParts:
    """Parts whose changes are told by mail, where there are mails."""
    if wired.mails is None:
        return wired
    teller = Teller(wired.accounts, wired.mails, wired.settings.public_url)
    found = {name: Watched(getattr(wired, name), {}, changes, teller.call) for name, changes in OWN.items()}
    return replace(
        wired,
        accounts=cast(Accounts, Watched(wired.accounts, BY_NAME["accounts"], {}, teller.call)),
        own_account=cast(OwnAccount, found["own_account"]),
        second_step=cast(SecondStep, found["second_step"]),
        passkeys=cast(Passkeys, found["passkeys"]),
        closing=cast(Closing, found["closing"]),
    )


@dataclass(frozen=True)
class Teller:
    """Knows where somebody's mails go. That one can't be sent undoes nothing, and is logged."""

    accounts: Accounts
    mails: Mails
    public_url: str | None

    def call(self, method: Callable[..., Any], change: str, name: str | None, *args: Any) -> Any:
        """Do it, and tell whose account it is."""
        username = g.viewer.username if name is None else name
        before = self._address(username) if change == NEW_ADDRESS else None
        answer = method(*args)
        self._tell(self._address(username) if before is None else before, username, change)
        return answer

    def _address(self, username: str) -> str:
        """Where they go; nowhere ("") when it can't be told."""
        try:
            return self.accounts.email_of(username)
        except IdentityUnavailable as error:
            log.warning("it can't be told where mails go", error=str(error))
            return ""

    def _tell(self, address: str, username: str, change: str) -> None:
        """One mail."""
        text = render_template(
            "account/changed.txt",
            change=change,
            username=username,
            device=device_of(request.headers.get("User-Agent", "")),
            by=request.remote_addr,
            at=datetime.now(UTC),
            public_url=self.public_url,
            password_helps=change not in (NEW_ADDRESS, CLOSING),
        )
        try:
            if not address:
                raise MailUnsent("no address")
            self.mails.send(address, change, text)
        except MailUnsent as error:
            note("mail of a change", "unknown", account=username, change=change, error=str(error))
        else:
            note("mail of a change", account=username, change=change)

"""Parts whose calls are as they were, and noted in the security log."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from shared.domain.accounts import username_fault
from shared.parts import WebParts
from shared.ports.accounts import Accounts
from shared.ports.identity import CodeNeeded, IdentityRefused, IdentityUnavailable
from shared.ports.own_account import OwnAccount
from shared.ports.passkeys import Passkeys
from shared.ports.second_step import SecondStep
from shared.ports.sessions import Sessions
from web.http.security_log import note
from web.http.watched import Watched

# What is noted, by the method that does it. Those of the first name their account; the others are the viewer's own.
BY_NAME = {
    "sessions": {"log_in": "password", "answer": "code of an app"},
    "accounts": {
        "sign_up": "sign-up",
        "confirm": "confirmation",
        "resend_code": "mail with a code to confirm",
        "forgot": "mail with a code for a new password",
        "reset": "new password by a mailed code",
    },
    "passkeys": {"ask": "log-in by passkey", "answer": "passkey"},
}
OWN = {
    "own_account": {
        "change_password": "new password",
        "change_email": "mail with a code to a new address",
        "confirm_email": "new address",
        "end_sessions": "end of all sessions",
    },
    "second_step": {"confirm": "new second step", "switch_off": "end of the second step"},
    "passkeys": {"confirm": "new passkey", "remove": "end of a passkey"},
}


def noted(wired: WebParts) -> WebParts:
    """Parts that note what is done with them."""
    return replace(
        wired,
        sessions=cast(Sessions, _noted(wired.sessions, BY_NAME["sessions"], {})),
        accounts=cast(Accounts, _noted(wired.accounts, BY_NAME["accounts"], {})),
        own_account=cast(OwnAccount, _noted(wired.own_account, {}, OWN["own_account"])),
        second_step=cast(SecondStep, _noted(wired.second_step, {}, OWN["second_step"])),
        passkeys=cast(Passkeys, _noted(wired.passkeys, BY_NAME["passkeys"], OWN["passkeys"])),
    )


def _noted(port: Any, by_name: Mapping[str, str], own: Mapping[str, str]) -> Watched:
    return Watched(port, by_name, own, _call)


def _call(method: Callable[..., Any], what: str, name: str | None, *args: Any) -> Any:
    account = name or ""
    if name is not None and username_fault(name):
        account = "not a name"
    try:
        answer = method(*args)
    except CodeNeeded:  # the first of two steps
        note(what, account=account, next="code of an app")
        raise
    except IdentityRefused as refusal:
        note(what, "refused", account=account, code=refusal.code)
        raise
    except IdentityUnavailable:
        note(what, "unknown", account=account)
        raise
    note(what, account=account)
    return answer

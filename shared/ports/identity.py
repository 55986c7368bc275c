"""How the provider of accounts and sessions says no, and that it is away."""

from shared.domain.accounts import PASSWORD_RULES
from shared.ports.unavailable import Unavailable

SENTENCES = {
    "account_closing": "This account is being deleted. Nobody can log in to it any more.",
    "bad_credentials": "User name or password is wrong.",
    "challenge": "This account needs a step that the portal does not offer yet.",
    "code_needed": "This account has a second step: type the code that your authenticator app shows.",
    "code_expired": "This code has expired. Ask for a new one.",
    "code_mismatch": "This code is not right. Check the newest mail.",
    "code_used": "This code was used once already. Wait for the next one in your app.",
    "email_taken": "An account with this e-mail address exists already.",
    "invalid_token": "This session has ended. Log in again.",
    "login_expired": "That took too long, or was tried too often. Log in again.",
    "mail_failed": "We could not send the mail. Check the address.",
    "no_passkey": "There is no passkey that opens this account here. Log in with your password.",
    "not_confirmed": "Your e-mail address is not verified yet.",
    "passkey_refused": "This passkey could not be used.",
    "password_reset_required": "Choose a new password to go on.",
    "too_many_requests": "Too many tries. Wait a while before the next one.",
    "username_taken": "This user name is taken. Choose another one.",
    "weak_password": f"This password is too weak. {PASSWORD_RULES}",
}
"""What each refusal says to people, by its code."""
WRONG_APP_CODE = "This code is not right. Type the one that your app shows now."


WRONG_MAILED_CODE = (
    "This code is wrong, used, or too old. If you have confirmed, log in; else ask for a new one."
)
"""Of who isn't logged in: the same for an account that waits, one that doesn't, and one that there isn't."""


class IdentityUnavailable(Unavailable):
    """The identity provider could not be used."""


class IdentityRefused(Exception):
    """The identity provider said no; `code` is stable, `detail` a sentence for people: the code's own by default.
    `retry_after`: in how many seconds to try again, where that is known."""

    def __init__(self, code: str, detail: str | None = None, *, retry_after: int | None = None) -> None:
        self.code = code
        self.detail = detail or SENTENCES[code]
        self.retry_after = retry_after
        super().__init__(f"{code}: {self.detail}")


class CodeNeeded(IdentityRefused):
    """The password was right, and the code of an authenticator app is still to come: `session` is what it is sent
    with, and is good for some minutes."""

    def __init__(self, session: str) -> None:
        self.session = session
        super().__init__("code_needed")

"""How the provider of accounts and sessions says no, and that it is away."""

from shared.domain.accounts import PASSWORD_RULES
from shared.ports.unavailable import Unavailable

SENTENCES = {
    "account_closing": "This account is being deleted. Nobody can log in to it any more.",
    "already_confirmed": "This account is verified already. Log in.",
    "bad_credentials": "User name or password is wrong.",
    "challenge": "This account needs a step that the portal does not offer yet.",
    "code_expired": "This code has expired. Ask for a new one.",
    "code_mismatch": "This code is not right. Check the newest mail.",
    "email_taken": "An account with this e-mail address exists already.",
    "invalid_token": "This session has ended. Log in again.",
    "mail_failed": "We could not send the mail. Check the address.",
    "not_confirmed": "Your e-mail address is not verified yet.",
    "password_reset_required": "Choose a new password to go on.",
    "too_many_requests": "Too many tries. Wait a while before the next one.",
    "username_taken": "This user name is taken. Choose another one.",
    "weak_password": f"This password is too weak. {PASSWORD_RULES}",
}
"""What each refusal says to people, by its code."""


class IdentityUnavailable(Unavailable):
    """The identity provider could not be used."""


class IdentityRefused(Exception):
    """The identity provider said no; `code` is stable, `detail` a sentence for people: the code's own by default."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        self.code = code
        self.detail = detail or SENTENCES[code]
        super().__init__(f"{code}: {self.detail}")

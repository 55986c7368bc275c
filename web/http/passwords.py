"""Passwords that are tried first: refused, however long.

common_passwords.txt has those of ten characters and more among the 20,000 most used, by Royce Williams's count of
leaked ones, as Django (BSD) ships it in django/contrib/auth/common-passwords.txt.gz. All are in lower case.
"""

from functools import cache
from pathlib import Path

from shared.ports.identity import IdentityRefused

TOO_COMMON = "This password is among those that are tried first. Choose another one: several words are good."


@cache
def _common() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())


def check_new(password: str, username: str, email: str = "") -> None:
    """Raises IdentityRefused («weak_password») for one that many have, or that is no more than the account's name or
    address, one character over and over, or one of them with digits behind."""
    plain = password.lower()
    core = plain.rstrip("0123456789!.")
    own = {
        username.lower(),
        email.lower(),
        email.lower().partition("@")[0],
        "imageportal",
        "image-portal",
    } - {""}
    if plain in _common() or {plain, core} & own or len(set(plain)) <= 2:
        raise IdentityRefused("weak_password", TOO_COMMON)

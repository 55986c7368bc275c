"""How the provider of accounts and sessions says no, and that it is away."""

from shared.ports.unavailable import Unavailable


class IdentityUnavailable(Unavailable):
    """The identity provider could not be used."""


class IdentityRefused(Exception):
    """The identity provider said no; `code` is stable and `detail` is a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}")

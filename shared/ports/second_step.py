"""The second step of a log-in: the code of an authenticator app (RFC 6238), set up by an access token of one's own."""

from typing import Protocol


class SecondStep(Protocol):
    """One's own authenticator app. Every method raises IdentityRefused or IdentityUnavailable.

    `begin` makes a secret, in base32, that counts for nothing until `confirm` is given a code made of it; asked for
    again, the newest secret is the one to confirm, and an app that was confirmed before counts until then. A code is
    good once («code_used»). `switch_off` may be repeated.
    """

    def is_on(self, access_token: str) -> bool: ...
    def begin(self, access_token: str) -> str: ...
    def confirm(self, access_token: str, code: str) -> None: ...
    def switch_off(self, access_token: str) -> None: ...

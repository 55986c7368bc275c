"""What people do with their own account, by an access token of theirs."""

from datetime import datetime
from typing import Protocol


class OwnAccount(Protocol):
    """One's own account. Every method raises IdentityRefused or IdentityUnavailable.

    `end_sessions` has the provider refuse every token of the account, and tells when, by the provider's clock in whole
    seconds.
    """

    def change_password(self, access_token: str, old: str, new: str) -> None: ...
    def end_sessions(self, access_token: str) -> datetime: ...

"""What people do with their own account, by an access token of theirs."""

from datetime import datetime
from typing import Protocol


class OwnAccount(Protocol):
    """One's own account. Every method raises IdentityRefused or IdentityUnavailable.

    `change_email` has a code mailed to the new address and tells where to, masked; the old address counts until
    `confirm_email`. Asked for again, the newest code and address count. `end_sessions` has the provider refuse every
    token of the account, and tells when, by the provider's clock in whole seconds.
    """

    def change_password(self, access_token: str, old: str, new: str) -> None: ...
    def end_sessions(self, access_token: str) -> datetime: ...
    def email(self, access_token: str) -> str: ...
    def change_email(self, access_token: str, address: str) -> str: ...
    def confirm_email(self, access_token: str, code: str) -> None: ...

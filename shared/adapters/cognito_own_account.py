"""What people do with their own account at Amazon Cognito: each call is made by a token of theirs, and needs no
permission of ours."""

from datetime import datetime
from typing import TYPE_CHECKING

from shared.adapters.cognito import masked
from shared.adapters.cognito_refusals import moment_of, translated

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class CognitoOwnAccount:
    """Implements shared.ports.own_account.OwnAccount."""

    def __init__(self, client: "CognitoIdentityProviderClient") -> None:
        self._client = client

    def change_password(self, access_token: str, old: str, new: str) -> None:
        """Set a new password in place of the old one."""
        with translated():
            self._client.change_password(AccessToken=access_token, PreviousPassword=old, ProposedPassword=new)

    def end_sessions(self, access_token: str) -> datetime:
        """Revoke every token of the account; returns when, by Cognito's clock."""
        with translated("token"):
            return moment_of(self._client.global_sign_out(AccessToken=access_token))

    def email(self, access_token: str) -> str:
        """The address that is verified."""
        with translated("token"):
            user = self._client.get_user(AccessToken=access_token)
        return next((a.get("Value", "") for a in user["UserAttributes"] if a["Name"] == "email"), "")

    def change_email(self, access_token: str, address: str) -> str:
        """Have a code mailed to the new address, which counts once that is typed; returns where to (masked).

        The pool has UserAttributeUpdateSettings for it: without them, Cognito would change the address at once.
        """
        with translated("token"):
            self._client.update_user_attributes(
                AccessToken=access_token, UserAttributes=[{"Name": "email", "Value": address}]
            )
        return masked(address)

    def confirm_email(self, access_token: str, code: str) -> None:
        """Verify the new address with the code that was mailed there."""
        with translated("token"):
            self._client.verify_user_attribute(AccessToken=access_token, AttributeName="email", Code=code)

"""Deleting an account at Amazon Cognito, for good."""

from typing import TYPE_CHECKING
from uuid import UUID

from shared.adapters.cognito_refusals import translated
from shared.ports.identity import IdentityRefused, IdentityUnavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class CognitoRemoval:
    """Implements shared.ports.account_removal.AccountRemoval on one user pool."""

    def __init__(self, client: "CognitoIdentityProviderClient", user_pool_id: str) -> None:
        self._client = client
        self._pool = user_pool_id

    def remove(self, username: str, owner: UUID) -> None:
        """Delete the user, if the name is still this owner's."""
        if self._sub(username) != str(owner):
            return
        try:
            with translated():
                self._client.admin_delete_user(UserPoolId=self._pool, Username=username)
        except IdentityRefused as refusal:
            if refusal.code != "bad_credentials":  # there is no such user
                raise IdentityUnavailable(refusal.detail) from refusal

    def _sub(self, username: str) -> str | None:
        try:
            with translated():
                user = self._client.admin_get_user(UserPoolId=self._pool, Username=username)
        except IdentityRefused as refusal:
            if refusal.code != "bad_credentials":
                raise IdentityUnavailable(refusal.detail) from refusal
            return None
        return next((a.get("Value") for a in user["UserAttributes"] if a["Name"] == "sub"), None)

"""The authenticator app of an account at Amazon Cognito: each call is made by a token of its owner's, and needs no
permission of ours."""

from typing import TYPE_CHECKING

from shared.adapters.cognito_refusals import APP_CODE, app_code, translated
from shared.ports.identity import WRONG_APP_CODE, IdentityRefused

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

FACTOR = "SOFTWARE_TOKEN_MFA"


class CognitoSecondStep:
    """Implements shared.ports.second_step.SecondStep."""

    def __init__(self, client: "CognitoIdentityProviderClient") -> None:
        self._client = client

    def is_on(self, access_token: str) -> bool:
        """Whether log-in asks for a code."""
        with translated("token"):
            user = self._client.get_user(AccessToken=access_token)
        return FACTOR in user.get("UserMFASettingList", ())

    def begin(self, access_token: str) -> str:
        """A new secret, in base32."""
        with translated("token"):
            return self._client.associate_software_token(AccessToken=access_token)["SecretCode"]

    def confirm(self, access_token: str, code: str) -> None:
        """Have the newest secret count. Cut off between the two calls, it is off as before, and may be begun anew."""
        with translated(APP_CODE):
            answer = self._client.verify_software_token(AccessToken=access_token, UserCode=app_code(code))
        if answer.get("Status") != "SUCCESS":
            raise IdentityRefused("code_mismatch", WRONG_APP_CODE)
        self._set(access_token, on=True)

    def switch_off(self, access_token: str) -> None:
        """Ask for no code any more."""
        self._set(access_token, on=False)

    def _set(self, access_token: str, *, on: bool) -> None:
        with translated("token"):
            self._client.set_user_mfa_preference(
                AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": on, "PreferredMfa": on}
            )

"""Passkeys at Amazon Cognito: its flow USER_AUTH with the challenge WEB_AUTHN, and calls by a token of the owner's.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from shared.adapters.cognito import MAX_SESSION, MIN_SESSION, tokens_of
from shared.adapters.cognito_refusals import NEW_PASSKEY, PASSKEY, translated
from shared.ports.identity import IdentityRefused
from shared.ports.passkeys import MOST_PASSKEYS, Passkey, PasskeyAsked
from shared.ports.sessions import Tokens

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

WEB_AUTHN = "WEB_AUTHN"
MAX_CREDENTIAL_CHARACTERS = 20_000


class CognitoPasskeys:
    """Implements shared.ports.passkeys.Passkeys."""

    def __init__(self, client: "CognitoIdentityProviderClient", client_id: str) -> None:
        self._client = client
        self._app = client_id

    def all(self, access_token: str) -> list[Passkey]:
        """The account's own, the newest first."""
        with translated("token"):
            answer = self._client.list_web_authn_credentials(
                AccessToken=access_token, MaxResults=MOST_PASSKEYS
            )
        found = [
            Passkey(c["CredentialId"], c["FriendlyCredentialName"], c["CreatedAt"].astimezone(UTC))
            for c in answer["Credentials"]
        ]
        return sorted(found, key=lambda passkey: passkey.added_at, reverse=True)

    def begin(self, access_token: str) -> str:
        """What the browser takes to make one."""
        with translated(NEW_PASSKEY):
            answer = self._client.start_web_authn_registration(AccessToken=access_token)
        return json.dumps(answer["CredentialCreationOptions"])

    def confirm(self, access_token: str, credential: str) -> None:
        """Add what the browser made."""
        with translated(NEW_PASSKEY):
            self._client.complete_web_authn_registration(
                AccessToken=access_token, Credential=_object(credential)
            )

    def remove(self, access_token: str, passkey_id: str) -> None:
        """It opens nothing any more."""
        try:
            with translated("token"):
                self._client.delete_web_authn_credential(AccessToken=access_token, CredentialId=passkey_id)
        except IdentityRefused as refusal:
            if refusal.code != "no_passkey":  # removed before
                raise

    def ask(self, username: str) -> PasskeyAsked:
        """Begin a log-in. An account with an authenticator app logs in by password and code."""
        with translated(PASSKEY):
            answer = self._client.initiate_auth(
                ClientId=self._app,
                AuthFlow="USER_AUTH",
                AuthParameters={"USERNAME": username, "PREFERRED_CHALLENGE": WEB_AUTHN},
            )
        if answer.get("ChallengeName") != WEB_AUTHN:
            raise IdentityRefused("no_passkey")
        return PasskeyAsked(answer["Session"], answer["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])

    def answer(self, username: str, session: str, credential: str) -> Tokens:
        """End it. A session is good for one answer."""
        if not MIN_SESSION <= len(session) <= MAX_SESSION:
            raise IdentityRefused("login_expired")
        responses = {"USERNAME": username, "CREDENTIAL": json.dumps(_object(credential))}
        with translated(PASSKEY):
            answer = self._client.respond_to_auth_challenge(
                ClientId=self._app, ChallengeName="WEB_AUTHN", Session=session, ChallengeResponses=responses
            )
        return tokens_of(answer)


def _object(credential: str) -> dict[str, Any]:
    """Raises IdentityRefused for what no browser sends: botocore would blame the provider."""
    try:
        found = json.loads(credential) if len(credential) <= MAX_CREDENTIAL_CHARACTERS else None
    except (ValueError, RecursionError) as error:
        raise IdentityRefused("passkey_refused") from error
    if not isinstance(found, dict):
        raise IdentityRefused("passkey_refused")
    return found

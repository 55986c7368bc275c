"""Accounts and log-in by Amazon Cognito. Its exceptions end here; tokens are verified against its published keys."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import jwt
from boto3 import Session
from botocore.config import Config

from shared.adapters.cognito_keys import PublishedKeys
from shared.adapters.cognito_refusals import CHALLENGE, MAILED_CODE, app_code, moment_of, translated
from shared.ports.accounts import Account
from shared.ports.identity import CodeNeeded, IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens, Viewer

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_cognito_idp.type_defs import AdminGetUserResponseTypeDef

MIN_SESSION, MAX_SESSION = 20, 2048  # characters, as Cognito declares them
_FORBIDDEN_NAME = re.compile(r"[^a-z0-9_.-]")


def cognito_client(session: Session, region: str) -> "CognitoIdentityProviderClient":
    """A client with short time-outs and one retry; calls that need no AWS credentials are still signed."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    return session.client("cognito-idp", region_name=region, config=config)


class CognitoIdentity:
    """Implements the ports Accounts and Sessions on one user pool and one app client without a secret."""

    def __init__(self, client: "CognitoIdentityProviderClient", user_pool_id: str, client_id: str) -> None:
        self._client = client
        self._pool = user_pool_id
        self._app = client_id
        self._issuer = f"https://cognito-idp.{client.meta.region_name}.amazonaws.com/{user_pool_id}"
        # The keys are fetched from where the client itself goes: right on AWS and on any stand-in.
        keys_url = f"{client.meta.endpoint_url}/{user_pool_id}/.well-known/jwks.json"
        self._keys = PublishedKeys(keys_url)

    def sign_up(self, username: str, email: str, password: str) -> str:
        """Create an unverified account and have a code mailed; returns where to (masked)."""
        with translated():
            self._client.sign_up(
                ClientId=self._app,
                Username=username,
                Password=password,
                UserAttributes=[{"Name": "email", "Value": email}],
            )
        return masked(email)

    def confirm(self, username: str, code: str) -> None:
        """Verify the e-mail address with the mailed code."""
        with translated(MAILED_CODE):
            self._client.confirm_sign_up(ClientId=self._app, Username=username, ConfirmationCode=code)

    def resend_code(self, username: str) -> None:
        """Mail a new code; says nothing of whether the account exists."""
        self._quietly(lambda: self._client.resend_confirmation_code(ClientId=self._app, Username=username))

    def log_in(self, username: str, password: str) -> Tokens:
        """Tokens for a verified user; raises CodeNeeded for one with an authenticator app."""
        with translated():
            answer = self._client.initiate_auth(
                ClientId=self._app,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": username, "PASSWORD": password},
            )
        if answer.get("ChallengeName") == "SOFTWARE_TOKEN_MFA":
            raise CodeNeeded(answer["Session"])
        return tokens_of(answer)

    def answer(self, username: str, session: str, code: str) -> Tokens:
        """Tokens for the code of an authenticator app, with the session of a log-in."""
        if not MIN_SESSION <= len(session) <= MAX_SESSION:
            raise IdentityRefused("login_expired")
        responses = {"USERNAME": username, "SOFTWARE_TOKEN_MFA_CODE": app_code(code)}
        with translated(CHALLENGE):
            answer = self._client.respond_to_auth_challenge(
                ClientId=self._app,
                ChallengeName="SOFTWARE_TOKEN_MFA",
                Session=session,
                ChallengeResponses=responses,
            )
        return tokens_of(answer)

    def refresh(self, refresh_token: str) -> Tokens:
        """A new access token; IdentityRefused when the refresh token is revoked or too old, and for nothing else."""
        try:
            with translated():
                answer = self._client.initiate_auth(
                    ClientId=self._app,
                    AuthFlow="REFRESH_TOKEN_AUTH",
                    AuthParameters={"REFRESH_TOKEN": refresh_token},
                )
        except IdentityRefused as refusal:
            if refusal.code == "too_many_requests":  # that says nothing about this token
                raise IdentityUnavailable(refusal.detail) from refusal
            raise
        return tokens_of(answer)

    def revoke(self, refresh_token: str) -> None:
        """End the session behind a refresh token, on every device that holds it."""
        with translated():
            self._client.revoke_token(ClientId=self._app, Token=refresh_token)

    def forgot(self, username: str) -> None:
        """Mail a code for a new password; says nothing of whether the account exists."""
        self._quietly(lambda: self._client.forgot_password(ClientId=self._app, Username=username))

    def _quietly(self, call: Any) -> None:
        try:
            with translated():
                call()
        except IdentityRefused as refusal:
            # Only «too many tries» and failed mail are told: anything else would say who has an account.
            if refusal.code in ("too_many_requests", "mail_failed"):
                raise

    def reset(self, username: str, code: str, password: str) -> None:
        """Set a new password with the mailed code."""
        with translated(MAILED_CODE):
            self._client.confirm_forgot_password(
                ClientId=self._app, Username=username, ConfirmationCode=code, Password=password
            )

    def end_sessions_of(self, username: str) -> datetime:
        """Revoke every token of an account; returns when, by Cognito's clock."""
        with translated():
            return moment_of(
                self._client.admin_user_global_sign_out(UserPoolId=self._pool, Username=username)
            )

    def verify(self, access_token: str) -> Viewer:
        """Who a token speaks for. Checks signature, issuer, client, use and expiry.

        https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
        """
        try:
            key = self._keys.get_signing_key_from_jwt(access_token)
            claims = jwt.decode(
                access_token,
                key,
                algorithms=["RS256"],
                issuer=self._issuer,
                # Where a clock is behind, a token that was just made is of a later time: it is signed all the same.
                options={
                    "require": ["exp", "iss", "sub", "token_use"],
                    "verify_aud": False,
                    "verify_iat": False,
                },
                leeway=5,
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise IdentityRefused("invalid_token") from error
        # An access token carries client_id and no aud; an id token must not pass for one.
        if claims["token_use"] != "access" or claims.get("client_id") != self._app:  # noqa: S105 -- a claim
            raise IdentityRefused("invalid_token", "This token is not an access token of this portal.")
        try:
            owner = UUID(claims["sub"])
        except ValueError as error:
            raise IdentityRefused("invalid_token", "This token names nobody.") from error
        username = str(claims.get("username", ""))
        since = datetime.fromtimestamp(int(claims.get("auth_time", 0)), UTC)
        return Viewer(owner, username, frozenset(claims.get("cognito:groups", ())), since)

    def find(self, username: str) -> Account | None:
        """A verified user by name, or None."""
        user = self._verified(username)
        if user is None:
            return None
        return Account(
            UUID(_attribute(user, "sub")), user["Username"], user["UserCreateDate"].astimezone(UTC)
        )

    def email_of(self, username: str) -> str:
        """Where a verified user's mails go."""
        user = self._verified(username)
        return _attribute(user, "email") if user else ""

    def _verified(self, username: str) -> "AdminGetUserResponseTypeDef | None":
        if _FORBIDDEN_NAME.search(username) or not username:
            return None
        try:
            with translated():
                user = self._client.admin_get_user(UserPoolId=self._pool, Username=username)
        except IdentityRefused:
            return None
        return None if user.get("UserStatus") == "UNCONFIRMED" else user

    def groups(self, username: str) -> frozenset[str]:
        """Which groups they are in now. Nobody is in more than the 60 of one answer."""
        if _FORBIDDEN_NAME.search(username) or not username:
            return frozenset()
        try:
            with translated():
                answer = self._client.admin_list_groups_for_user(
                    UserPoolId=self._pool, Username=username, Limit=60
                )
        except IdentityRefused as refusal:
            if refusal.code == "too_many_requests":  # that says nothing about them
                raise IdentityUnavailable(refusal.detail) from refusal
            return frozenset()
        return frozenset(group["GroupName"] for group in answer["Groups"])

    def check(self) -> None:
        """Raises IdentityUnavailable unless Cognito serves this pool's keys."""
        self._keys.fetch()


def _attribute(user: "AdminGetUserResponseTypeDef", name: str) -> str:
    return next((a.get("Value", "") for a in user["UserAttributes"] if a["Name"] == name), "")


def tokens_of(answer: Any) -> Tokens:
    """What a log-in has come to. Raises IdentityRefused where Cognito wants another step."""
    if "AuthenticationResult" not in answer:
        raise IdentityRefused("challenge")
    result = answer["AuthenticationResult"]
    return Tokens(result["AccessToken"], result.get("RefreshToken"), int(result["ExpiresIn"]))


def masked(email: str) -> str:
    """An address as strangers may see it."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain[:1]}***"

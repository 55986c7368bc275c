"""What Cognito's exceptions and answers mean: its refusals as our codes, its clock, its codes of six digits."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.ports.identity import WRONG_APP_CODE, WRONG_MAILED_CODE, IdentityRefused, IdentityUnavailable
from shared.ports.passkeys import PASSKEY_TOO_LATE, TOO_MANY_PASSKEYS

APP_CODE, CHALLENGE, MAILED_CODE = "app code", "challenge", "mailed code"
NEW_PASSKEY, PASSKEY = "new passkey", "passkey"
"""Contexts: an app's code is confirmed by an access token; a log-in's challenge is answered with one; a mailed
code is typed by who isn't logged in; a passkey is made
by an access token; a log-in by passkey."""

# Cognito's refusals as our codes.
REFUSALS = {
    "UsernameExistsException": "username_taken",
    "AliasExistsException": "email_taken",
    "CodeMismatchException": "code_mismatch",
    "ExpiredCodeException": "code_expired",
    "NotAuthorizedException": "bad_credentials",
    "UserNotFoundException": "bad_credentials",
    "UserNotConfirmedException": "not_confirmed",
    "PasswordResetRequiredException": "password_reset_required",
    "CodeDeliveryFailureException": "mail_failed",
    "TooManyRequestsException": "too_many_requests",
    "TooManyFailedAttemptsException": "too_many_requests",
    "LimitExceededException": "too_many_requests",
    "WebAuthnChallengeNotFoundException": "login_expired",
    "WebAuthnClientMismatchException": "passkey_refused",
    "WebAuthnCredentialNotSupportedException": "passkey_refused",
    "WebAuthnOriginNotAllowedException": "passkey_refused",
    "WebAuthnRelyingPartyMismatchException": "passkey_refused",
}
# The pool's settings are not as the portal's: the operators' matter, and nothing that people can mend.
_NO_PASSKEYS = ("WebAuthnNotEnabledException", "WebAuthnConfigurationMissingException")
# Where one is made. Too many calls are another exception.
_NEW_PASSKEY_REFUSALS = {
    "InvalidParameterException": ("passkey_refused", None),
    "LimitExceededException": ("passkey_refused", TOO_MANY_PASSKEYS),
    "NotAuthorizedException": ("invalid_token", None),
    "WebAuthnChallengeNotFoundException": ("login_expired", PASSKEY_TOO_LATE),
}
# Where the code is an authenticator app's. Cognito calls one that was used before expired.
_APP_CODE_REFUSALS = {
    "CodeMismatchException": "code_mismatch",
    "EnableSoftwareTokenMFAException": "code_mismatch",
    "ExpiredCodeException": "code_used",
}
# The challenge's session is over, was answered before, or the account has no app any more.
_ENDED_CHALLENGE = ("NotAuthorizedException", "UserNotFoundException", "SoftwareTokenMFANotFoundException")
# Where a mailed code is typed by who isn't logged in. Which of these it is would tell who has an account, and whether
# it is confirmed or waits for a code.
_WRONG_MAILED_CODE = (
    "CodeMismatchException",
    "ExpiredCodeException",
    "NotAuthorizedException",
    "UserNotConfirmedException",
    "UserNotFoundException",
)
_SIX_DIGITS = re.compile(r"[0-9]{6}")


@contextmanager
def translated(context: str = "") -> Iterator[None]:
    """Cognito's exceptions as the ports' own; the `context` tells what an unclear one means."""
    try:
        yield
    except ClientError as error:
        name = error.response["Error"]["Code"]
        message = error.response["Error"].get("Message", "")
        if name in ("InvalidPasswordException", "InvalidParameterException") and "assword" in message:
            raise IdentityRefused("weak_password") from error
        if context == NEW_PASSKEY and name in _NEW_PASSKEY_REFUSALS:
            raise IdentityRefused(*_NEW_PASSKEY_REFUSALS[name]) from error
        if name == "InvalidParameterException" and context != PASSKEY:
            raise IdentityRefused("invalid_parameter", _plain(message)) from error
        if context in (APP_CODE, CHALLENGE) and name in _APP_CODE_REFUSALS:
            code = _APP_CODE_REFUSALS[name]
            raise IdentityRefused(code, WRONG_APP_CODE if code == "code_mismatch" else None) from error
        if name == "SoftwareTokenMFANotFoundException" and context == "token":
            raise IdentityRefused(
                "invalid_parameter", "This portal's user pool offers no second step."
            ) from error
        if context == CHALLENGE and name in _ENDED_CHALLENGE:
            locked = "attempts exceeded" in message
            raise IdentityRefused("too_many_requests" if locked else "login_expired") from error
        if name in _NO_PASSKEYS:
            raise IdentityRefused("passkey_refused", "This portal's user pool offers no passkeys.") from error
        if name == "ResourceNotFoundException" and context == "token":
            raise IdentityRefused("no_passkey") from error
        if context == PASSKEY and name in ("NotAuthorizedException", "InvalidParameterException"):
            ended = "session" in message
            raise IdentityRefused("login_expired" if ended else "passkey_refused") from error
        if context == PASSKEY and name in ("UserNotFoundException", "UserNotConfirmedException"):
            raise IdentityRefused("no_passkey") from error
        if name == "NotAuthorizedException" and context in ("token", APP_CODE):
            raise IdentityRefused("invalid_token") from error
        if context == MAILED_CODE and name in _WRONG_MAILED_CODE:
            raise IdentityRefused("code_mismatch", WRONG_MAILED_CODE) from error
        if name in REFUSALS:
            raise IdentityRefused(REFUSALS[name]) from error
        raise IdentityUnavailable(f"{name}: {message}") from error
    except BotoCoreError as error:
        raise IdentityUnavailable(str(error)) from error


def _plain(message: str) -> str:
    return message if message.endswith(".") else f"{message}."


def app_code(code: str) -> str:
    """The code, when it can be one of an app. Raises IdentityRefused: botocore would blame the provider."""
    if not _SIX_DIGITS.fullmatch(code):
        raise IdentityRefused("code_mismatch", WRONG_APP_CODE)
    return code


def moment_of(answer: Any) -> datetime:
    """When Cognito answered, by its own clock, in whole seconds."""
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    moment = parsedate_to_datetime(said) if said else datetime.now(UTC)
    return moment.astimezone(UTC).replace(microsecond=0)

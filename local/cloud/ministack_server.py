"""Runs ministack in its own environment, and has it write its state while it runs.

By itself it writes accounts and queues only when it is stopped cleanly: a kill -9 would take every account with it.
Here an answered call about accounts, keys, buckets or queues is on disk; messages follow within a second or so (a
message lost in between is what the sweep heals). It also learns how Cognito changes an e-mail address, how strict it
is about an authenticator app, and passkeys. Executed by the cloud environment's Python; imports nothing of ours.
"""

import asyncio
import contextlib
import importlib.util
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ministack import app as ministack  # type: ignore[import-not-found]  # in an environment of its own
from ministack.services import cognito  # type: ignore[import-not-found]  # as above


def _beside(name: str) -> Any:
    """A module in this folder, where the interpreter looks for none (-P)."""
    spec: Any = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


passkeys, state = _beside("ministack_passkeys"), _beside("ministack_state")
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# Reading calls of Cognito; every other one may have changed an account.
_READS = ("Get", "List", "Describe", "AdminGet", "AdminList")
# Messages change often and are written together; rare calls are written before they are answered.
_MESSAGE_CALLS = ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
_INTERVAL_SECONDS = 1.0
# At most this share of the time goes into copying a long queue.
_SHARE = 0.05

_dirty: set[str] = set()
_inner = ministack.app


def _changed(scope: MutableMapping[str, Any]) -> tuple[str, bool]:
    """The service whose state this request may change (or ""), and whether to write it before answering."""
    headers = dict(scope["headers"])
    if b"/iam/aws4_request" in headers.get(b"authorization", b""):
        return "iam", True
    target = headers.get(b"x-amz-target", b"").decode("latin-1")
    service, _, action = target.rpartition(".")
    if service == "AWSCognitoIdentityProviderService":
        return ("", False) if action.startswith(_READS) else ("cognito", True)
    if service == "AmazonSQS":
        if action.startswith(("Get", "List")):
            return "", False
        return "sqs", not action.startswith(_MESSAGE_CALLS)
    if scope["method"] == "POST" and scope["path"] == "/v2/email/identities":
        return "ses_v2", True
    if scope["method"] in ("PUT", "DELETE") and scope["path"].strip("/").count("/") == 0:
        return "s3", True  # a bucket or its settings; objects are written as they come
    return "", False


async def app(scope: MutableMapping[str, Any], receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Ministack's own application, with the state written as promised above."""
    if scope["type"] == "lifespan":
        task = asyncio.create_task(_write_messages())
        try:
            await _inner(scope, receive, send)
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return
    service, at_once = _changed(scope) if scope["type"] == "http" else ("", False)

    async def saving_send(message: Message) -> None:
        if service and message["type"] == "http.response.start" and message["status"] < 300:
            if at_once:
                state.save({service})
            else:
                _dirty.add(service)
        await send(message)

    await _inner(scope, receive, saving_send)


async def _write_messages() -> None:
    pause = _INTERVAL_SECONDS
    while True:
        await asyncio.sleep(pause)
        services = set(_dirty)
        _dirty.clear()
        took = state.save(services) if services else 0.0
        pause = max(_INTERVAL_SECONDS, took / _SHARE)


def _update_user_attributes(data: dict[str, Any]) -> Any:
    """As Cognito does it where a pool wants an address verified before it counts; by itself ministack changes it."""
    user, pool = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
    settings = (pool or {}).get("UserAttributeUpdateSettings", {})
    held = settings.get("AttributesRequireVerificationBeforeUpdate", [])
    given = data.get("UserAttributes", [])
    address = next((a["Value"] for a in given if a["Name"] == "email" and "email" in held), None)
    if not user or address is None:
        return _change_at_once(data)
    user["_next_email"], user["_email_code"] = address, _EMAIL_CODE
    cognito._send_verification_email(pool, user["Username"], {"email": address}, _EMAIL_CODE)
    return _change_at_once(data | {"UserAttributes": [a for a in given if a["Name"] != "email"]})


def _verify_user_attribute(data: dict[str, Any]) -> Any:
    """What ministack has not: the code makes the new address count."""
    user, _ = cognito._user_pool_for_access_token(data.get("AccessToken", ""))
    if not user:
        return cognito.error_response_json("NotAuthorizedException", "Invalid access token.", 400)
    if error := cognito._code_error(user.get("_email_code"), data.get("Code")):
        return error
    del user["_email_code"]
    verified = [
        {"Name": "email", "Value": user.pop("_next_email")},
        {"Name": "email_verified", "Value": "true"},
    ]
    user["Attributes"] = cognito._merge_attributes(user["Attributes"], verified)
    return cognito.json_response({})


@dataclass
class _Challenge:
    """A log-in whose password was right. Kept for three minutes and not on disk: a restart has people begin anew."""

    user: dict[str, Any]
    ends_at: float


def _mfa_challenge(pool: dict[str, Any], user: dict[str, Any], pid: str, username: str) -> Any:
    """By itself ministack forgets the session that it gives out."""
    made = _make_mfa_challenge(pool, user, pid, username)
    if made:
        for session in [s for s, known in _challenges.items() if known.ends_at < time.time()]:
            del _challenges[session]
        _challenges[made["Session"]] = _Challenge(user, time.time() + _CHALLENGE_SECONDS)
    return made


def _respond_to_auth_challenge(data: dict[str, Any]) -> Any:
    """The session must be one of that user's that waits; a code is good once, and guessing is slowed down."""
    if data.get("ChallengeName") == "WEB_AUTHN":
        return passkeys.answer(data)
    if data.get("ChallengeName") != "SOFTWARE_TOKEN_MFA":
        return _respond_to_rest(data)
    session, responses = data.get("Session", ""), data.get("ChallengeResponses", {})
    known = _challenges.get(session)
    name = responses.get("USERNAME", "").lower()
    if known is None or known.ends_at < time.time() or known.user["Username"].lower() != name:
        return passkeys.refusal("NotAuthorizedException", "Invalid session for the user.")
    user = known.user
    wrong, at = user.get("_totp_wrong", (0, 0.0))
    if wrong >= _FREE_TRIES and time.time() < at + 2 ** (wrong - _FREE_TRIES):
        return passkeys.refusal("NotAuthorizedException", "Password attempts exceeded")
    error = _use_code(user, user.get("_totp_secret", ""), responses.get("SOFTWARE_TOKEN_MFA_CODE"))
    if error:
        user["_totp_wrong"] = (wrong + 1, time.time())
        return error
    user.pop("_totp_wrong", None)
    del _challenges[session]
    # Ministack would compare the code too, and may do so a moment later, when it is right no more.
    return _respond_to_rest(data | {"ChallengeName": "MFA_SETUP"})


def _use_code(user: dict[str, Any], secret: str, code: Any) -> Any:
    """None when the code is right and new, else Cognito's refusal."""
    now = int(time.time() // 30)
    step = next((s for s in (-1, 0, 1) if secret and cognito._totp_code(secret, s) == code), None)
    if step is None:
        return passkeys.refusal("CodeMismatchException", "Invalid code received for user")
    used = user.get("_totp_used", [])
    if now + step in used:
        return passkeys.refusal("ExpiredCodeException", "Your software token has already been used once.")
    user["_totp_used"] = [s for s in used if s >= now - 1] + [now + step]
    return None


def _associate_software_token(data: dict[str, Any]) -> Any:
    if "AccessToken" in data and not cognito._user_for_access_token(data["AccessToken"]):
        return passkeys.refusal("NotAuthorizedException", "Invalid Access Token")
    return _associate(data)


def _verify_software_token(data: dict[str, Any]) -> Any:
    """Proves the code and no more: whether it is asked for says SetUserMFAPreference."""
    user = cognito._user_for_access_token(data.get("AccessToken"))
    if not user:
        return passkeys.refusal("NotAuthorizedException", "Invalid Access Token")
    secret = user.get("_totp_pending_secret") or user.get("_totp_secret", "")
    if error := _use_code(user, secret, data.get("UserCode")):
        return error
    user["_totp_secret"] = secret
    user.pop("_totp_pending_secret", None)
    return cognito.json_response({"Status": "SUCCESS"})


def _set_user_mfa_preference(data: dict[str, Any]) -> Any:
    """What was never verified can't be asked for: ministack would take any code then."""
    user = cognito._user_for_access_token(data.get("AccessToken")) or {}
    if data.get("SoftwareTokenMfaSettings", {}).get("Enabled") and not user.get("_totp_secret"):
        return passkeys.refusal("InvalidParameterException", "User has not verified software token mfa")
    return _set_preference(data)


async def _dispatch(action: str, data: dict[str, Any]) -> Any:
    if action in _ADDED:
        return cognito._run_idp_handler(_ADDED[action], action, data)
    return await _dispatch_rest(action, data)


_EMAIL_CODE = "123456"  # as ministack's other codes
_change_at_once, _dispatch_rest = cognito._update_user_attributes, cognito._dispatch_idp
cognito._update_user_attributes, cognito._dispatch_idp = _update_user_attributes, _dispatch
_ADDED = passkeys.ACTIONS | {"VerifyUserAttribute": _verify_user_attribute}
cognito._UNSIGNED_IDP_ACTIONS.update(_ADDED)
cognito._initiate_auth = partial(passkeys.initiate_auth, rest=cognito._initiate_auth)

_CHALLENGE_SECONDS, _FREE_TRIES = 180, 5
_challenges: dict[str, _Challenge] = {}
_make_mfa_challenge, _respond_to_rest = cognito._mfa_challenge_for_user, cognito._respond_to_auth_challenge
cognito._mfa_challenge_for_user = _mfa_challenge
cognito._respond_to_auth_challenge = _respond_to_auth_challenge
_associate, _set_preference = cognito._associate_software_token, cognito._set_user_mfa_preference
cognito._associate_software_token = _associate_software_token
cognito._verify_software_token = _verify_software_token
cognito._set_user_mfa_preference = _set_user_mfa_preference

if __name__ == "__main__":
    ministack.app = app
    ministack.main()

"""Passkeys as Cognito has them, which ministack has not: registered by a token, and asked for at log-in by a user name.

Verified as a relying party must: challenge, origin, user verification, signature and count, by the library `webauthn`.
The relying party is `localhost`: browsers know no passkeys of a bare address. Executed by the cloud environment's
Python.
"""

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn  # type: ignore[import-not-found]  # in an environment of its own
from ministack.services import cognito  # type: ignore[import-not-found]  # as above
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url  # type: ignore[import-not-found]  # as above
from webauthn.helpers.exceptions import WebAuthnException  # type: ignore[import-not-found]  # as above
from webauthn.helpers.structs import (  # type: ignore[import-not-found]  # as above
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

RELYING_PARTY, NAME = "localhost", "Image Portal"
VALID_SECONDS, MOST = 180, 20
VERIFIED = UserVerificationRequirement.REQUIRED


@dataclass
class _Asked:
    """A log-in that waits for a passkey. Not on disk: a restart has people begin anew."""

    user: dict[str, Any]
    pool_id: str
    client_id: str
    challenge: bytes
    ends_at: float


_asked: dict[str, _Asked] = {}


def refusal(name: str, message: str) -> Any:
    """As Cognito says no."""
    return cognito.error_response_json(name, message, 400)


def _origin(credential: dict[str, Any]) -> str:
    """What the browser says, where it is of this relying party; else one that nothing matches."""
    client = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))
    origin = str(client.get("origin", ""))
    return origin if urlsplit(origin).hostname == RELYING_PARTY else f"https://{RELYING_PARTY}"


def start_registration(data: dict[str, Any]) -> Any:
    """StartWebAuthnRegistration."""
    user = cognito._user_for_access_token(data.get("AccessToken"))
    if not user:
        return refusal("NotAuthorizedException", "Invalid Access Token")
    known = user.get("_passkeys", [])
    if len(known) >= MOST:
        return refusal("LimitExceededException", "Too many credentials.")
    options = webauthn.generate_registration_options(
        rp_id=RELYING_PARTY,
        rp_name=NAME,
        user_name=user["Username"],
        user_id=user["Username"].encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(p["id"])) for p in known],
    )
    user["_passkey_challenge"] = (bytes_to_base64url(options.challenge), time.time() + VALID_SECONDS)
    return cognito.json_response({"CredentialCreationOptions": json.loads(webauthn.options_to_json(options))})


def complete_registration(data: dict[str, Any]) -> Any:
    """CompleteWebAuthnRegistration."""
    user = cognito._user_for_access_token(data.get("AccessToken"))
    if not user:
        return refusal("NotAuthorizedException", "Invalid Access Token")
    challenge, ends_at = user.pop("_passkey_challenge", ("", 0.0))
    if ends_at < time.time():
        return refusal("WebAuthnChallengeNotFoundException", "No challenge was found.")
    credential = data.get("Credential")
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=RELYING_PARTY,
            expected_origin=_origin(credential),  # type: ignore[arg-type]  # what it is not is caught
            require_user_verification=True,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError) as error:
        return refusal("WebAuthnCredentialNotSupportedException", str(error))
    user.setdefault("_passkeys", []).append(
        {
            "id": bytes_to_base64url(verified.credential_id),
            "key": bytes_to_base64url(verified.credential_public_key),
            "count": verified.sign_count,
            "at": time.time(),
        }
    )
    return cognito.json_response({})


def list_credentials(data: dict[str, Any]) -> Any:
    """ListWebAuthnCredentials."""
    user = cognito._user_for_access_token(data.get("AccessToken"))
    if not user:
        return refusal("NotAuthorizedException", "Invalid Access Token")
    return cognito.json_response(
        {
            "Credentials": [
                {
                    "CredentialId": p["id"],
                    "FriendlyCredentialName": "Passkey",
                    "RelyingPartyId": RELYING_PARTY,
                    "AuthenticatorTransports": [],
                    "CreatedAt": p["at"],
                }
                for p in user.get("_passkeys", [])
            ]
        }
    )


def delete_credential(data: dict[str, Any]) -> Any:
    """DeleteWebAuthnCredential."""
    user = cognito._user_for_access_token(data.get("AccessToken"))
    if not user:
        return refusal("NotAuthorizedException", "Invalid Access Token")
    kept = [p for p in user.get("_passkeys", []) if p["id"] != data.get("CredentialId")]
    if len(kept) == len(user.get("_passkeys", [])):
        return refusal("ResourceNotFoundException", "The credential does not exist.")
    user["_passkeys"] = kept
    return cognito.json_response({})


def initiate_auth(data: dict[str, Any], rest: Any) -> Any:
    """InitiateAuth: the flow USER_AUTH with a passkey preferred; every other is `rest`'s."""
    if data.get("AuthFlow") != "USER_AUTH":
        return rest(data)
    client = data.get("ClientId")
    found = next(((pid, p) for pid, p in cognito._user_pools.items() if client in p["_clients"]), None)
    if found is None:
        return refusal("ResourceNotFoundException", "Client not found.")
    pool_id, pool = found
    user, error = cognito._resolve_user(pool, data.get("AuthParameters", {}).get("USERNAME"))
    usable = not error and user.get("Enabled", True) and user.get("UserStatus") == "CONFIRMED"
    # Who has an authenticator app logs in by password and code: Cognito takes no first factor alone then.
    known = user.get("_passkeys", []) if usable and not user.get("_mfa_enabled") else []
    session = secrets.token_urlsafe(48)
    if not known:
        select = {"ChallengeName": "SELECT_CHALLENGE", "AvailableChallenges": ["PASSWORD", "PASSWORD_SRP"]}
        return cognito.json_response(select | {"Session": session, "ChallengeParameters": {}})
    options = webauthn.generate_authentication_options(
        rp_id=RELYING_PARTY,
        allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(p["id"])) for p in known],
        user_verification=VERIFIED,
    )
    for old in [s for s, asked in _asked.items() if asked.ends_at < time.time()]:
        del _asked[old]
    _asked[session] = _Asked(user, pool_id, str(client), options.challenge, time.time() + VALID_SECONDS)
    parameters = {"CREDENTIAL_REQUEST_OPTIONS": webauthn.options_to_json(options)}
    return cognito.json_response(
        {"ChallengeName": "WEB_AUTHN", "Session": session, "ChallengeParameters": parameters}
    )


def answer(data: dict[str, Any]) -> Any:
    """RespondToAuthChallenge for WEB_AUTHN: a session is good for one answer."""
    asked = _asked.pop(data.get("Session", ""), None)
    responses = data.get("ChallengeResponses", {})
    name = responses.get("USERNAME", "").lower()
    if asked is None or asked.ends_at < time.time() or asked.user["Username"].lower() != name:
        return refusal("NotAuthorizedException", "Invalid session for the user.")
    try:
        credential = json.loads(responses.get("CREDENTIAL", ""))
        passkey = next(p for p in asked.user.get("_passkeys", []) if p["id"] == credential["id"])
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=asked.challenge,
            expected_rp_id=RELYING_PARTY,
            expected_origin=_origin(credential),
            credential_public_key=base64url_to_bytes(passkey["key"]),
            credential_current_sign_count=passkey["count"],
            require_user_verification=True,
        )
    except (WebAuthnException, KeyError, TypeError, ValueError, StopIteration):
        return refusal("NotAuthorizedException", "Incorrect username or password.")
    passkey["count"] = verified.new_sign_count
    pool = cognito._user_pools[asked.pool_id]
    return cognito._password_auth_result(pool, asked.pool_id, asked.client_id, asked.user, name, data=data)


ACTIONS = {
    "StartWebAuthnRegistration": start_registration,
    "CompleteWebAuthnRegistration": complete_registration,
    "ListWebAuthnCredentials": list_credentials,
    "DeleteWebAuthnCredential": delete_credential,
}

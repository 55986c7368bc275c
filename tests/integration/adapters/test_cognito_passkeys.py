"""What a relying party must verify, and the stand-in does; and what else Cognito says of passkeys."""

import json

import pytest

from shared.adapters.cognito_passkeys import CognitoPasskeys
from shared.ports.identity import IdentityUnavailable
from tests.integration.adapters.test_cognito import PASSWORD, answered, refusal, strict_pool, user
from tests.support_authenticator import Authenticator
from tests.support_aws import Pool, pool_on, use_cloud

__all__ = ["strict_pool"]


@pytest.fixture
def no_pool(monkeypatch: pytest.MonkeyPatch) -> Pool:
    """Where each call is answered for it."""
    use_cloud("http://127.0.0.1:9", monkeypatch)
    return pool_on("eu-west-1_x", "app")


def registered(pool: Pool) -> tuple[CognitoPasskeys, str, str, Authenticator]:
    """The port, a user's name and access token, and what holds their passkey."""
    name, device = user(pool), Authenticator()
    token = pool.identity.log_in(name, PASSWORD).access
    pool.passkeys.confirm(token, device.create(pool.passkeys.begin(token)))
    return pool.passkeys, name, token, device


def of_another_site(options: str) -> str:
    """As a false site would ask for it."""
    asked = json.loads(options)
    changed = {"rpId": "evil.example"} if "rpId" in asked else {"rp": {"id": "evil.example"}}
    return json.dumps(asked | changed)


def test_what_was_made_elsewhere_or_without_verification_is_not_registered(strict_pool: Pool) -> None:
    passkeys, _, token, _ = registered(strict_pool)
    for origin in (
        "https://evil.example",
        "http://localhost.evil.example",
        "https://evil.localhost",
        "null",
        "",
    ):
        created = Authenticator(origin).create(passkeys.begin(token))
        assert refusal(passkeys.confirm, token, created) == "passkey_refused", origin
    created = Authenticator(verified=False).create(passkeys.begin(token))
    assert refusal(passkeys.confirm, token, created) == "passkey_refused"
    created = Authenticator().create(of_another_site(passkeys.begin(token)))
    assert refusal(passkeys.confirm, token, created) == "passkey_refused"
    assert len(passkeys.all(token)) == 1


def test_what_was_used_elsewhere_or_without_verification_opens_nothing(strict_pool: Pool) -> None:
    passkeys, name, _, device = registered(strict_pool)
    others = Authenticator(
        keys=dict.fromkeys(device.keys, next(iter(registered(strict_pool)[3].keys.values())))
    )
    elsewhere = Authenticator("https://evil.example", keys=device.keys)
    for forger in (elsewhere, others, Authenticator(verified=False, keys=device.keys)):
        asked = passkeys.ask(name)
        assert refusal(passkeys.answer, name, asked.session, forger.get(asked.options)) == "passkey_refused"
    asked = passkeys.ask(name)
    given = device.get(of_another_site(asked.options))
    assert refusal(passkeys.answer, name, asked.session, given) == "passkey_refused"
    asked = passkeys.ask(name)
    assert passkeys.answer(name, asked.session, device.get(asked.options)).access, "the device itself is fine"


def test_a_count_that_goes_back_is_a_copy_and_opens_nothing(strict_pool: Pool) -> None:
    passkeys, name, _, device = registered(strict_pool)
    copy = Authenticator(keys=device.keys)
    for _ in range(2):
        asked = passkeys.ask(name)
        passkeys.answer(name, asked.session, device.get(asked.options))
    asked = passkeys.ask(name)
    assert refusal(passkeys.answer, name, asked.session, copy.get(asked.options)) == "passkey_refused"


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("NotAuthorizedException", "Access Token has been revoked", "invalid_token"),
        ("InvalidParameterException", "", "passkey_refused"),
        ("LimitExceededException", "", "passkey_refused"),
        ("TooManyRequestsException", "", "too_many_requests"),
        ("WebAuthnChallengeNotFoundException", "", "login_expired"),
        ("WebAuthnClientMismatchException", "", "passkey_refused"),
        ("WebAuthnConfigurationMissingException", "", "passkey_refused"),
        ("WebAuthnCredentialNotSupportedException", "", "passkey_refused"),
        ("WebAuthnNotEnabledException", "", "passkey_refused"),
        ("WebAuthnOriginNotAllowedException", "", "passkey_refused"),
        ("WebAuthnRelyingPartyMismatchException", "", "passkey_refused"),
    ],
)
def test_what_cognito_says_of_a_new_passkey(no_pool: Pool, code: str, message: str, refused: str) -> None:
    with answered(no_pool.client, "CompleteWebAuthnRegistration", code, message):
        assert refusal(no_pool.passkeys.confirm, "token", "{}") == refused


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("NotAuthorizedException", "Invalid session for the user, session is expired.", "login_expired"),
        ("NotAuthorizedException", "Incorrect username or password.", "passkey_refused"),
        ("InvalidParameterException", "", "passkey_refused"),
        ("UserNotFoundException", "", "no_passkey"),
        ("TooManyRequestsException", "", "too_many_requests"),
    ],
)
def test_what_cognito_says_of_a_used_passkey(no_pool: Pool, code: str, message: str, refused: str) -> None:
    with answered(no_pool.client, "RespondToAuthChallenge", code, message):
        assert refusal(no_pool.passkeys.answer, "ana", "x" * 40, "{}") == refused


def test_what_nobody_foresaw_is_the_providers_trouble(no_pool: Pool) -> None:
    with (
        answered(no_pool.client, "CompleteWebAuthnRegistration", "InternalErrorException"),
        pytest.raises(IdentityUnavailable),
    ):
        no_pool.passkeys.confirm("token", "{}")

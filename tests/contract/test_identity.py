"""Accounts and sessions, on every Cognito there is here. Only ministack checks codes and passwords."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import jwt
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.adapters.cognito import CognitoIdentity, cognito_client
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from tests.support_cloud import REGION, aws_environment, free_port

PASSWORD = "Correct-horse-1"
CODE = "123456"  # what ministack mails, and moto takes anything


@dataclass
class Pool:
    """A user pool of its own, and the product's adapter on it."""

    identity: CognitoIdentity
    client: Any
    pool_id: str
    app_id: str

    def user(self) -> str:
        """A confirmed user's name."""
        name = f"u{uuid.uuid4().hex[:10]}"
        self.identity.sign_up(name, f"{name}@example.com", PASSWORD)
        self.identity.confirm(name, CODE)
        return name


@pytest.fixture(params=["moto", "ministack"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    endpoint: str = request.getfixturevalue(f"{request.param}_endpoint")
    yield from make_pool(endpoint, monkeypatch)


@pytest.fixture
def strict_pool(ministack_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    yield from make_pool(ministack_endpoint, monkeypatch)


def make_pool(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    for name, value in aws_environment(endpoint).items():
        monkeypatch.setenv(name, value)
    client = cognito_client(boto3.Session(), REGION)
    pool_id = client.create_user_pool(
        PoolName=f"p{uuid.uuid4().hex[:8]}",
        AutoVerifiedAttributes=["email"],
        Policies={
            "PasswordPolicy": {
                "MinimumLength": 10,
                "RequireUppercase": False,
                "RequireLowercase": False,
                "RequireNumbers": False,
                "RequireSymbols": False,
            }
        },
    )["UserPool"]["Id"]
    app_id = client.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        EnableTokenRevocation=True,
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]
    yield Pool(CognitoIdentity(client, pool_id, app_id), client, pool_id, app_id)
    client.close()


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(IdentityRefused) as caught:
        call(*args)
    return caught.value.code


def test_sign_up_confirm_log_in_and_know_who_asks(pool: Pool) -> None:
    name = pool.user()
    tokens = pool.identity.log_in(name, PASSWORD)
    viewer = pool.identity.verify(tokens.access)
    assert viewer.username == name
    assert not viewer.is_operator
    assert tokens.expires_in_seconds > 0
    account = pool.identity.find(name)
    assert account is not None
    assert (account.username, account.owner) == (name, viewer.owner)


def test_username_unique(pool: Pool) -> None:
    name = pool.user()
    assert refusal(pool.identity.sign_up, name, "other@example.com", PASSWORD) == "username_taken"


def test_no_log_in_before_verification(pool: Pool) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    pool.identity.sign_up(name, f"{name}@example.com", PASSWORD)
    assert refusal(pool.identity.log_in, name, PASSWORD) == "not_confirmed"
    assert pool.identity.find(name) is None


def test_where_the_code_went_is_told_without_the_address(pool: Pool) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    sent_to = pool.identity.sign_up(name, f"{name}@example.com", PASSWORD)
    assert "*" in sent_to
    assert name not in sent_to


def test_a_wrong_code_is_refused_and_the_right_one_still_works(strict_pool: Pool) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    strict_pool.identity.sign_up(name, f"{name}@example.com", PASSWORD)
    assert refusal(strict_pool.identity.confirm, name, "000000") == "code_mismatch"
    strict_pool.identity.confirm(name, CODE)
    assert refusal(strict_pool.identity.confirm, name, CODE) == "already_confirmed"


def test_a_code_for_nobody_is_merely_a_wrong_code(strict_pool: Pool) -> None:
    assert refusal(strict_pool.identity.confirm, "nobody-here", CODE) == "code_mismatch"


def test_a_new_code_can_be_asked_for_and_tells_nothing_about_strangers(strict_pool: Pool) -> None:
    name = f"u{uuid.uuid4().hex[:10]}"
    strict_pool.identity.sign_up(name, f"{name}@example.com", PASSWORD)
    strict_pool.identity.resend_code(name)
    strict_pool.identity.resend_code("nobody-here")
    strict_pool.identity.forgot("nobody-here")


@pytest.mark.parametrize("password", ["Short-123", "x"])
def test_a_weak_password_is_refused_with_the_rule(strict_pool: Pool, password: str) -> None:
    with pytest.raises(IdentityRefused) as caught:
        strict_pool.identity.sign_up(f"u{uuid.uuid4().hex[:10]}", "a@example.com", password)
    assert caught.value.code == "weak_password"
    assert "10 characters" in caught.value.detail


def test_a_wrong_password_and_a_wrong_name_read_the_same(strict_pool: Pool) -> None:
    name = strict_pool.user()
    assert refusal(strict_pool.identity.log_in, name, "Wrong-horse-1") == "bad_credentials"
    assert refusal(strict_pool.identity.log_in, "nobody-here", PASSWORD) == "bad_credentials"


def test_a_forgotten_password_is_replaced(strict_pool: Pool) -> None:
    name = strict_pool.user()
    strict_pool.identity.forgot(name)
    assert refusal(strict_pool.identity.reset, name, "000000", "Another-horse-2") == "code_mismatch"
    strict_pool.identity.reset(name, "654321", "Another-horse-2")
    assert refusal(strict_pool.identity.log_in, name, PASSWORD) == "bad_credentials"
    assert strict_pool.identity.log_in(name, "Another-horse-2").access


def test_a_session_is_renewed_and_then_revoked(strict_pool: Pool) -> None:
    tokens = strict_pool.identity.log_in(strict_pool.user(), PASSWORD)
    assert tokens.refresh
    renewed = strict_pool.identity.refresh(tokens.refresh)
    assert strict_pool.identity.verify(renewed.access) == strict_pool.identity.verify(tokens.access)
    strict_pool.identity.revoke(tokens.refresh)
    assert refusal(strict_pool.identity.refresh, tokens.refresh) == "bad_credentials"


def test_operators_are_known_by_their_group(pool: Pool) -> None:
    name = pool.user()
    pool.client.create_group(UserPoolId=pool.pool_id, GroupName="operators")
    pool.client.admin_add_user_to_group(UserPoolId=pool.pool_id, Username=name, GroupName="operators")
    assert pool.identity.verify(pool.identity.log_in(name, PASSWORD).access).is_operator


def test_an_id_token_does_not_pass_for_an_access_token(pool: Pool) -> None:
    name = pool.user()
    answer = pool.client.initiate_auth(
        ClientId=pool.app_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    assert refusal(pool.identity.verify, answer["AuthenticationResult"]["IdToken"]) == "invalid_token"


def test_a_token_of_another_pool_or_client_is_refused(
    strict_pool: Pool, ministack_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in make_pool(ministack_endpoint, monkeypatch):
        foreign = other.identity.log_in(other.user(), PASSWORD).access
        assert refusal(strict_pool.identity.verify, foreign) == "invalid_token"
    second_app = CognitoIdentity(strict_pool.client, strict_pool.pool_id, "another-client")
    own = strict_pool.identity.log_in(strict_pool.user(), PASSWORD).access
    assert refusal(second_app.verify, own) == "invalid_token"


def forged(pool: Pool, **changes: Any) -> str:
    """A token as Cognito would make it, but signed by somebody else's key under a known key id."""
    genuine = pool.identity.log_in(pool.user(), PASSWORD).access
    claims = jwt.decode(genuine, options={"verify_signature": False}) | changes
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, "RS256", headers={"kid": jwt.get_unverified_header(genuine)["kid"]})


def test_forged_expired_and_unsigned_tokens_are_refused(strict_pool: Pool) -> None:
    claims = {"sub": str(uuid.uuid4()), "token_use": "access", "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, "", "none", headers={"kid": "x"})
    symmetric = jwt.encode(claims, "k" * 32, "HS256", headers={"kid": "x"})
    genuine = strict_pool.identity.log_in(strict_pool.user(), PASSWORD).access
    head, body, signature = genuine.split(".")
    for token in (
        "",
        "x",
        "a.b.c",
        unsigned,
        symmetric,
        forged(strict_pool),
        f"{head}.{body}.{signature[:-6]}AAAAAA",
    ):
        assert refusal(strict_pool.identity.verify, token) == "invalid_token"


def test_a_dead_identity_provider_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws_environment(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    identity = CognitoIdentity(cognito_client(boto3.Session(), REGION), "eu-west-1_x", "app")
    for use in (lambda: identity.log_in("a", "b"), lambda: identity.find("ann"), identity.check):
        with pytest.raises(IdentityUnavailable):
            use()
    token = jwt.encode({"sub": "x"}, "k" * 32, "HS256", headers={"kid": "x"})
    with pytest.raises(IdentityUnavailable):
        identity.verify(token)


def test_too_many_requests_say_nothing_about_a_refresh_token(pool: Pool) -> None:
    """Taken for a refusal, a busy minute at Cognito would log everybody out."""
    client: Any = pool.identity._client
    client.meta.events.register("before-call.cognito-identity-provider.InitiateAuth", _throttled)
    with pytest.raises(IdentityUnavailable):
        pool.identity.refresh("a token")


def _throttled(**_: Any) -> tuple[Any, dict[str, Any]]:
    answer = {
        "Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"},
        "ResponseMetadata": {},
    }
    return AWSResponse("", 400, HTTPHeaders(), None), answer

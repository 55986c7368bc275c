"""What only Cognito's tokens can be: forged, foreign, of another kind. See tests/contract for the ports."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.adapters.cognito import CognitoIdentity
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from tests.support_aws import Pool, new_pool, pool_on, use_cloud
from tests.support_cloud import free_port

PASSWORD = "Correct-horse-1"


def user(pool: Pool) -> str:
    """A confirmed user's name."""
    name = f"u{uuid.uuid4().hex[:10]}"
    pool.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
    pool.accounts.confirm(name, pool.code(name))
    return name


@pytest.fixture(params=["moto", "ministack"])
def pool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    use_cloud(request.getfixturevalue(f"{request.param}_endpoint"), monkeypatch)
    with new_pool() as made:
        yield made


@pytest.fixture
def strict_pool(ministack_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """On the stand-in that checks what Cognito checks."""
    use_cloud(ministack_endpoint, monkeypatch)
    with new_pool() as made:
        yield made


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(IdentityRefused) as caught:
        call(*args)
    return caught.value.code


def test_an_id_token_does_not_pass_for_an_access_token(pool: Pool) -> None:
    name = user(pool)
    answer = pool.client.initiate_auth(
        ClientId=pool.app_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    assert refusal(pool.identity.verify, answer["AuthenticationResult"]["IdToken"]) == "invalid_token"


def test_a_token_of_another_pool_or_client_is_refused(strict_pool: Pool) -> None:
    with new_pool() as other:
        foreign = other.identity.log_in(user(other), PASSWORD).access
        assert refusal(strict_pool.identity.verify, foreign) == "invalid_token"
    second_app = CognitoIdentity(strict_pool.client, strict_pool.pool_id, "another-client")
    own = strict_pool.identity.log_in(user(strict_pool), PASSWORD).access
    assert refusal(second_app.verify, own) == "invalid_token"


def forged(pool: Pool, **changes: Any) -> str:
    """A token as Cognito would make it, but signed by somebody else's key under a known key id."""
    genuine = pool.identity.log_in(user(pool), PASSWORD).access
    claims = jwt.decode(genuine, options={"verify_signature": False}) | changes
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, "RS256", headers={"kid": jwt.get_unverified_header(genuine)["kid"]})


def test_forged_expired_and_unsigned_tokens_are_refused(strict_pool: Pool) -> None:
    claims = {"sub": str(uuid.uuid4()), "token_use": "access", "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, "", "none", headers={"kid": "x"})
    symmetric = jwt.encode(claims, "k" * 32, "HS256", headers={"kid": "x"})
    genuine = strict_pool.identity.log_in(user(strict_pool), PASSWORD).access
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


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_machine_whose_clock_is_minutes_off_takes_a_token_that_was_just_made(
    strict_pool: Pool, minutes: int
) -> None:
    name = user(strict_pool)
    token = strict_pool.identity.log_in(name, PASSWORD).access
    strict_pool.identity.verify(token)  # the keys are known from now on
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
        assert strict_pool.identity.verify(token).username == name


def test_without_the_pools_keys_no_token_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    use_cloud(f"http://127.0.0.1:{free_port()}", monkeypatch)
    token = jwt.encode({"sub": "x"}, "k" * 32, "HS256", headers={"kid": "x"})
    with pytest.raises(IdentityUnavailable):
        pool_on("eu-west-1_x", "app").identity.verify(token)


def test_too_many_requests_say_nothing_about_a_refresh_token(pool: Pool) -> None:
    """Taken for a refusal, a busy minute at Cognito would log everybody out."""
    client: Any = pool.client
    client.meta.events.register("before-call.cognito-identity-provider.InitiateAuth", _throttled)
    with pytest.raises(IdentityUnavailable):
        pool.sessions.refresh("a token")


def _throttled(**_: Any) -> tuple[Any, dict[str, Any]]:
    answer = {
        "Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"},
        "ResponseMetadata": {},
    }
    return AWSResponse("", 400, HTTPHeaders(), None), answer


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], CognitoIdentity]]:
    """Makes an identity whose provider answers every GET with 200 and these bytes."""
    servers: list[ThreadingHTTPServer] = []

    def make(body: bytes) -> CognitoIdentity:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        use_cloud(f"http://127.0.0.1:{server.server_port}", monkeypatch)
        return pool_on("eu-west-1_x", "app").identity

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Starting</html>", b"\xff\xfe\x00", b"[]", b"null", b"{}", b'{"keys": []}', b'{"keys": 1}'],
)
def test_an_answer_that_is_no_set_of_keys_is_unavailable_and_logs_nobody_out(
    answering: Callable[[bytes], CognitoIdentity], body: bytes
) -> None:
    identity = answering(body)
    token = jwt.encode({"sub": "x"}, "k" * 32, "HS256", headers={"kid": "x"})
    with pytest.raises(IdentityUnavailable):
        identity.verify(token)
    with pytest.raises(IdentityUnavailable):
        identity.check()


@contextmanager
def answered(client: Any, operation: str, code: str, message: str = "") -> Iterator[None]:
    """Cognito refuses this call within, as it is said to; the stand-in has no such state."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}

    def refuse(**_: Any) -> tuple[Any, dict[str, Any]]:
        return AWSResponse("", 400, HTTPHeaders(), None), error

    event = f"before-call.cognito-identity-provider.{operation}"
    client.meta.events.register(event, refuse)
    yield
    client.meta.events.unregister(event, refuse)


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        (
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
            "code_mismatch",
        ),
        ("CodeMismatchException", "", "code_mismatch"),
        ("ExpiredCodeException", "Your software token has already been used once.", "code_used"),
        ("NotAuthorizedException", "Access Token has been revoked", "invalid_token"),
        ("TooManyRequestsException", "", "too_many_requests"),
    ],
)
def test_what_cognito_says_of_a_code_that_sets_an_app_up(
    strict_pool: Pool, code: str, message: str, refused: str
) -> None:
    token = strict_pool.identity.log_in(user(strict_pool), PASSWORD).access
    strict_pool.second_step.begin(token)
    with answered(strict_pool.client, "VerifySoftwareToken", code, message):
        assert refusal(strict_pool.second_step.confirm, token, "123456") == refused


@pytest.mark.parametrize(
    ("code", "message", "refused"),
    [
        ("CodeMismatchException", "", "code_mismatch"),
        ("ExpiredCodeException", "Your software token has already been used once.", "code_used"),
        ("NotAuthorizedException", "Invalid session for the user, session is expired.", "login_expired"),
        ("NotAuthorizedException", "Password attempts exceeded", "too_many_requests"),
        ("UserNotFoundException", "", "login_expired"),
        ("SoftwareTokenMFANotFoundException", "", "login_expired"),
        ("TooManyFailedAttemptsException", "", "too_many_requests"),
    ],
)
def test_what_cognito_says_of_a_code_at_log_in(
    strict_pool: Pool, code: str, message: str, refused: str
) -> None:
    with answered(strict_pool.client, "RespondToAuthChallenge", code, message):
        assert refusal(strict_pool.identity.answer, "ana", "x" * 40, "123456") == refused


def test_a_pool_without_second_steps_says_so(strict_pool: Pool) -> None:
    token = strict_pool.identity.log_in(user(strict_pool), PASSWORD).access
    with answered(strict_pool.client, "AssociateSoftwareToken", "SoftwareTokenMFANotFoundException"):
        assert refusal(strict_pool.second_step.begin, token) == "invalid_parameter"


def test_an_app_that_was_never_confirmed_cannot_be_asked_for(strict_pool: Pool) -> None:
    token = strict_pool.identity.log_in(user(strict_pool), PASSWORD).access
    strict_pool.second_step.begin(token)
    on = {"Enabled": True, "PreferredMfa": True}
    with pytest.raises(strict_pool.client.exceptions.InvalidParameterException):
        strict_pool.client.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=on)

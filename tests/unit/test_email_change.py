"""A new e-mail address: the password, the address, the code; until then the old one counts."""

from datetime import timedelta

import pytest

from shared.adapters.memory.identity import CONFIRMATION_VALID
from shared.ports.identity import IdentityRefused
from tests.support_memory import PASSWORD, Browser, World

pytestmark = pytest.mark.slow

NEW = "new@example.org"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


def address(world: World) -> str:
    return world.identity.email(world.identity.log_in("ann", PASSWORD).access)


def ask(ann: Browser, **fields: str) -> str:
    """Up to the page for the code."""
    answer = ann.submit("/account/email", "/account/email", **{"email": NEW, "password": PASSWORD} | fields)
    assert answer.location == "/account/email/code", answer.text
    return answer.location


def test_from_the_account_to_the_new_address(world: World, ann: Browser) -> None:
    assert 'href="/account/email"' in ann.get("/account")
    assert "ann@example.com" in ann.get("/account/email")
    assert NEW in ann.get(ask(ann))
    mail = world.identity.outbox[-1]
    assert mail.address == NEW
    assert address(world) == "ann@example.com"
    answer = ann.submit(
        "/account/email/code", "/account/email/code", code=f" {mail.code[:3]} {mail.code[3:]} "
    )
    assert answer.location == "/account"
    assert f"Your address is {NEW} from now on" in ann.get("/account")
    assert address(world) == NEW
    again = ann.client.get("/account/email/code")
    assert again.location == "/account/email", "nothing waits any more"
    Browser(world).submit("/forgot", "/forgot", username="ann")
    assert world.identity.outbox[-1].address == NEW


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": ""}, "Type your password"),
        ({"password": "Wrong-horse-1"}, "This is not your password"),
        ({"email": "nowhere"}, "address"),
        ({"email": ""}, "address"),
    ],
)
def test_what_is_wrong_is_said_and_no_mail_is_sent(
    world: World, ann: Browser, fields: dict[str, str], said: str
) -> None:
    sent = len(world.identity.outbox)
    given = {"email": NEW, "password": PASSWORD} | fields
    answer = ann.submit("/account/email", "/account/email", **given)
    assert answer.status_code == 422
    assert said in answer.text
    assert given["password"] == "" or given["password"] not in answer.text
    assert len(world.identity.outbox) == sent


def test_a_wrong_code_and_an_old_one_are_refused_and_a_new_one_can_be_had(world: World, ann: Browser) -> None:
    page = ask(ann)
    first = world.identity.outbox[-1].code
    for code, said in (("000000", "This code is not right"), ("", "Type the code")):
        answer = ann.submit(page, page, code=code)
        assert (answer.status_code, said in answer.text) == (400, True)
    world.clock.advance(CONFIRMATION_VALID + timedelta(seconds=1))
    answer = ann.submit(page, page, code=first)
    assert (answer.status_code, "This code has expired" in answer.text) == (400, True)
    assert ann.submit(page, "/account/email/resend").location == page
    assert world.identity.outbox[-1].address == NEW
    assert ann.submit(page, page, code=world.identity.outbox[-1].code).location == "/account"
    assert address(world) == NEW


@pytest.mark.parametrize(
    ("code", "status"), [("email_taken", 409), ("mail_failed", 422), ("too_many_requests", 429)]
)
def test_what_the_provider_refuses_is_said_on_the_page(
    world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    refusal = IdentityRefused(code)

    def refuse(*_: str) -> str:
        raise refusal

    monkeypatch.setattr(world.identity, "change_email", refuse)
    answer = ann.submit("/account/email", "/account/email", email=NEW, password=PASSWORD)
    assert answer.status_code == status
    assert refusal.detail in answer.text


def test_without_having_asked_nothing_can_be_confirmed_or_sent_again(world: World, ann: Browser) -> None:
    sent = len(world.identity.outbox)
    for path in ("/account/email/code", "/account/email/resend"):
        assert (
            ann.submit("/account", path, code="123456", email="thief@example.com").location
            == "/account/email"
        )
    assert len(world.identity.outbox) == sent


def test_programs_change_it_too(world: World, ann: Browser) -> None:
    client, token = world.app.test_client(), world.token()
    wrong = client.put(
        "/api/v1/account/email", json={"email": NEW, "password": "Wrong-horse-1"}, headers=token
    )
    assert (wrong.status_code, (wrong.json or {})["code"]) == (401, "bad_credentials")
    asked = client.put("/api/v1/account/email", json={"email": NEW, "password": PASSWORD}, headers=token)
    assert asked.status_code == 202
    assert NEW not in (asked.json or {})["code_sent_to"]
    confirm = "/api/v1/account/email/confirm"
    refused = client.post(confirm, json={"code": "000000"}, headers=token)
    assert (refused.status_code, (refused.json or {})["code"]) == (400, "code_mismatch")
    done = client.post(confirm, json={"code": world.identity.outbox[-1].code}, headers=token)
    assert done.status_code == 204
    assert address(world) == NEW
    assert ann.client.get("/account").status_code == 200, "no session ends with it"

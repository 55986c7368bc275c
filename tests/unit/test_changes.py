"""Who is told by mail that their way into their account has changed, what the mail says, and what it never stops."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from flask import g
from structlog.testing import capture_logs

from shared.ports.accounts import Accounts
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from tests.contract.test_second_step import code
from tests.support_authenticator import Authenticator
from tests.support_memory import PASSWORD, Browser, World
from web.account import changes
from web.http.parts import parts

pytestmark = pytest.mark.slow

NEW = "Another-horse-2"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
URL = "https://photos.example.com"


@pytest.fixture
def world() -> World:
    return World(PASSKEYS="true", TRUSTED_PROXIES="1")


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


def reset(world: World, token: str) -> None:
    parts().accounts.forgot("ann")
    parts().accounts.reset("ann", world.identity.outbox[-1].code, NEW)


def confirm_email(world: World, token: str) -> None:
    parts().own_account.change_email(token, "new@example.com")
    parts().own_account.confirm_email(token, world.identity.outbox[-1].code)


def add_app(world: World, token: str) -> None:
    parts().second_step.confirm(token, code(parts().second_step.begin(token)))


def remove_app(world: World, token: str) -> None:
    parts().second_step.switch_off(token)


def add_passkey(world: World, token: str) -> None:
    parts().passkeys.confirm(token, Authenticator().create(parts().passkeys.begin(token)))


def remove_passkey(world: World, token: str) -> None:
    parts().passkeys.remove(token, "any")


def close(world: World, token: str) -> None:
    parts().closing.begin(g.viewer.owner, "ann")


ACTS: dict[str, Callable[[World, str], Any]] = {
    "accounts.reset": reset,
    "own_account.change_password": lambda _, token: parts().own_account.change_password(token, PASSWORD, NEW),
    "own_account.confirm_email": confirm_email,
    "second_step.confirm": add_app,
    "second_step.switch_off": remove_app,
    "passkeys.confirm": add_passkey,
    "passkeys.remove": remove_passkey,
    "closing.begin": close,
}
CHANGES = {
    f"{part}.{name}": change
    for part, methods in (changes.BY_NAME | changes.OWN).items()
    for name, change in methods.items()
}


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize("act", CHANGES)
def test_each_change_is_told_where_mails_went_before_it(world: World, act: str) -> None:
    token = world.identity.log_in("ann", PASSWORD).access
    with world.app.test_request_context(
        headers={"User-Agent": FIREFOX, "X-Forwarded-For": "192.0.2.7"},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    ):
        g.viewer = world.identity.verify(token)
        ACTS[act](world, token)
    [mail] = world.mails.sent
    assert (mail.address, mail.subject) == ("ann@example.com", CHANGES[act])
    for said in (CHANGES[act], "ann", "Firefox on Linux", "192.0.2.7", "UTC", "If it was not you, "):
        assert said in mail.text
    assert ("set a new password" in mail.text) == (act not in ("own_account.confirm_email", "closing.begin"))
    assert "http" not in mail.text, "nobody has said where the portal is"


def test_who_changes_their_password_on_the_page_is_told(world: World, ann: Browser) -> None:
    form = {"old_password": PASSWORD, "new_password": NEW}
    assert ann.submit("/account", "/account/password", **form).status_code == 303
    assert [mail.subject for mail in world.mails.sent] == [changes.NEW_PASSWORD]


@pytest.mark.usefixtures("ann")
def test_whose_password_is_reset_by_who_is_logged_in_as_another_is_told(world: World) -> None:
    thief = world.sign_up("tom")
    thief.submit("/forgot", "/forgot", username="ann")
    fields = {"username": " Ann ", "code": world.identity.outbox[-1].code, "password": NEW}
    assert thief.submit("/reset?username=ann", "/reset", **fields).status_code == 303
    assert [mail.address for mail in world.mails.sent] == ["ann@example.com"]


@pytest.mark.usefixtures("ann")
def test_a_name_as_a_program_writes_it_is_found(world: World) -> None:
    with world.app.test_request_context():
        told = changes.told(replace(world.web, accounts=cast(Accounts, AnyName())))
        told.accounts.reset(" Ann ", "1", NEW)
    assert [mail.address for mail in world.mails.sent] == ["ann@example.com"]


class AnyName:
    """Accounts that take a name as Cognito does, in capitals as well, and find only who is called just so."""

    def reset(self, *_: str) -> None: ...
    def email_of(self, name: str) -> str:
        return {"ann": "ann@example.com"}.get(name, "")


def test_links_are_of_the_portals_own_name() -> None:
    world = World(PUBLIC_URL=URL)
    token = {"Authorization": f"Bearer {_signed_up(world)}"}
    body = {"old_password": PASSWORD, "new_password": NEW}
    answer = world.app.test_client().put("/api/v1/account/password", json=body, headers=token, base_url=URL)
    assert answer.status_code in (200, 204), answer.text
    [mail] = world.mails.sent
    assert f"{URL}/forgot" in mail.text
    assert f"{URL}/account" in mail.text


def _signed_up(world: World) -> str:
    world.identity.sign_up("ann", "ann@example.com", PASSWORD)
    world.identity.confirm("ann", world.identity.outbox[-1].code)
    return world.identity.log_in("ann", PASSWORD).access


def test_what_is_refused_is_not_told(world: World, ann: Browser) -> None:
    ann.submit("/account", "/account/password", old_password="Wrong-horse-1", new_password=NEW)
    ann.submit("/forgot", "/forgot", username="ann")
    Browser(world).submit("/reset?username=ann", "/reset", username="ann", code="000", password=NEW)
    assert world.mails.sent == []


def test_that_nobody_could_be_told_undoes_nothing_and_is_noted(world: World, ann: Browser) -> None:
    world.mails.away = True
    with capture_logs() as lines:
        answer = ann.submit("/account", "/account/password", old_password=PASSWORD, new_password=NEW)
    assert answer.status_code == 303
    assert world.identity.log_in("ann", NEW).access
    [line] = [line for line in lines if line["event"] == "mail of a change"]
    assert (line["outcome"], line["account"], line["change"]) == ("unknown", "ann", changes.NEW_PASSWORD)
    assert line["log_level"] == "warning"


def test_that_it_can_not_be_told_where_mails_go_undoes_nothing(
    world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> str:
        raise IdentityUnavailable

    monkeypatch.setattr(world.identity, "email_of", away)
    with capture_logs() as lines:
        answer = ann.submit("/account", "/account/password", old_password=PASSWORD, new_password=NEW)
    assert answer.status_code == 303
    assert ("mail of a change", "unknown") in [(line["event"], line.get("outcome")) for line in lines]


def test_a_new_address_is_never_told_in_place_of_the_old_one(
    world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> str:
        monkeypatch.undo()
        raise IdentityUnavailable

    ann.submit("/account/email", "/account/email", email="new@example.com", password=PASSWORD)
    monkeypatch.setattr(world.identity, "email_of", away)
    sent = ann.submit("/account/email/code", "/account/email/code", code=world.identity.outbox[-1].code)
    assert sent.location == "/account"
    assert world.identity.email_of("ann") == "new@example.com"
    assert world.mails.sent == []


def test_no_line_says_where_mails_go(world: World, ann: Browser) -> None:
    with capture_logs() as lines:
        ann.submit("/account", "/account/password", old_password=PASSWORD, new_password=NEW)
    assert "mail of a change" in str(lines)
    assert "ann@example.com" not in str(lines)


def test_without_a_sender_nobody_is_told(world: World) -> None:
    wired = replace(world.web, mails=None)
    assert changes.told(wired) is wired


@pytest.mark.usefixtures("ann")
def test_a_refusal_passes_through(world: World) -> None:
    for name in ("ann", ""):
        with world.app.test_request_context(), pytest.raises(IdentityRefused):
            parts().accounts.reset(name, "000", NEW)

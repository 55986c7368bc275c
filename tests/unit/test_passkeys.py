"""Passkeys on pages: made by who knows the password, used instead of it, and gone once removed."""

import html
import re
from datetime import timedelta

import pytest

from shared.ports.passkeys import MOST_PASSKEYS, PASSKEY_TOO_LATE, TOO_MANY_PASSKEYS
from tests.support_authenticator import Authenticator
from tests.support_memory import PASSWORD, Browser, World
from web.http.sessions import ACCESS

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    return World(PASSKEYS="true")


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


def offered(page: str) -> str:
    """What the page asks the browser for."""
    found = re.search(r'data-options="([^"]+)"', page)
    assert found, page
    return html.unescape(found[1])


def add(browser: Browser, device: Authenticator) -> None:
    page = browser.submit("/account/passkeys", "/account/passkeys", password=PASSWORD)
    assert page.status_code == 200
    form = {"credential": device.create(offered(page.text))}
    assert browser.submit("/account/passkeys", "/account/passkeys/confirm", **form).status_code == 303


def ask(browser: Browser, username: str = "ann", target: str = "/account") -> str:
    answer = browser.submit("/login", "/login/passkey", username=username, next=target)
    return str(answer.text)


def is_logged_in(browser: Browser) -> bool:
    return browser.client.get("/account").status_code == 200


def test_a_passkey_is_added_listed_and_opens_the_account(world: World, ann: Browser) -> None:
    device = Authenticator()
    assert "You have none yet" in ann.get("/account/passkeys")
    add(ann, device)
    assert ann.get("/account/passkeys").count("Added <time") == 1
    elsewhere = Browser(world)
    credential = device.get(offered(ask(elsewhere, " Ann ")))
    form = {"credential": credential, "next": "/account"}
    answer = elsewhere.submit("/login", "/login/passkey/answer", **form)
    assert (answer.status_code, answer.location) == (303, "/account")
    assert is_logged_in(elsewhere)
    cookie = elsewhere.client.get_cookie(ACCESS)
    assert cookie is not None
    assert cookie.value.startswith("s1."), "a session like any other"


def test_without_the_password_none_is_added_or_removed(ann: Browser) -> None:
    add(ann, Authenticator())
    for path in ("/account/passkeys", "/account/passkeys/remove"):
        for password, said in (("", "Type your password"), ("Wrong-horse-1", "not your password")):
            answer = ann.submit("/account/passkeys", path, password=password)
            assert answer.status_code == 422
            assert said in answer.text
    assert ann.get("/account/passkeys").count("Added <time") == 1


def test_a_removed_passkey_opens_nothing_and_twice_is_once(world: World, ann: Browser) -> None:
    device = Authenticator()
    add(ann, device)
    page = ann.get("/account/passkeys")
    [passkey] = re.findall(r'name="id" value="([^"]+)"', page)
    elsewhere = Browser(world)
    waiting = offered(ask(elsewhere))
    for _ in range(2):
        answer = ann.submit("/account/passkeys", "/account/passkeys/remove", id=passkey, password=PASSWORD)
        assert answer.status_code == 303
    answer = elsewhere.submit("/login", "/login/passkey/answer", credential=device.get(waiting))
    assert answer.status_code == 400
    assert "could not be used" in answer.text
    assert not is_logged_in(elsewhere)


def test_each_try_needs_an_offer_of_its_own(world: World, ann: Browser) -> None:
    device, elsewhere = Authenticator(), Browser(world)
    add(ann, device)
    first = offered(ask(elsewhere))
    second = offered(ask(elsewhere))
    answer = elsewhere.submit("/login", "/login/passkey/answer", credential=device.get(first))
    assert answer.status_code == 400
    answer = elsewhere.submit("/login", "/login/passkey/answer", credential=device.get(second))
    assert (answer.status_code, answer.location) == (303, "/login?next=/")
    assert not is_logged_in(elsewhere)


def test_an_offer_ends(world: World, ann: Browser) -> None:
    device, elsewhere = Authenticator(), Browser(world)
    add(ann, device)
    options = offered(ask(elsewhere))
    world.clock.advance(timedelta(minutes=4))
    answer = elsewhere.submit("/login", "/login/passkey/answer", credential=device.get(options))
    assert answer.status_code == 401
    assert "That took too long" in answer.text
    options = offered(ann.submit("/account/passkeys", "/account/passkeys", password=PASSWORD).text)
    world.clock.advance(timedelta(minutes=4))
    form = {"credential": device.create(options)}
    answer = ann.submit("/account/passkeys", "/account/passkeys/confirm", **form)
    assert answer.status_code == 401
    assert PASSKEY_TOO_LATE in answer.text
    assert answer.text.count("Added <time") == 1


def test_one_too_many_is_said_beside_the_others(ann: Browser) -> None:
    device = Authenticator()
    for _ in range(MOST_PASSKEYS):
        add(ann, device)
    answer = ann.submit("/account/passkeys", "/account/passkeys", password=PASSWORD)
    assert answer.status_code == 400
    assert TOO_MANY_PASSKEYS in answer.text
    assert answer.text.count("Added <time") == MOST_PASSKEYS


def test_who_sets_a_new_password_reads_that_passkeys_go_on(world: World, ann: Browser) -> None:
    said = "Passkeys go on opening the account"
    assert said in ann.get("/account")
    fields = {"username": "ann", "password": "Another-horse-2"}
    ann.submit("/forgot", "/forgot", username="ann")
    code = world.identity.outbox[-1].code
    answer = ann.submit("/reset?username=ann", "/reset", **fields, code=code)
    assert answer.status_code == 303
    assert said in ann.get("/")


@pytest.mark.parametrize("username", ["ann", "nobody.here", "ä b"])
def test_who_has_none_reads_what_who_is_not_there_reads(world: World, ann: Browser, username: str) -> None:
    assert is_logged_in(ann)
    page = ask(Browser(world), username)
    assert "There is no passkey that opens this account here. Log in with your password." in page
    assert "data-options" not in page


def test_without_a_name_it_is_asked_for(world: World) -> None:
    assert "Type your user name first" in ask(Browser(world), "")


def test_an_offer_comes_back_to_our_own_pages_alone(world: World, ann: Browser) -> None:
    device, elsewhere = Authenticator(), Browser(world)
    add(ann, device)
    options = offered(ask(elsewhere, target="https://evil.example/"))
    form = {"credential": device.get(options), "next": "https://evil.example/"}
    assert elsewhere.submit("/login", "/login/passkey/answer", **form).location == "/"


def test_an_account_that_is_being_deleted_is_opened_by_none(world: World, ann: Browser) -> None:
    device, elsewhere = Authenticator(), Browser(world)
    add(ann, device)
    options = offered(ask(elsewhere))
    world.web.closing.begin(world.owner_of("ann"), "ann")
    answer = elsewhere.submit("/login", "/login/passkey/answer", credential=device.get(options))
    assert "being deleted" in answer.text
    assert not is_logged_in(elsewhere)


def test_while_the_provider_is_away_it_is_said_and_may_be_tried_again(world: World, ann: Browser) -> None:
    add(ann, Authenticator())
    elsewhere = Browser(world)
    elsewhere.get("/login")
    world.identity.away = True
    answer = elsewhere.submit("/login", "/login/passkey", username="ann")
    assert answer.status_code == 503


def test_by_default_nothing_of_it_is_there() -> None:
    world = World()
    ann = world.sign_up("ann")
    assert "passkey" not in ann.get("/account").lower()
    assert "passkey" not in Browser(world).get("/login").lower()
    for path in ("/login/passkey", "/login/passkey/answer", "/account/passkeys/remove", "/account/passkeys"):
        assert ann.submit("/account", path, username="ann", password=PASSWORD).status_code == 404
    assert ann.client.get("/account/passkeys").status_code == 404

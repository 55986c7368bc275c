"""One's own account through pages and API: sessions that end everywhere, passwords, the default licence."""

from datetime import timedelta

import pytest

from tests.support_memory import PASSWORD, Browser, World
from web.http.sessions import REFRESH

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
NEW = "Another-horse-2"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


@pytest.fixture
def elsewhere(world: World, ann: Browser) -> Browser:
    """A second session of Ann's, begun a while before what follows."""
    browser = Browser(world)
    browser.submit("/login", "/login", username="ann", password=PASSWORD)
    a_while(world)
    return browser


def a_while(world: World) -> None:
    world.clock.advance(MINUTE)


def is_logged_in(browser: Browser) -> bool:
    return browser.client.get("/account").status_code == 200


def test_the_page_is_found_from_the_menu(ann: Browser) -> None:
    assert 'href="/account"' in ann.get("/")
    assert Browser.get(ann, "/account").count("<h2") >= 3


def test_signing_out_everywhere_is_noticed_by_the_next_request(
    world: World, ann: Browser, elsewhere: Browser
) -> None:
    world.sign_up("bob")
    token, bobs = world.token(), world.token("bob")
    a_while(world)
    assert is_logged_in(elsewhere)
    answer = ann.submit("/account", "/account/sign-out-everywhere")
    assert answer.location == "/login?username=ann"
    assert not is_logged_in(ann)
    assert not is_logged_in(elsewhere)
    refused = world.app.test_client().get("/api/v1/account", headers=token)
    assert (refused.status_code, (refused.json or {})["code"]) == (401, "invalid_token")
    assert world.app.test_client().get("/api/v1/account", headers=bobs).status_code == 200
    a_while(world)
    assert ann.submit("/login", "/login", username="ann", password=PASSWORD).status_code == 303
    assert is_logged_in(ann)


def test_an_ended_session_loses_its_cookies(ann: Browser, elsewhere: Browser) -> None:
    ann.submit("/account", "/account/sign-out-everywhere")
    elsewhere.client.get("/account")
    assert elsewhere.client.get_cookie(REFRESH) is None


def test_a_new_password_keeps_this_session_alone(world: World, ann: Browser, elsewhere: Browser) -> None:
    answer = ann.submit("/account", "/account/password", old_password=PASSWORD, new_password=NEW)
    assert answer.status_code == 303
    assert is_logged_in(ann)
    assert not is_logged_in(elsewhere)
    a_while(world)
    assert Browser(world).submit("/login", "/login", username="ann", password=NEW).status_code == 303
    assert Browser(world).submit("/login", "/login", username="ann", password=PASSWORD).status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("", NEW, "the password that you have now"),
        ("Wrong-horse-1", NEW, "not your password"),
        (PASSWORD, "short", "too weak"),
        (PASSWORD, "", "Choose a password"),
    ],
)
def test_what_is_wrong_with_a_password_is_said_and_nothing_ends(
    ann: Browser, elsewhere: Browser, old: str, new: str, said: str
) -> None:
    answer = ann.submit("/account", "/account/password", old_password=old, new_password=new)
    assert answer.status_code == 422
    assert said in answer.text
    assert is_logged_in(ann)
    assert is_logged_in(elsewhere)


def test_a_reset_password_begins_a_session_and_ends_the_others(
    world: World, ann: Browser, elsewhere: Browser
) -> None:
    stranger = Browser(world)
    stranger.submit("/forgot", "/forgot", username="ann")
    code = world.identity.outbox[-1].code
    answer = stranger.submit("/reset?username=ann", "/reset", username="ann", code=code, password=NEW)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_logged_in(stranger)
    assert not is_logged_in(ann)
    assert not is_logged_in(elsewhere)


def test_without_the_database_tokens_decide_and_known_ends_stay(
    world: World, ann: Browser, elsewhere: Browser
) -> None:
    token = world.token()
    client = world.app.test_client()
    a_while(world)
    world.database.away = True
    assert client.get("/login", headers=token).location == "/", "admitted by its token"
    assert "half an hour" in _page_after(ann.submit("/upload", "/account/sign-out-everywhere"), ann)
    world.database.away = False
    assert is_logged_in(elsewhere), "until its access token ends"
    world.clock.advance(31 * MINUTE)
    assert not is_logged_in(elsewhere), "for it can't be renewed"


def test_what_a_process_has_seen_ended_stays_ended_without_the_database(world: World, ann: Browser) -> None:
    token = world.token()
    a_while(world)
    ann.submit("/account", "/account/sign-out-everywhere")
    client = world.app.test_client()
    assert client.get("/api/v1/account", headers=token).status_code == 401
    world.database.away = True
    assert client.get("/api/v1/account", headers=token).status_code == 401


def test_after_the_code_the_log_in_waits_for_the_password_alone(world: World) -> None:
    browser = Browser(world)
    browser.submit("/signup", "/signup", username="cem", email="cem@example.com", password=PASSWORD)
    answer = browser.submit(
        "/confirm?username=cem", "/confirm", username="cem", code=world.identity.outbox[-1].code
    )
    page = browser.get(answer.location)
    assert 'value="cem"' in page
    focused = [line for line in page.splitlines() if "autofocus" in line]
    assert len(focused) == 1
    assert 'id="password"' in focused[0]


def test_uploads_begin_with_the_licence_that_was_chosen(world: World, ann: Browser) -> None:
    assert '"all-rights-reserved" selected' in ann.get("/upload")
    assert ann.submit("/account", "/account/licence", licence="cc-by").status_code == 303
    assert '"cc-by" selected' in ann.get("/upload")
    assert ann.submit("/account", "/account/licence", licence="mine").status_code == 422
    world.database.away = True
    assert '"all-rights-reserved" selected' in ann.get("/upload"), "sending needs no database"


def test_programs_read_and_choose_it_and_change_their_password(world: World, ann: Browser) -> None:
    token, client = world.token(), world.app.test_client()
    assert client.get("/api/v1/account", headers=token).json == {
        "username": "ann",
        "default_licence": "all-rights-reserved",
        "quota": {"images": 0, "bytes": 0, "max_images": None, "max_bytes": None},
    }
    chosen = client.patch("/api/v1/account", headers=token, json={"default_licence": "cc0"})
    assert (chosen.json or {})["default_licence"] == "cc0"
    wrong = client.patch("/api/v1/account", headers=token, json={"default_licence": "mine"})
    assert (wrong.status_code, (wrong.json or {})["code"]) == (422, "unknown_licence")
    a_while(world)
    body = {"old_password": PASSWORD, "new_password": NEW}
    renewed = client.put("/api/v1/account/password", headers=token, json=body)
    assert client.get("/api/v1/account", headers=token).status_code == 401
    fresh = {"Authorization": f"Bearer {(renewed.json or {})['access_token']}"}
    assert client.delete("/api/v1/sessions", headers=fresh).status_code == 204
    assert client.get("/api/v1/account", headers=fresh).status_code == 401


def _page_after(answer: object, browser: Browser) -> str:
    return browser.get(getattr(answer, "location", "/"))

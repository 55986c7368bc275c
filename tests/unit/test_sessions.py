"""Sessions of the portal's own: what is handed out opens nothing else, each is listed, and ends when it is ended."""

import base64
import re
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.support_memory import PASSWORD, Browser, World
from web.http import devices
from web.http.sealing import opened
from web.http.sessions import ACCESS, REFRESH

pytestmark = pytest.mark.slow

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def world() -> World:
    world = World()
    world.sign_up("ann")
    return world


def begin(world: World, agent: str = "image-portal/1.2") -> dict[str, Any]:
    """A log-in of a program's."""
    answer = world.app.test_client().post(
        "/api/v1/session", json={"username": "ann", "password": PASSWORD}, headers={"User-Agent": agent}
    )
    assert answer.status_code == 200
    return answer.json or {}


def call(world: World, tokens: dict[str, Any], method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = world.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)
    return answer.status_code, answer.json if answer.data else None


def renew(world: World, tokens: dict[str, Any]) -> tuple[int, Any]:
    body = {"refresh_token": tokens["refresh_token"]}
    answer = world.app.test_client().post("/api/v1/session", json=body)
    return answer.status_code, answer.json if answer.data else None


def listed(world: World, tokens: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = call(world, tokens, "GET", "/sessions")[1]["items"]
    return items


def test_no_token_of_the_providers_is_handed_out(world: World) -> None:
    tokens = begin(world)
    with world.app.app_context():
        inner = opened(ACCESS, tokens["access_token"]).token
    assert world.web.sessions.verify(inner).username == "ann"
    for sealed in (tokens["access_token"], tokens["refresh_token"]):
        text = sealed.removeprefix("s1.")
        assert inner not in sealed
        assert inner.encode() not in base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_what_was_changed_or_is_of_the_other_kind_opens_nothing(world: World) -> None:
    tokens = begin(world)
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    changed = access[:40] + ("A" if access[40] != "A" else "B") + access[41:]
    for bad in (refresh, changed, access[:-1], access + "A", "s1.", "s1.é", "s1." + "A" * 9000):
        headers = {"Authorization": f"Bearer {bad}".encode().decode("latin-1")}
        answer = world.app.test_client().get("/api/v1/account", headers=headers)
        assert (answer.status_code, (answer.json or {})["code"]) == (401, "invalid_token"), bad
    for bad in (access, "s1.", "x"):
        assert renew(world, {"refresh_token": bad})[0] == 401


def test_after_the_log_out_the_access_token_is_refused_at_once_and_others_go_on(world: World) -> None:
    mine, other = begin(world), begin(world)
    assert call(world, mine, "DELETE", "/session", {"refresh_token": mine["refresh_token"]})[0] == 204
    assert call(world, mine, "GET", "/account")[0] == 401
    assert renew(world, mine)[0] == 401
    assert call(world, other, "GET", "/account")[0] == 200
    again = world.app.test_client().delete("/api/v1/session", json={"refresh_token": mine["refresh_token"]})
    assert again.status_code == 204


def test_a_taken_cookie_is_worth_nothing_after_the_log_out(world: World) -> None:
    browser = Browser(world)
    browser.submit("/login", "/login", username="ann", password=PASSWORD)
    taken = browser.client.get_cookie(ACCESS)
    assert taken is not None
    browser.submit("/", "/logout")
    thief = world.app.test_client()
    thief.set_cookie(ACCESS, taken.value)
    assert thief.get("/account").status_code == 303


def test_each_session_is_listed_by_its_device_and_ended_by_its_id(world: World) -> None:
    mine, lost = begin(world), begin(world, FIREFOX)
    here, there = (
        next(item for item in listed(world, mine) if item["device"] == device)
        for device in ("image-portal 1.2", "Firefox on Linux")
    )
    assert (here["device"], here["current"]) == ("image-portal 1.2", True)
    assert (there["device"], there["current"]) == ("Firefox on Linux", False)
    assert call(world, mine, "DELETE", f"/sessions/{there['id']}")[0] == 204
    assert call(world, lost, "GET", "/account")[0] == 401
    assert renew(world, lost)[0] == 401, "nor does it go on"
    assert call(world, mine, "GET", "/account")[0] == 200
    assert there["id"] not in [item["id"] for item in listed(world, mine)]
    for gone in (there["id"], "nonsense", "01a20dfc-a701-7f0b-89d2-ef12612491e9"):
        assert call(world, mine, "DELETE", f"/sessions/{gone}")[0] == 404


def test_nobody_ends_or_sees_another_persons_session(world: World) -> None:
    world.sign_up("bob")
    mine = begin(world)
    [*_, here] = listed(world, mine)
    bobs = world.token("bob")
    answer = world.app.test_client().delete(f"/api/v1/sessions/{here['id']}", headers=bobs)
    assert answer.status_code == 404
    assert call(world, mine, "GET", "/account")[0] == 200


def test_the_page_ends_one_of_them_and_says_which_is_this_one(world: World) -> None:
    lost = begin(world, FIREFOX)
    browser = world.log_in("ann")
    page = browser.get("/account")
    assert page.count("(this one)") == 1
    assert "Firefox on Linux" in page
    with world.app.app_context():
        session = str(opened(ACCESS, lost["access_token"]).session)
    assert session in re.findall(r'name="id" value="([^"]+)"', page)
    for _ in range(2):  # a double click
        assert browser.submit("/account", "/account/sessions/end", id=session).status_code == 303
    assert call(world, lost, "GET", "/account")[0] == 401
    assert "Firefox on Linux" not in browser.get("/account")


def test_a_renewed_session_is_the_same_one_with_new_tokens(world: World) -> None:
    first = begin(world)
    world.clock.advance(timedelta(minutes=31))
    status, second = renew(world, first)
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    [*_, here] = [item for item in listed(world, second) if item["current"]]
    assert here["seen_at"] > here["began_at"]


def test_what_nobody_used_for_two_weeks_is_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = begin(world)
    now = time.time()
    for days, status in ((13, 200), (15, 401)):
        monkeypatch.setattr(time, "time", lambda days=days: now + days * 24 * 3600)
        assert renew(world, tokens)[0] == status


def test_signing_out_everywhere_leaves_none(world: World) -> None:
    mine = begin(world)
    world.clock.advance(timedelta(minutes=1))
    assert call(world, mine, "DELETE", "/sessions")[0] == 204
    world.clock.advance(timedelta(minutes=1))
    again = begin(world)
    assert [item["current"] for item in listed(world, again)] == [True]


def test_without_the_database_a_session_begins_unlisted_and_comes_in_when_it_is_renewed(world: World) -> None:
    world.database.away = True
    tokens = begin(world)
    world.database.away = False
    assert not any(item["current"] for item in listed(world, tokens))
    _, tokens = renew(world, tokens)
    assert any(item["current"] for item in listed(world, tokens))


def test_what_this_process_saw_ended_stays_so_without_the_database(world: World) -> None:
    mine, other = begin(world), begin(world)
    call(world, mine, "DELETE", "/session", {"refresh_token": mine["refresh_token"]})
    assert call(world, mine, "GET", "/account")[0] == 401
    world.database.away = True
    assert call(world, mine, "GET", "/queue")[0] == 401
    assert call(world, other, "GET", "/queue")[0] != 401


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 "
            "Safari/537.36 Edg/142.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/19.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("image-portal/1.2 (+https://example.com)", "image-portal 1.2"),
        ("", devices.UNKNOWN),
        ("<script>", devices.UNKNOWN),
        ("x" * 5000, "x" * 40),
    ],
)
def test_a_device_is_told_in_words(user_agent: str, device: str) -> None:
    assert devices.device_of(user_agent) == device


def test_the_cookies_of_a_log_in_are_sealed(world: World) -> None:
    browser = world.log_in("ann")
    for name in (ACCESS, REFRESH):
        cookie = browser.client.get_cookie(name)
        assert cookie is not None
        assert cookie.value.startswith("s1.")


def test_a_log_in_begins_another_session() -> None:
    world = World()
    browser = world.sign_up("ann")
    first = {name: browser.client.get_cookie(name) for name in ("access_token", "refresh_token")}
    browser.submit("/", "/logout")
    world.log_in("ann", browser)
    for name, before in first.items():
        now = browser.client.get_cookie(name)
        assert before is not None
        assert now is not None
        assert now.value != before.value, name
    assert len(world.web.session_records.open(world.owner_of("ann"), 9)) == 1

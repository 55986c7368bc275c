"""The second step of a log-in, through pages and API: the code of an authenticator app."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.memory.second_step import CHALLENGE_VALID, STEP_SECONDS, code_at
from shared.config import ConfigurationError
from shared.ports.identity import IdentityUnavailable
from tests.support_memory import PASSWORD, Browser, World
from web.http.api import Access, Operation
from web.http.parts import MEMORY_KEY
from web.http.remembered import Remembered

pytestmark = pytest.mark.slow

NEW = "Another-horse-2"
STEP = timedelta(seconds=STEP_SECONDS)
SESSION = "/api/v1/session"


class App:
    """Somebody's authenticator app, in a world whose time it lets pass, so that each code is a new one."""

    def __init__(self, world: World, username: str = "ann") -> None:
        self._world = world
        token = world.identity.log_in(username, PASSWORD).access
        self.secret = world.identity.second_step.begin(token)
        world.identity.second_step.confirm(token, self.code())

    def code(self) -> str:
        self._world.clock.advance(STEP)
        return code_at(self.secret, self._world.clock())

    def wrong(self) -> str:
        return f"{(int(self.code()) + 1) % 10**6:06}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


@pytest.fixture
def app(world: World, ann: Browser) -> App:
    """Ann's."""
    return App(world)


def is_logged_in(browser: Browser) -> bool:
    return browser.client.get("/account").status_code == 200


def password_typed(world: World, password: str = PASSWORD, target: str = "/account") -> Browser:
    """Another browser of Ann's, at the page for the code."""
    browser = Browser(world)
    answer = browser.submit("/login", "/login", username="ann", password=password, next=target)
    assert answer.location == f"/login/code?next={target}", answer.text
    return browser


def enter(browser: Browser, code: str, target: str = "/account") -> Any:
    return browser.submit(f"/login/code?next={target}", "/login/code", code=code, next=target)


def test_the_code_comes_after_the_password_and_leads_where_one_was_going(world: World, app: App) -> None:
    browser = password_typed(world, target="/uploads")
    assert not is_logged_in(browser)
    page = browser.get("/login/code?next=/uploads")
    for attribute in ('inputmode="numeric"', 'autocomplete="one-time-code"', "autofocus"):
        assert attribute in page
    code = app.code()
    answer = enter(browser, f" {code[:3]} {code[3:]} ", "/uploads")
    assert (answer.status_code, answer.location) == (303, "/uploads")
    assert is_logged_in(browser)
    assert browser.client.get("/login/code?next=/uploads").location == "/uploads", "back, and reload"
    answer = browser.submit("/account", "/login/code", code=code, next="/uploads")
    assert answer.location == "/uploads", "the second of two clicks"


def test_nothing_tells_of_the_app_before_the_right_password(world: World, app: App) -> None:
    world.sign_up("bob")
    told = []
    for name in ("ann", "bob", "nobody"):
        answer = Browser(world).submit("/login", "/login", username=name, password="Wrong-horse-1")
        told.append((answer.status_code, "User name or password is wrong" in answer.text))
        answer = world.app.test_client().post(SESSION, json={"username": name, "password": "Wrong-horse-1"})
        told.append((answer.status_code, (answer.json or {})["code"] == "bad_credentials"))
    assert set(told) == {(401, True)}


def test_a_wrong_code_and_a_used_one_leave_the_log_in_waiting(world: World, app: App) -> None:
    first = password_typed(world)
    used = app.code()
    assert enter(first, used).status_code == 303
    browser = password_typed(world)
    for code, said in (("", "not right"), ("12", "not right"), (used, "used once already")):
        answer = enter(browser, code)
        assert (answer.status_code, said in answer.text) == (400, True)
        assert 'value="' + used not in answer.text
    assert enter(browser, app.wrong()).status_code == 400
    assert enter(browser, app.code()).status_code == 303


def test_too_many_tries_are_said_so(world: World, app: App) -> None:
    browser = password_typed(world)
    for _ in range(5):
        assert enter(browser, "000000").status_code == 400
    answer = enter(browser, app.code())
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)
    assert not is_logged_in(browser)


def test_what_took_too_long_begins_anew_with_the_name_filled_in(world: World, app: App) -> None:
    browser = password_typed(world)
    world.clock.advance(CHALLENGE_VALID)
    answer = enter(browser, app.code())
    assert answer.location == "/login?username=ann&next=/account"
    page = browser.get(answer.location)
    assert "That took too long" in page
    assert 'value="ann"' in page
    assert browser.client.get("/login/code").location == "/login?next=/", "nothing waits any more"


def test_without_a_log_in_that_waits_there_is_nothing_to_enter(world: World, app: App) -> None:
    stranger = Browser(world)
    assert stranger.client.get("/login/code?next=//evil.example").location == "/login?next=/"
    answer = stranger.submit("/login", "/login/code", code=app.code(), next="/account")
    assert answer.location == "/login?next=/account"
    assert not is_logged_in(stranger)


def test_an_account_that_is_being_deleted_is_not_entered(world: World, app: App) -> None:
    browser = password_typed(world)
    world.web.closing.begin(world.identity.find("ann").owner, "ann")  # type: ignore[union-attr]
    answer = enter(browser, app.code())
    assert answer.location == "/login?username=ann&next=/account"
    assert "being deleted" in browser.get(answer.location)
    assert not is_logged_in(browser)


def test_no_password_is_kept_between_the_two_pages(world: World, app: App) -> None:
    cookie = password_typed(world).client.get_cookie("session")
    assert cookie is not None
    serializer: Any = world.app.session_interface.get_signing_serializer(world.app)  # type: ignore[attr-defined]
    kept = serializer.loads(cookie.value)
    assert set(kept["second_step"]) == {"username", "session"}
    assert PASSWORD not in str(kept)


def api(world: World, **body: str) -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().post(SESSION, json=body)
    return answer.status_code, answer.json or {}


def test_programs_send_the_code_with_the_session_they_were_given(world: World, app: App) -> None:
    status, asked = api(world, username="ann", password=PASSWORD)
    assert (status, asked["code"]) == (403, "code_needed")
    given = {"username": "ann", "session": asked["session"]}
    status, refused = api(world, **given, code=app.wrong())
    assert (status, refused["code"], "session" in refused) == (400, "code_mismatch", False)
    code = app.code()
    status, tokens = api(world, **given, code=f"{code[:3]} {code[3:]}")
    assert (status, bool(tokens["refresh_token"])) == (200, True)
    token = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert world.app.test_client().get("/api/v1/account", headers=token).status_code == 200
    status, refused = api(world, **given, code=app.code())
    assert (status, refused["code"]) == (401, "login_expired")
    status, refused = api(world, username="ann", session="made up", code="123456")
    assert (status, refused["code"]) == (401, "login_expired")


PROOFS = [
    ("/account/delete", {"password": PASSWORD}),
    ("/account/email", {"password": PASSWORD, "email": "new@example.org"}),
    ("/account/password", {"old_password": PASSWORD, "new_password": NEW}),
]


@pytest.mark.parametrize(("path", "fields"), PROOFS)
def test_where_the_password_is_asked_for_again_the_code_is_too(
    world: World, ann: Browser, app: App, path: str, fields: dict[str, str]
) -> None:
    page = "/account" if path == "/account/password" else path
    assert 'autocomplete="one-time-code"' in ann.get(page)
    for code, said in (("", "type the code that your"), (app.wrong(), "This code is not right")):
        answer = ann.submit(page, path, **fields, code=code)
        assert (answer.status_code // 100, said in answer.text) == (4, True), answer.text
        assert 'id="code-error"' in answer.text
    assert is_logged_in(ann)
    assert ann.submit(page, path, **fields, code=app.code()).status_code == 303


@pytest.mark.parametrize(("path", "_"), PROOFS)
def test_who_has_no_app_sees_no_field_for_a_code(ann: Browser, path: str, _: Any) -> None:
    page = "/account" if path == "/account/password" else path
    assert "one-time-code" not in ann.get(page)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/account", {"password": PASSWORD}),
        ("PUT", "/account/email", {"password": PASSWORD, "email": "new@example.org"}),
        ("PUT", "/account/password", {"old_password": PASSWORD, "new_password": NEW}),
    ],
)
def test_programs_prove_themselves_with_it_too(
    world: World, app: App, method: str, path: str, body: dict[str, str]
) -> None:
    _, asked = api(world, username="ann", password=PASSWORD)
    _, tokens = api(world, username="ann", session=asked["session"], code=app.code())
    token = {"Authorization": f"Bearer {tokens['access_token']}"}

    def call(**more: str) -> tuple[int, dict[str, Any]]:
        answer = world.app.test_client().open(
            f"/api/v1{path}", method=method, json=body | more, headers=token
        )
        return answer.status_code, (answer.json or {}) if answer.data else {}

    status, refused = call()
    assert (status, refused["code"], "session" in refused) == (403, "code_needed", False)
    status, refused = call(code=app.wrong())
    assert (status, refused["code"]) == (400, "code_mismatch")
    status, done = call(code=app.code())
    if path != "/account/password":
        assert status == 202
        return
    assert (status, done["code"]) == (403, "code_needed"), "the password is set, and the next code goes on"
    assert call(code=app.code())[0] == 401, "that session has ended"
    assert api(world, username="ann", session=done["session"], code=app.code())[0] == 200
    assert api(world, username="ann", password=PASSWORD)[1]["code"] == "bad_credentials"


def test_a_new_password_ends_every_session_and_the_next_code_begins_one(
    world: World, ann: Browser, app: App
) -> None:
    elsewhere = password_typed(world)
    enter(elsewhere, app.code())
    answer = ann.submit(
        "/account", "/account/password", old_password=PASSWORD, new_password=NEW, code=app.code()
    )
    assert answer.location == "/login/code?next=/account"
    assert "Your new password is set" in ann.get(answer.location)
    assert not is_logged_in(ann)
    assert not is_logged_in(elsewhere)
    assert enter(ann, app.code()).location == "/account"
    assert is_logged_in(ann)


def test_a_reset_password_ends_every_session_and_leaves_the_second_step(
    world: World, ann: Browser, app: App
) -> None:
    stranger = Browser(world)
    stranger.submit("/forgot", "/forgot", username="ann")
    world.clock.advance(STEP)
    mailed = world.identity.outbox[-1].code
    answer = stranger.submit("/reset?username=ann", "/reset", username="ann", code=mailed, password=NEW)
    assert answer.location == "/login/code?next=/"
    assert not is_logged_in(stranger), "a mailbox alone is not enough"
    assert not is_logged_in(ann)
    assert enter(stranger, app.code()).status_code == 303
    assert is_logged_in(stranger)


def key_of(page: str) -> str:
    found = re.search('name="secret" value="([A-Z2-7]+)"', page)
    assert found
    return found[1]


def test_an_app_is_set_up_with_a_code_and_asked_for_from_then_on(world: World, ann: Browser) -> None:
    assert 'href="/account/second-step"' in ann.get("/account")
    shown = ann.submit("/account/second-step", "/account/second-step", password=PASSWORD)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    secret = key_of(shown.text)
    address = f"otpauth://totp/Image%20Portal:ann?secret={secret}&amp;issuer=Image%20Portal"
    assert f'href="{address}"' in shown.text
    assert "<svg" in shown.text
    assert " style=" not in shown.text, "the content security policy allows none"
    assert all(f"<span>{secret[at : at + 4]}</span>" in shown.text for at in range(0, len(secret), 4))
    confirm = "/account/second-step/confirm"
    wrong = ann.submit("/account/second-step", confirm, code="12 34", secret=secret)
    assert (wrong.status_code, "This code is not right" in wrong.text) == (400, True)
    assert key_of(wrong.text) == secret, "what was scanned is still good"
    assert "<strong>Off.</strong>" in ann.get("/account/second-step")
    code = code_at(secret, world.clock())
    done = ann.submit("/account/second-step", confirm, code=f"{code[:3]} {code[3:]}", secret=secret)
    assert done.location == "/account/second-step"
    assert "Your app is set up" in ann.get("/account/second-step")
    assert is_logged_in(ann)
    world.clock.advance(STEP)
    assert enter(password_typed(world), code_at(secret, world.clock())).status_code == 303


@pytest.mark.parametrize("path", ["/account/second-step", "/account/second-step/off"])
def test_only_who_proves_it_is_theirs_changes_it(world: World, ann: Browser, app: App, path: str) -> None:
    for fields, said in (
        ({}, "Type your password"),
        ({"password": "Wrong-horse-1"}, "not your password"),
        ({"password": PASSWORD}, "type the code that your"),
        ({"password": PASSWORD, "code": app.wrong()}, "This code is not right"),
    ):
        answer = ann.submit("/account/second-step", path, **fields)
        assert (answer.status_code // 100, said in answer.text) == (4, True)
        assert 'name="secret"' not in answer.text
    password_typed(world)  # and it is still asked for


def test_switched_off_the_password_is_enough(world: World, ann: Browser, app: App) -> None:
    answer = ann.submit(
        "/account/second-step", "/account/second-step/off", password=PASSWORD, code=app.code()
    )
    assert answer.location == "/account/second-step"
    assert "The second step is off" in ann.get("/account/second-step")
    assert Browser(world).submit("/login", "/login", username="ann", password=PASSWORD).location == "/"


def test_moved_to_another_phone_the_old_one_counts_until_the_new_one_does(
    world: World, ann: Browser, app: App
) -> None:
    shown = ann.submit("/account/second-step", "/account/second-step", password=PASSWORD, code=app.code())
    secret = key_of(shown.text)
    assert enter(password_typed(world), app.code()).status_code == 303
    confirm = "/account/second-step/confirm"
    world.clock.advance(STEP)
    code = code_at(secret, world.clock())
    assert ann.submit("/account/second-step", confirm, code=code, secret=secret).status_code == 303
    browser = password_typed(world)
    assert enter(browser, app.code()).status_code == 400
    assert enter(browser, code_at(secret, world.clock())).status_code == 303


@pytest.mark.parametrize("secret", ["", "x", "A" * 129, "<script>"])
def test_what_is_no_key_is_not_drawn(ann: Browser, secret: str) -> None:
    answer = ann.submit(
        "/account/second-step", "/account/second-step/confirm", code="000000", secret=secret, next="//evil"
    )
    assert answer.location == "/account/second-step?next=/"


def member(world: World, group: str) -> Browser:
    """Ann, in a group from this log-in on."""
    world.sign_up("ann")
    world.identity.add_to_group("ann", group)
    browser = Browser(world)
    browser.submit("/login", "/login", username="ann", password=PASSWORD)
    return browser


def api_of(world: World, group: str) -> tuple[str, str]:
    """A route of the API that is for the group: its method and path."""
    access = Access.MODERATOR if group == "moderators" else Access.OPERATOR
    return next(
        (operation.method, f"/api/v1{operation.path}")
        for operation in world.app.view_functions.values()
        if isinstance(operation, Operation)
        and operation.access is access
        and operation.method == "GET"
        and "<" not in operation.path
    )


@pytest.mark.parametrize(
    ("group", "page"), [("operators", "/ops"), ("viewers", "/ops"), ("moderators", "/moderation")]
)
def test_a_group_that_needs_it_is_led_to_set_it_up(group: str, page: str) -> None:
    world = World(SECOND_STEP_GROUPS="moderators, operators,viewers")
    browser = member(world, group)
    method, path = api_of(world, group)

    def call() -> Any:
        token = {"Authorization": f"Bearer {browser.client.get_cookie('access_token').value}"}  # type: ignore[union-attr]
        return world.app.test_client().open(path, method=method, headers=token)

    assert browser.client.get(page).location == f"/account/second-step?next={page}"
    assert group in browser.get(f"/account/second-step?next={page}")
    refused = call()
    assert (refused.status_code, refused.json["code"]) == (403, "second_step_required")
    assert browser.client.get("/uploads").status_code == 200, "what is everybody's stays theirs"
    shown = browser.submit("/account/second-step", "/account/second-step", password=PASSWORD, next=page)
    secret = key_of(shown.text)
    done = browser.submit(
        "/account/second-step",
        "/account/second-step/confirm",
        code=code_at(secret, world.clock()),
        secret=secret,
        next=page,
    )
    assert done.location == page
    assert browser.client.get(page).status_code == 200
    assert call().status_code != 403
    world.clock.advance(STEP)
    browser.submit(
        "/account/second-step",
        "/account/second-step/off",
        password=PASSWORD,
        code=code_at(secret, world.clock()),
    )
    assert browser.client.get(page).status_code == 303, "at once, and not when what is remembered ends"


def test_a_form_of_a_group_that_needs_it_is_refused_without_it() -> None:
    world = World(SECOND_STEP_GROUPS="moderators")
    browser = member(world, "moderators")
    answer = browser.submit("/account", "/moderation/acts")
    assert (answer.status_code, "Your group needs a second step" in answer.text) == (403, True)


def test_other_groups_and_other_people_are_asked_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(SECOND_STEP_GROUPS="moderators")
    browser = member(world, "operators")
    monkeypatch.setattr(world.identity.second_step, "is_on", None)  # nobody is to ask
    assert browser.client.get("/ops").status_code == 200
    assert browser.client.get("/moderation").status_code == 403


def test_the_provider_is_asked_once_a_minute_and_its_absence_locks_no_known_one_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(SECOND_STEP_GROUPS="operators")
    member(world, "operators")
    app = App(world)
    browser = password_typed(world, target="/ops")
    enter(browser, app.code(), "/ops")
    asked = []
    is_on = world.identity.second_step.is_on

    def counted(token: str) -> bool:
        asked.append(token)
        return is_on(token)

    monkeypatch.setattr(world.identity.second_step, "is_on", counted)
    for _ in range(3):
        assert browser.client.get("/ops").status_code == 200
    assert len(asked) == 1

    def away(_: str) -> bool:
        raise IdentityUnavailable("away")

    monkeypatch.setattr(world.identity.second_step, "is_on", away)
    world.app.extensions[MEMORY_KEY] = replace(
        world.app.extensions[MEMORY_KEY], second_steps=Remembered(1, 60)
    )
    assert browser.client.get("/ops").status_code == 200, "it was there in this session"
    other = password_typed(world, target="/ops")
    enter(other, app.code(), "/ops")
    assert other.client.get("/ops").status_code == 503, "it was never seen in that one"


def test_a_group_that_is_none_is_found_at_the_start() -> None:
    with pytest.raises(ConfigurationError, match="SECOND_STEP_GROUPS: must be of operators"):
        World(SECOND_STEP_GROUPS="operators, admirers")

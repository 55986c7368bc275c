"""The security log: log-ins, changes of how one logs in, and who was refused; and what it never says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.support_memory import PASSWORD, Browser, World
from web.http import noted, security_log

pytestmark = pytest.mark.slow

OPERATIONS = (Path(__file__).parents[2] / "docs/operations.md").read_text()
ADDRESS = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def world() -> World:
    return World(TRUSTED_PROXIES="1", PASSKEYS="true")


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    with capture_logs() as found:
        yield found  # type: ignore[misc]  # dictionaries that may be changed


def told(lines: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """What, how it ended, and whose account."""
    found = [(line["event"], line["outcome"], line["account"]) for line in lines if "outcome" in line]
    lines.clear()
    return found


def log_in(world: World, name: str, password: str) -> int:
    body = {"username": name, "password": password}
    return world.app.test_client().post("/api/v1/session", json=body, headers=ADDRESS).status_code


def test_an_accounts_life_is_told(world: World, lines: list[dict[str, Any]]) -> None:
    ann = world.sign_up("ann")
    assert told(lines) == [
        ("sign-up", "accepted", "ann"),
        ("confirmation", "accepted", "ann"),
        ("password", "accepted", "ann"),
        ("beginning of a session", "accepted", "ann"),
    ]
    form = {"old_password": PASSWORD, "new_password": "Another-horse-2"}
    assert ann.submit("/account", "/account/password", **form).status_code == 303
    assert told(lines) == [
        ("password", "accepted", "ann"),
        ("new password", "accepted", "ann"),
        ("mail of a change", "accepted", "ann"),
        ("password", "accepted", "ann"),
        ("beginning of a session", "accepted", "ann"),
    ]
    ann.submit("/account", "/logout")
    assert ("end of a session", "accepted") in [line[:2] for line in told(lines)]


def test_who_fails_is_told_with_their_address_and_request(world: World, lines: list[dict[str, Any]]) -> None:
    world.sign_up("ann")
    lines.clear()
    assert log_in(world, "ann", "Wrong-horse-1") == 401
    [line] = [line for line in lines if "outcome" in line]
    assert (line["event"], line["outcome"], line["code"]) == ("password", "refused", "bad_credentials")
    assert (line["account"], line["address"], line["log_level"]) == ("ann", "192.0.2.7", "warning")


def test_who_tries_too_often_is_told(lines: list[dict[str, Any]]) -> None:
    world = World(TRUSTED_PROXIES="1", LIMIT_FAILURES="5")
    assert [log_in(world, "ann", "Wrong-horse-1") for _ in range(2)] == [401, 429]
    assert [line[:2] for line in told(lines)] == [("password", "refused"), ("too many tries", "refused")]


@pytest.mark.parametrize(
    ("path", "code"), [("/api/v1/queue", "not_operator"), ("/api/v1/reports", "not_moderator")]
)
def test_who_is_at_a_door_that_is_not_theirs_is_told(
    world: World, lines: list[dict[str, Any]], path: str, code: str
) -> None:
    world.sign_up("ann")
    lines.clear()
    assert world.app.test_client().get(path, headers=world.token("ann") | ADDRESS).status_code == 403
    [line] = [line for line in lines if "outcome" in line]
    assert (line["event"], line["code"], line["account"], line["path"]) == ("refused", code, "ann", path)


def test_forms_without_their_token_and_tokens_that_are_none_are_told(
    world: World, lines: list[dict[str, Any]]
) -> None:
    client = world.app.test_client()
    client.post("/login", data={"username": "ann"})
    client.get("/api/v1/account", headers={"Authorization": "Bearer made-up"})
    assert [line["code"] for line in lines if line["event"] == "refused"] == ["csrf", "invalid_token"]


def test_no_secret_and_no_password_in_the_place_of_a_name_is_told(
    world: World, lines: list[dict[str, Any]]
) -> None:
    ann = world.sign_up("ann")
    code = world.identity.outbox[-1].code
    log_in(world, "My secret pass phrase!", "Wrong-horse-1")
    cookies = [ann.client.get_cookie(name) for name in ("access_token", "refresh_token", "session")]
    text = json.dumps(lines, default=str)
    for secret in (PASSWORD, "Wrong-horse-1", "secret pass", code, "ann@example.com"):
        assert secret.lower() not in text.lower(), secret
    assert not any(cookie.value[:40] in text for cookie in cookies if cookie)


def test_each_line_of_a_request_carries_its_id(world: World) -> None:
    import structlog

    seen: list[str] = []

    def keep(_: Any, __: str, line: dict[str, Any]) -> dict[str, Any]:
        if line["event"] in ("password", "request"):
            seen.append(line["request_id"])
        raise structlog.DropEvent

    world.sign_up("ann")
    processors = structlog.get_config()["processors"]
    before = list(processors)
    processors[:] = [structlog.contextvars.merge_contextvars, keep]
    try:
        log_in(world, "ann", "Wrong-horse-1")
        log_in(world, "ann", "Wrong-horse-1")
    finally:
        processors[:] = before
    assert (len(seen), len(set(seen))) == (4, 2)
    assert all(re.fullmatch(r"[0-9a-f]{16}", one) for one in seen)


def test_a_provider_that_is_away_is_told_as_unknown(world: World, lines: list[dict[str, Any]]) -> None:
    world.identity.away = True
    assert log_in(world, "ann", PASSWORD) == 503
    assert told(lines) == [("password", "unknown", "ann")]


def test_passkeys_and_ends_are_told(world: World, lines: list[dict[str, Any]]) -> None:
    browser = Browser(world)
    browser.submit("/login", "/login/passkey", username="nobody")
    assert told(lines) == [("log-in by passkey", "refused", "nobody")]
    ann = world.sign_up("ann")
    lines.clear()
    assert ann.submit("/account/delete", "/account/delete", password=PASSWORD).status_code in (200, 303)
    assert ("end of an account", "accepted", "ann") in told(lines)


def test_every_kind_of_line_is_documented() -> None:
    kinds = set(security_log.IN_WORDS)
    for table in (*noted.BY_NAME.values(), *noted.OWN.values()):
        kinds |= set(table.values())
    section = OPERATIONS.partition("### The security log")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", section, re.M)) == kinds
    for code in security_log.REFUSED:
        assert f"`{code}`" in section, code

"""What every answer tells browsers about itself, whichever route it comes from; and that heads fit where they pass."""

import re
import secrets
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from shared.ports.sessions import Tokens
from tests.support_memory import PASSWORD, Browser, World
from tests.unit.test_access import ASKS_WHO, Town, routes

pytestmark = pytest.mark.slow

NGINX = Path(__file__).parents[2] / ".platform/nginx/conf.d/web-bodies.conf"
FRAMED, FETCHED = "link.embed", {"oembed.oembed", "receipts.keys"}
"""What pages elsewhere may show, and read: neither knows who asks."""
COOKIE_LINE_BYTES = 8190
"""Of gunicorn, for one header; nginx takes 8192 (large_client_header_buffers)."""


def faults(answer: TestResponse, endpoint: str) -> list[str]:
    """What is wrong with an answer's head."""
    head, found = answer.headers, []
    policy = head.get("Content-Security-Policy", "")
    framing = "frame-ancestors *" if endpoint == FRAMED else "frame-ancestors 'none'"
    for part in ("default-src 'none'", "base-uri 'none'", framing):
        if part not in policy:
            found.append(f"policy without {part}")
    if "unsafe" in policy:
        found.append("an unsafe policy")
    expected = {
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    }
    found += [name for name, value in expected.items() if head.get(name) != value]
    kind = head.get("Content-Type", "")
    if answer.data and not kind:
        found.append("no type")
    if kind.startswith("text/") and "charset=utf-8" not in kind.lower():
        found.append(f"no charset: {kind}")
    if "Cache-Control" not in head:
        found.append("nothing said of storing")
    if "Access-Control-Allow-Origin" in head and endpoint not in FETCHED:
        found.append("open to other origins")
    return found


@pytest.mark.parametrize("who", ["anonymous", "person", "operator", "moderator"])
def test_every_answer_says_what_browsers_may_do_with_it(who: str) -> None:
    town = Town(COOKIE_SECURE="true")
    wrong = []
    for method, rule, endpoint, _ in routes():
        path = re.sub(r"<path:[^>]+>", "css/base.css", rule)
        path = re.sub(r"<[^>]+>", "x", path)
        town.world.clock.advance(timedelta(seconds=2))
        answer = town.ask(who, method, path)
        if endpoint not in ASKS_WHO and (found := faults(answer, endpoint)):
            wrong.append(f"{method} {rule} {answer.status_code}: {', '.join(found)}")
    assert wrong == []


def test_a_method_that_a_route_does_not_know_is_refused() -> None:
    client = World().app.test_client()
    for method in ("TRACE", "TRACK", "CONNECT", "PUT", "DELETE"):
        answer = client.open("/login", method=method)
        assert answer.status_code in (400, 405), method
        assert "csrf" not in answer.text


def as_large_as_cognitos(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens as long as Cognito's: 1,100 characters and more for who is in groups, and 1,800."""
    verify, refresh = world.identity.verify, secrets.token_urlsafe(1350)

    def log_in(username: str, password: str) -> Tokens:
        tokens = type(world.identity).log_in(world.identity, username, password)
        return Tokens(tokens.access + "." + secrets.token_urlsafe(900), refresh, tokens.expires_in_seconds)

    monkeypatch.setattr(world.identity, "log_in", log_in)
    monkeypatch.setattr(world.identity, "verify", lambda token: verify(token.partition(".")[0]))


def test_the_head_of_a_log_in_fits_into_nginxs_buffer_and_its_cookies_into_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(COOKIE_SECURE="false")
    world.sign_up("ann")
    as_large_as_cognitos(world, monkeypatch)
    answer = Browser(world).submit("/login", "/login", username="ann", password=PASSWORD)
    assert answer.status_code == 303
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers) + 20
    cookies = [value.partition(";")[0] for value in answer.headers.getlist("Set-Cookie")]
    [(size, unit)] = re.findall(r"^proxy_buffer_size (\d+)(k);", NGINX.read_text(), re.M)
    assert unit == "k"
    assert 4096 < head < int(size) * 1024 / 2, "more than nginx's own default, and room is left"
    assert all(len(cookie) <= 4096 for cookie in cookies), "what browsers keep"
    assert len("; ".join(cookies)) < COOKIE_LINE_BYTES - 2000, "with room for those of media"

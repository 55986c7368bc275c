"""Nasty input at every route there is, pages and API: it may be refused, and must never be our fault."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from local.drive.waiting import wait_until
from local.stack import Stack
from tests.integration.conftest import PASSWORD
from tests.support_slice import is_its_day

TEXTS = {
    "NUL": "\x00",
    "control characters": "a\x1b\r\n\x7f\u2028b",
    "digits of another script": "٣٣٣",
    "an emoji and marks": "👩‍👩‍👧" + "e" + "\u0301" * 200,
    "markup": "'\"><script>{{7*7}}</script>%s%n../../etc/passwd",
    "long": "x" * 9000,
    "many digits": "9" * 5000,
    "many words": "#a @b " * 800,
}
QUERIES = [
    "%",
    "%zz",
    "%ff%fe",
    "%ED%A0%80",
    "%00",
    "&&==&",
    "a=1&" * 1500,
    "=",
    "%2e%2e%2f",
    "x[]=1&x[a]=2",
    "\x80",
]
PATHS = [
    "%00",
    "%ff",
    "%ED%A0%80",
    "%D9%A3",
    "..%2f..%2fetc%2fpasswd",
    "%25zz",
    "'\"<>",
    "x" * 3000,
    "-1",
    "٣",
    "%0d%0a",
    ".",
]
BODIES = {
    "deep list": b"[" * 5000,
    "deep object": b'{"a":' * 5000,
    "surrogate": b'{"username": "\\ud800", "password": "\\udfff", "refresh_token": "\\ud800"}',
    "NUL": b'{"username": "\\u0000", "password": "\\u0000", "email": "\\u0000@b.c", "code": "\\u0000"}',
    "huge number": b'{"username": ' + b"9" * 5000 + b"}",
    "not a number": b'{"username": NaN, "password": -Infinity}',
    "key twice": b'{"username": "a", "username": "b"}',
    "other types": b'{"username": [], "password": {}, "email": 1.5, "code": true, "refresh_token": null}',
    "not UTF-8": b'{"username": "\xff\xfe"}',
    "wide": b'{"username": "' + "ü".encode() * 60_000 + b'", "password": "x"}',
    "another script": '{"username": "日本語", "password": "密碼密碼密碼", "email": "日@本.語", "code": "٣"}'.encode(),
    "plausible": b'{"username": "nobody.here", "password": "x", "email": "a@b.c", "code": "0", "refresh_token": "x"}',
    "refresh token": '{"refresh_token": "é.ü.☃"}'.encode(),
    "too large": b'"' + b"x" * 300_000 + b'"',
    "nothing": b"",
}
CONTENT_TYPES = [
    "",
    "x",
    "/",
    "application/json; charset=klingon",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 3000,
    "multipart/form-data; boundary=\xff\xfe",
    "text/plain; charset=\x00",
    "é" * 100,
]
MULTIPART = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n%s\r\n\r\nx\r\n--b--\r\n'
PARTS = {
    "NUL in a name": MULTIPART % (b"fi\x00le", b"\x00", b""),
    "bad bytes in a name": MULTIPART % (b"file", b"\xff\xfe\xed\xa0\x80", b"Content-Type: \xff"),
    "long name": MULTIPART % (b"file", b"x" * 5000, b""),
    "odd encoding": MULTIPART % (b"file", b"a.jpg", b"Content-Transfer-Encoding: base64\r\nContent-Type: x; charset=x"),
    "unknown file": MULTIPART % (b"\xe2\x98\x83", b"a.jpg", b"X: y"),
    "cut off": MULTIPART[:40],
    "many parts": b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n' * 1200 + b"--b--\r\n",
    "no headers": b"--b\r\n\r\n\r\n--b--\r\n",
}  # fmt: skip
JUNK = ["", "\xff\xfe", "é" * 50, "\x00", "x" * 30_000, '"', ",;=", "%ff"]
BEARERS = [
    *("Bearer", "Bearer é.ü.ß", "Bearer a.b.c", "Bearer " + "a" * 30_000, "Basic \xff", "Digest a=b", "\xff"),
    *(
        "Bearer eyJhbGciOiJub25lIn0.W10.",
        "Bearer eyJraWQiOlsxXX0.e30.x",
        f"Bearer {'e30' * 9}.{'W10' * 9}.WWWWW",
    ),
]
JUNK_TAKERS = (
    *(
        "X-CSRF-Token",
        "Idempotency-Key",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "Range",
        "If-Range",
    ),
    *("Accept", "Accept-Language", "Sec-Fetch-Site", "Expect", "X-Forwarded-For", "X-Forwarded-Proto"),
)
HEADERS: list[dict[str, str]] = [
    *[{"Authorization": value} for value in BEARERS],
    *[dict.fromkeys(JUNK_TAKERS, value) for value in JUNK],
    *[{"Cookie": f"access_token={v}; refresh_token={v}; session={v}"} for v in JUNK[:5]],
    *[
        {"Cookie": value}
        for value in ("=;;;\xff;session", "access_token=eyJhbGciOiJub25lIn0.e30.;refresh_token=é")
    ],
    *[{"Host": value} for value in ("\xff", "a b", "[::1", "")],
    *[{"Content-Length": value} for value in ("-1", "abc", "\xb2", "9" * 40)],
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "É"]
FIELDS = (
    "username",
    "email",
    "password",
    "code",
    "next",
    "caption",
    "alt",
    "licence",
    "version",
    "id",
    "hashtags",
    "file",
)
PARAMETERS = {
    "gallery.search": ("q", "user", "tag", "licence", "commercial", "cursor", "limit"),
    "gallery.feed": ("cursor", "limit"),
    "gallery.profile": ("cursor", "limit"),
    "upload.mine": ("state", "cursor"),
    "upload.rows": ("state", "cursor"),
    "account.login": ("next", "username"),
    "account.confirm": ("username",),
    "account.reset": ("username",),
    "api.find_images": ("q", "user", "tag", "licence", "commercial", "cursor", "limit"),
    "api.list_uploads": ("status", "ids", "cursor", "limit"),
    "static": ("v",),
}


@dataclass
class Attacker:
    """Sends requests as who is logged in, with a valid form token unless told otherwise, and notes what breaks."""

    client: FlaskClient
    rules: list[Rule]
    cookie: str
    form_token: str
    sent: int = 0

    def __post_init__(self) -> None:
        self.broken: list[str] = []

    def send(
        self, what: str, method: str, path: str, headers: dict[str, str] | None = None, **how: Any
    ) -> None:
        """One request, of each day another twentieth of them all. A `raw_query` goes as it is."""
        if not is_its_day(f"{what} {method} {path}", 20):
            return
        given = {"Cookie": self.cookie, "X-CSRF-Token": self.form_token} | (headers or {})
        environ = {
            f"HTTP_{k.upper().replace('-', '_')}": v for k, v in given.items() if k != "Content-Length"
        }
        if headers and "Content-Length" in headers:
            environ["CONTENT_LENGTH"] = headers["Content-Length"]
        if "raw_query" in how:
            environ["QUERY_STRING"] = how.pop("raw_query")
        with self.client.open(path, method=method, environ_overrides=environ, **how) as answer:
            self.sent += 1
            if answer.status_code >= 500:
                self.broken.append(f"{answer.status_code} {method} {path[:60]}: {what}")

    def at(self, *methods: str) -> Iterator[tuple[Rule, str, str]]:
        """Every rule that takes one of the methods: with that method and a path."""
        for rule in self.rules:
            for method in sorted((rule.methods or set()) & set(methods)):
                yield rule, method, re.sub(r"<[^>]+>", "x", rule.rule)


@pytest.fixture
def attacker(app: Flask, stack: Stack) -> Attacker:
    """An operator: nothing is closed to them."""
    browser = app.test_client()

    def token(path: str) -> str | None:
        found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
        return found[1] if found else None

    def logged_in() -> str:
        name, password = stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"]
        form = {"csrf_token": token("/login"), "username": name, "password": password}
        assert browser.post("/login", data=form).status_code == 303
        return token("/upload") or ""

    # An attack before this one may have signed out everywhere, which ends what begins within the same second.
    form_token = wait_until(logged_in, 5, "a session goes on")
    cookies = {name: browser.get_cookie(name) for name in ("access_token", "session")}
    cookie = "; ".join(f"{name}={known.value}" for name, known in cookies.items() if known)
    rules = list(app.url_map.iter_rules())
    attacker = Attacker(app.test_client(use_cookies=False), rules, cookie, form_token)
    with attacker.client.get("/ops", headers={"Cookie": cookie}) as answer:
        assert answer.status_code == 200
    return attacker


def paths(attacker: Attacker) -> None:
    for rule, method, _ in attacker.at("GET", "POST", "PATCH"):
        if "<" in rule.rule:
            for text in PATHS:
                attacker.send(f"path {text[:20]!a}", method, re.sub(r"<[^>]+>", text, rule.rule))
    for text in PATHS:
        attacker.send(f"path {text[:20]!a}", "GET", f"/{text}")
        attacker.send(f"path {text[:20]!a}", "GET", f"/api/v1/{text}")


def queries(attacker: Attacker) -> None:
    for rule, method, path in attacker.at("GET"):
        for query in QUERIES:
            attacker.send(f"query {query[:20]!a}", method, path, raw_query=query)
        for name in PARAMETERS.get(rule.endpoint, ("x",)):
            for what, text in TEXTS.items():
                attacker.send(f"{name}: {what}", method, path, query_string={name: text})


def forms(attacker: Attacker) -> None:
    usual = {"username": "nobody.here", "email": "a@example.com", "password": PASSWORD, "code": "123456"}
    for _, method, path in attacker.at("POST", "PATCH", "DELETE"):
        for what, text in TEXTS.items():
            attacker.send(f"every field: {what}", method, path, data=dict.fromkeys(FIELDS, text))
        for field in FIELDS:
            for what in ("NUL", "digits of another script", "long"):
                attacker.send(f"{field}: {what}", method, path, data=usual | {field: TEXTS[what]})
        attacker.send("no fields", method, path, data={})
        for what, body in PARTS.items():
            attacker.send(
                f"parts: {what}", method, path, data=body, content_type="multipart/form-data; boundary=b"
            )


def form_tokens(attacker: Attacker) -> None:
    for _, method, path in attacker.at("POST", "PATCH", "DELETE"):
        for text in [*TEXTS.values(), *JUNK]:
            header = {"X-CSRF-Token": text.encode().decode("latin-1")}
            attacker.send(f"token header {text[:9]!a}", method, path, header)
            form = {"csrf_token": text, "username": "nobody.here"}
            attacker.send(f"token field {text[:9]!a}", method, path, {"X-CSRF-Token": ""}, data=form)


def bodies(attacker: Attacker) -> None:
    for _, method, path in attacker.at("POST", "PATCH", "DELETE"):
        for what, body in BODIES.items():
            attacker.send(f"body: {what}", method, path, data=body, content_type="application/json")
        for content_type in CONTENT_TYPES:
            attacker.send(
                f"type {content_type[:30]!a}", method, path, data=b'{"a":1}', content_type=content_type
            )
    for _, method, path in attacker.at("GET"):
        attacker.send("a body", method, path, data=BODIES["deep list"], content_type="application/json")


def headers(attacker: Attacker) -> None:
    for _, method, path in attacker.at("GET", "POST", "PATCH"):
        for given in HEADERS:
            said = ", ".join(f"{name}: {value[:20]!a}" for name, value in given.items())
            attacker.send(said, method, path, given)


def methods(attacker: Attacker) -> None:
    for rule in attacker.rules:
        for method in METHODS:
            attacker.send("method", method, re.sub(r"<[^>]+>", "x", rule.rule))


@pytest.mark.parametrize("attack", [paths, queries, forms, form_tokens, bodies, headers, methods])
def test_nothing_that_is_sent_is_our_fault(attacker: Attacker, attack: Callable[[Attacker], None]) -> None:
    attack(attacker)
    assert attacker.sent > 15
    assert attacker.broken == []

"""What programs send: bodies, parameters and numbers that are not what they should be, each refused by name."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.ports.sessions import Tokens, Viewer
from tests.support_app import app_on_mocks
from web.http.paging import whole_number
from web.http.parts import KEY

GOOD = {"username": "ana.lima", "password": "correct horse"}
BEARER = {"Authorization": "Bearer x"}
NUMBERS = [
    "0",
    "101",
    "00000000100000",
    "030",
    "٣",
    "1" * 5000,
    "-1",
    "+5",
    "1e1",
    "0x10",
    " 5",
    "5\n",
    "1_0",
    "3.0",
    "",
    "²",
]


@pytest.fixture(scope="module")
def app() -> Flask:
    app = app_on_mocks()
    parts = app.extensions[KEY] = replace(app.extensions[KEY], sessions=Mock())
    parts.sessions.verify.return_value = Viewer(uuid4(), "ana.lima")
    parts.sessions.log_in.return_value = Tokens("a.b.c", None, 3600)
    parts.store.list.return_value = []
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.extensions[KEY].sessions.log_in.reset_mock()
    return app.test_client()


def json_of(answer: Any) -> dict[str, Any]:
    body = answer.json
    assert isinstance(body, dict)
    return body


def refusal(answer: Any) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json", answer.text[:300]
    assert json_of(answer)["detail"].endswith(".")
    return answer.status_code, json_of(answer)["code"]


def post(client: FlaskClient, body: str | bytes, content_type: str = "application/json") -> Any:
    return client.post("/api/v1/session", data=body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"text"',
        "{",
        "[" * 5000,
        '{"username":' * 5000,
        '{"username": NaN, "password": "x"}',
        '{"username": Infinity, "password": "x"}',
        f'{{"username": {"9" * 5000}, "password": "x"}}',
        '{"username": "a", "username": "b", "password": "x"}',
        '{"username": "\\ud800", "password": "x"}',
        '{"\\udfff": "a"}',
        b'{"username": "\xff", "password": "x"}',
        json.dumps(GOOD).encode("utf-16"),
        "username=a&password=b",
    ],
    ids=lambda body: ascii(body)[:40],
)
def test_what_is_no_json_object_is_400(client: FlaskClient, app: Flask, body: str | bytes) -> None:
    assert refusal(post(client, body)) == (400, "invalid_json")
    app.extensions[KEY].sessions.log_in.assert_not_called()


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ({"password": None}, "missing_field", "password"),
        ({"password": ""}, "missing_field", "password"),
        ({"password": 5}, "missing_field", "password"),
        ({"password": ["x"]}, "missing_field", "password"),
        ({"user_name": "x"}, "unknown_field", "«user_name»"),
        ({"x" * 300: "x"}, "unknown_field", f"«{'x' * 40}»"),
        ({"username": "a\x00b"}, "invalid_field", "username"),
        ({"password": "a\nb"}, "invalid_field", "password"),
        ({"refresh_token": "a.b.c"}, "unknown_field", "username"),
    ],
)
def test_a_field_that_does_not_fit_is_named(
    client: FlaskClient, app: Flask, change: dict[str, Any], code: str, named: str
) -> None:
    answer = post(client, json.dumps(GOOD | change))
    assert refusal(answer) == (422, code)
    assert named in json_of(answer)["detail"]
    app.extensions[KEY].sessions.log_in.assert_not_called()


def test_a_missing_field_is_named(client: FlaskClient) -> None:
    answer = post(client, '{"username": "ana.lima"}')
    assert refusal(answer) == (422, "missing_field")
    assert "password" in json_of(answer)["detail"]


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", "é/é"],
)
def test_another_content_type_is_said_to_be_one(client: FlaskClient, content_type: str) -> None:
    answer = post(client, json.dumps(GOOD), content_type)
    assert refusal(answer) == (415, "not_json")
    assert "application/json" in json_of(answer)["detail"]
    assert "image" not in answer.text


def test_an_upload_of_another_content_type_is_not_called_an_image(client: FlaskClient) -> None:
    answer = client.post("/api/v1/images", json={}, headers=BEARER)
    assert refusal(answer) == (415, "not_multipart")
    assert "image" not in json_of(answer)["title"]


def test_a_body_as_it_should_be_is_taken(client: FlaskClient) -> None:
    answer = post(client, json.dumps(GOOD), "application/json; charset=utf-8")
    assert answer.status_code == 200
    assert set(json_of(answer)) == {"access_token", "refresh_token", "expires_in"}


@pytest.mark.parametrize("path", ["/images", "/uploads"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_limit_that_is_no_number_from_1_to_100_is_refused(
    client: FlaskClient, path: str, number: str
) -> None:
    answer = client.get(f"/api/v1{path}", query_string={"limit": number}, headers=BEARER)
    assert refusal(answer) == (422, "invalid_limit")


@pytest.mark.parametrize("path", ["/", "/search", "/home/user/ana.lima"])
@pytest.mark.parametrize("number", NUMBERS)
def test_a_page_refuses_the_same_numbers(client: FlaskClient, path: str, number: str) -> None:
    answer = client.get(path, query_string={"limit": number, "q": "a"}, headers=BEARER)
    assert answer.status_code == 422
    assert "from 1 to 100" in answer.text


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("7", 7), ("999999999", 999_999_999), ("1000000000", None)]
)
def test_a_number_is_read_whole_or_not_at_all(text: str, number: int | None) -> None:
    assert whole_number(text) == number


@pytest.mark.parametrize("path", ["/images", "/uploads", "/queue", "/users/ana", "/docs", "/openapi.json"])
def test_a_parameter_that_does_not_exist_is_named(client: FlaskClient, app: Flask, path: str) -> None:
    app.extensions[KEY].sessions.verify.return_value = Viewer(uuid4(), "ana.lima", frozenset({"operators"}))
    answer = client.get(f"/api/v1{path}?colour=red", headers=BEARER)
    assert refusal(answer) == (422, "unknown_parameter")
    assert "«colour»" in json_of(answer)["detail"]


def test_a_parameter_given_twice_is_refused(client: FlaskClient) -> None:
    answer = client.get("/api/v1/images?limit=1&limit=2", headers=BEARER)
    assert refusal(answer) == (422, "invalid_parameter")
    assert "«limit»" in json_of(answer)["detail"]
    assert refusal(client.get("/api/v1/images?commercial=perhaps", headers=BEARER)) == (
        422,
        "invalid_parameter",
    )

"""A session ends on a definite refusal alone, and what strangers make up costs Cognito nothing."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shared.parts import WebParts
from shared.ports.identity import IdentityRefused, IdentityUnavailable
from shared.ports.sessions import Tokens
from tests.integration.conftest import PASSWORD, Person
from tests.integration.test_pages import token_in
from tests.support_app import app_over


class Watched:
    """Sessions whose `refresh` is counted, and may be made to fail."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions
        self.asked = 0
        self.error: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sessions, name)

    def refresh(self, refresh_token: str) -> Tokens:
        self.asked += 1
        if self.error:
            raise self.error
        renewed: Tokens = self._sessions.refresh(refresh_token)
        return renewed


@pytest.fixture
def sessions(parts: WebParts) -> Watched:
    return Watched(parts.sessions)


@pytest.fixture
def watched(parts: WebParts, sessions: Watched) -> Flask:
    return app_over(replace(parts, sessions=sessions))


@pytest.fixture
def browser(watched: Flask, person: Person) -> FlaskClient:
    """A browser whose access token has ended and whose refresh token is good."""
    client = watched.test_client()
    form = {"csrf_token": token_in(client.get("/login").text), "username": person.username}
    assert client.post("/login", data=form | {"password": PASSWORD}).status_code == 303
    client.delete_cookie("access_token")
    return client


def test_a_good_refresh_token_renews_the_session_once(browser: FlaskClient, sessions: Watched) -> None:
    assert browser.get("/uploads").status_code == 200
    assert browser.get("/uploads").status_code == 200
    assert sessions.asked == 1


@pytest.mark.parametrize("path", ["/", "/uploads", "/login", "/nowhere", "/api/v1/uploads"])
def test_a_refresh_token_that_the_portal_did_not_give_out_is_never_asked_about(
    watched: Flask, sessions: Watched, path: str
) -> None:
    for junk in ("x", "eyJ.a.b.c.d", "x.y", "é", "a" * 3000):
        client = watched.test_client()
        client.set_cookie("refresh_token", junk)
        assert client.get(path).status_code < 500
    assert sessions.asked == 0


@pytest.mark.parametrize("path", ["/licences", "/nowhere", "/signup"])
def test_a_page_that_needs_no_viewer_renews_nothing(
    browser: FlaskClient, sessions: Watched, path: str
) -> None:
    browser.get(path)
    assert sessions.asked == 0
    assert browser.get_cookie("refresh_token") is not None


def test_while_cognito_is_in_trouble_pages_are_503_and_the_session_stays(
    browser: FlaskClient, sessions: Watched
) -> None:
    sessions.error = IdentityUnavailable("TooManyRequestsException")
    for path in ("/uploads", "/"):
        assert browser.get(path).status_code == 503
    assert browser.get("/licences").status_code == 200
    sessions.error = None
    assert browser.get("/uploads").status_code == 200


def test_a_refresh_token_refused_once_is_not_asked_about_again(
    browser: FlaskClient, sessions: Watched
) -> None:
    refused = browser.get_cookie("refresh_token")
    assert refused is not None
    sessions.error = IdentityRefused("invalid_token", "This session has ended.")
    for _ in range(3):
        browser.set_cookie("refresh_token", refused.decoded_value)
        assert browser.get("/uploads").headers["Location"].startswith("/login")
        assert browser.get_cookie("refresh_token") is None
    assert sessions.asked == 1

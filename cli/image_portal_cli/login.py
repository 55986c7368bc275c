"""Calls as somebody who is logged in; the session goes on by itself with its refresh token."""

import threading
import time
from typing import Any

from image_portal_cli.client import Client
from image_portal_cli.faults import NotLoggedIn, Refusal
from image_portal_cli.sessions import Session, Sessions

EARLY_SECONDS = 60.0


class Login:
    """A session in use, shared by threads."""

    def __init__(self, client: Client, sessions: Sessions) -> None:
        """Raises NotLoggedIn when there is no session at the client's portal."""
        session = sessions.get(client.url)
        if session is None:
            raise NotLoggedIn(
                f"You are not logged in at {client.url}. image-portal login --portal {client.url}"
            )
        self.username = session.username
        self.client = client
        self._sessions = sessions
        self._session = session
        self._lock = threading.Lock()

    def call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """As Client.call, with the token; raises NotLoggedIn when the session is over."""
        token = self._token()
        try:
            return self.client.call(method, path, token=token, **options)
        except Refusal as refusal:
            if refusal.status != 401:
                raise
        try:
            return self.client.call(method, path, token=self._renewed(token), **options)
        except Refusal as refusal:
            if refusal.status == 401:
                raise self._over() from refusal
            raise

    def _token(self) -> str:
        session = self._session
        if session.expires_at - EARLY_SECONDS > time.time():
            return session.access_token
        return self._renewed(session.access_token)

    def _renewed(self, old: str) -> str:
        """A new access token in place of `old`, unless another thread has fetched one."""
        with self._lock:
            if self._session.access_token == old:
                try:
                    answer = self.client.call(
                        "POST", "/session", json={"refresh_token": self._session.refresh_token}
                    )
                except Refusal as refusal:
                    raise self._over() from refusal
                self._session = session_of(
                    self.client.url, self.username, answer, self._session.refresh_token
                )
                self._sessions.keep(self._session)
            return self._session.access_token

    def _over(self) -> NotLoggedIn:
        return NotLoggedIn(
            f"Your session at {self.client.url} is over. image-portal login --portal {self.client.url}"
        )


def session_of(portal: str, username: str, answer: dict[str, Any], refresh_token: str = "") -> Session:
    """A session from the portal's answer, which may leave the refresh token as it was."""
    return Session(
        portal,
        username,
        str(answer["access_token"]),
        str(answer["refresh_token"] or refresh_token),
        time.time() + float(answer["expires_in"]),
    )

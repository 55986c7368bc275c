"""Requests to a portal's API, repeated while it or the network is away."""

import random
import threading
from collections.abc import Callable
from typing import Any

import requests

from image_portal_cli.body import Form
from image_portal_cli.faults import PortalAway, Refusal, Stopped

AGENT = "image-portal-cli/0.1"
CONNECT_SECONDS, ANSWER_SECONDS = 20.0, 120.0
FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, LONGEST_RETRY_AFTER_SECONDS = 0.5, 30.0, 300.0
PASSING = {429, 502, 503, 504}  # not about what was asked


class Client:
    """One portal. Threads may share it: each has its own connection."""

    def __init__(self, url: str, *, retries: int = 7, stop: threading.Event | None = None) -> None:
        """`retries` are the repeats of one request: 7 take about a minute. Setting `stop` ends waits with Stopped."""
        self.url = url.rstrip("/")
        self.stop = stop or threading.Event()
        self._retries = retries
        self._own = threading.local()

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str = "",
        json: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        form: Callable[[], Form] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The JSON of a successful answer. Raises Refusal for 4xx, PortalAway when retries are used up, and Stopped.

        `form` makes a new body for each attempt.
        """
        trouble = ""
        for attempt in range(self._retries + 1):
            try:
                answer = self._once(method, path, token, json, query, form, headers or {})
            except requests.RequestException as error:
                trouble, wait = _named(error), 0.0
            else:
                if answer.status_code != 429 and answer.status_code < 500:
                    return _body(answer, self.url)
                trouble, wait = f"it answered {answer.status_code}", retry_after(answer)
                if answer.status_code not in PASSING and attempt == self._retries:
                    raise Refusal(
                        answer.status_code, "portal_error", f"The portal answered {answer.status_code}."
                    )
            if attempt < self._retries and self.stop.wait(max(wait, delay(attempt))):
                raise Stopped("Stopped.")
        raise PortalAway(f"The portal at {self.url} can't be reached: {trouble}.")

    def _once(
        self,
        method: str,
        path: str,
        token: str,
        json: dict[str, str] | None,
        query: dict[str, str] | None,
        form: Callable[[], Form] | None,
        headers: dict[str, str],
    ) -> requests.Response:
        body = form() if form else None
        try:
            return self._session().request(
                method,
                f"{self.url}/api/v1{path}",
                params=query,
                json=json,
                data=body,
                headers={**headers, **({"Content-Type": body.content_type} if body is not None else {})},
                # Not a header: `requests` would put a password of ~/.netrc in its place.
                auth=_Bearer(token),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                # A redirect would turn POST into GET, or take the token elsewhere.
                allow_redirects=False,
            )
        finally:
            if body is not None:
                body.close()

    def _session(self) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.headers["User-Agent"] = AGENT
        session: requests.Session = self._own.session
        return session


class _Bearer(requests.auth.AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def delay(attempt: int) -> float:
    """Seconds before the next attempt: doubling, and never the same for two who failed together."""
    longest = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * float(2**attempt))
    return longest - longest * 0.3 * random.random()  # noqa: S311 - no secret


def retry_after(answer: requests.Response) -> float:
    """Seconds that the answer asks to wait, five minutes at most; 0 when it doesn't say so in seconds."""
    text = answer.headers.get("Retry-After", "")
    return min(float(text), LONGEST_RETRY_AFTER_SECONDS) if text.isascii() and text.isdigit() else 0.0


def _body(answer: requests.Response, url: str) -> dict[str, Any]:
    """JSON of a success; raises Refusal with what problem+json says, PortalAway when no portal speaks."""
    if answer.status_code == 204:
        return {}
    if "location" in answer.headers and 300 <= answer.status_code < 400:
        raise PortalAway(
            f"{url} answers with a redirect to {answer.headers['location']}. Is that the address?"
        )
    try:
        body = answer.json()
        if answer.status_code >= 400:
            raise Refusal(
                answer.status_code, str(body["code"]), str(body["detail"]), str(body.get("session", ""))
            )
        if isinstance(body, dict):
            return body
    except (requests.JSONDecodeError, KeyError, TypeError):
        if answer.status_code == 413:  # a proxy before the portal
            raise Refusal(413, "too_large", "This file is larger than the portal takes.") from None
    raise PortalAway(f"No Image Portal answers at {url}: status {answer.status_code}, and not its JSON.")


def _named(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    return "no connection" if isinstance(error, requests.ConnectionError) else str(error)

"""Uses a deployed portal as a person would: log in, upload, see it published, take it back, leave."""

import io
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from botocore.exceptions import ClientError
from PIL import Image
from requests.adapters import HTTPAdapter

READY_SECONDS = 180.0
PUBLISHED_SECONDS = 180.0
TIMEOUT = 30
STEP_SECONDS = 2.0


class SmokeFailed(Exception):
    """The portal does not do what it should; the text says what was asked and what it answered."""


class Named(HTTPAdapter):
    """HTTPS to an address by a name that DNS need not know yet: the certificate must be for the name."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As HTTPAdapter, with the name."""
        super().init_poolmanager(
            *arguments, **options, server_hostname=self._host, assert_hostname=self._host
        )


@dataclass
class Portal:
    """Where it answers, and by which name it is asked for."""

    url: str
    host: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False  # neither a proxy nor a .netrc is to stand between
        if self.host:
            self.session.headers["Host"] = self.host
            self.session.mount("https://", Named(self.host))

    def ask(self, method: str, path: str, expected: int, **given: Any) -> requests.Response:
        """The answer to a request. Raises SmokeFailed for another status, or for none."""
        try:
            answer = self.session.request(
                method, self.url + path, timeout=TIMEOUT, allow_redirects=False, **given
            )
        except requests.RequestException as error:
            raise SmokeFailed(f"{method} {path}: {error}") from error
        if answer.status_code != expected:
            raise SmokeFailed(
                f"{method} {path}: {answer.status_code} and not {expected}: {answer.text[:300]}"
            )
        return answer


def smoke(
    portal: Portal,
    cognito: Any,
    pool: str,
    say: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
    published_seconds: float = PUBLISHED_SECONDS,
    ready_seconds: float = READY_SECONDS,
) -> None:
    """Every step, each told as it is done. Raises SmokeFailed. Leaves nothing of its own published and no account."""

    def until(look: Callable[[], str], seconds: float, what: str) -> None:
        """Wait until `look` has nothing to say of what is still in the way."""
        waited = 0.0
        while said := look():
            if waited >= seconds:
                raise SmokeFailed(f"not within {seconds:.0f} s: {what}; {said}")
            pause(STEP_SECONDS)
            waited += STEP_SECONDS

    _ready(portal, until, ready_seconds)
    say("  /check-status and /readyz answer 200")
    with _somebody(portal, cognito, pool) as (headers, password):
        files = {"file": ("smoke.png", _picture(), "image/png")}
        accepted = portal.ask("POST", "/api/v1/images", 202, headers=headers, files=files).json()["id"]
        begun = time.monotonic()
        last: dict[str, Any] = {}

        def unfinished() -> str:
            last.update(portal.ask("GET", f"/api/v1/uploads/{accepted}", 200, headers=headers).json())
            return "" if last["status"] in ("published", "rejected", "failed") else f"it is {last['status']}"

        until(unfinished, published_seconds, f"upload {accepted} is published")
        if last["status"] != "published":
            raise SmokeFailed(f"upload {accepted} is {last['status']}: {last.get('reason')}")
        say(f"  an upload is published after {time.monotonic() - begun:.0f} s")
        _thumbnail(portal, last["image"]["thumbnail_url"])
        say("  its thumbnail can be fetched")
        portal.ask("DELETE", f"/api/v1/images/{accepted}", 204, headers=headers)
        portal.ask("GET", f"/api/v1/images/{accepted}", 410, headers=headers)
        portal.ask("DELETE", "/api/v1/account", 202, headers=headers, json={"password": password})
        say("  it is taken back, and the account that sent it deleted")


def _ready(portal: Portal, until: Callable[[Callable[[], str], float, str], None], seconds: float) -> None:
    def unready() -> str:
        try:
            portal.ask("GET", "/check-status", 200)
            portal.ask("GET", "/readyz", 200)
        except SmokeFailed as error:
            return str(error)
        return ""

    until(unready, seconds, "it is ready")


@contextmanager
def _somebody(portal: Portal, cognito: Any, pool: str) -> Iterator[tuple[dict[str, str], str]]:
    """Headers and password of an account that is gone afterwards, whatever happens."""
    name, password = f"smoke-{secrets.token_hex(6)}", f"A1a-{secrets.token_urlsafe(24)}"
    attributes = {"email": f"{name}@example.com", "email_verified": "true"}
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
    )
    try:
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
        said = portal.ask(
            "POST", "/api/v1/session", 200, json={"username": name, "password": password}
        ).json()
        yield {"Authorization": f"Bearer {said['access_token']}"}, password
    except BaseException:
        # Otherwise the workers delete it, when all that it sent is erased.
        try:
            cognito.admin_delete_user(UserPoolId=pool, Username=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "UserNotFoundException":
                raise
        raise


def _thumbnail(portal: Portal, url: str) -> None:
    """Fetched from where the portal says, S3 or CloudFront, which must be an image."""
    try:
        answer = requests.get(url if urlsplit(url).netloc else portal.url + url, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise SmokeFailed(f"GET of a thumbnail: {error}") from error
    if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith("image/"):
        raise SmokeFailed(f"GET of a thumbnail: {answer.status_code} {answer.headers.get('Content-Type')}")


def _picture() -> bytes:
    """A picture that nobody has sent before."""
    image = Image.frombytes("RGB", (16, 12), secrets.token_bytes(16 * 12 * 3)).resize((320, 240))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()

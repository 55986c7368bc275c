"""People who use the portal through its JSON API, as a script of theirs would."""

import re
import uuid
from dataclasses import dataclass
from typing import Any

import requests

from local.drive.portal import Portal
from local.drive.waiting import wait_until

PASSWORD = "Correct-horse-battery-1"
SECONDS = 30.0


@dataclass
class Person:
    """A verified user with an access token."""

    portal: Portal
    username: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON of a GET that must succeed."""
        answer = requests.get(
            f"{self.portal.url}/api/v1{path}", params=query, headers=self.headers, timeout=SECONDS
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post_image(
        self, data: bytes, name: str = "photo.jpg", key: str = "", **fields: str
    ) -> requests.Response:
        """POST /images with one file, and with an Idempotency-Key unless `key` is empty."""
        return requests.post(
            f"{self.portal.url}/api/v1/images",
            headers={**self.headers, **({"Idempotency-Key": key} if key else {})},
            files={"file": (name, data, "image/jpeg")},
            data=fields,
            timeout=SECONDS,
        )

    def upload(self, data: bytes, name: str = "photo.jpg", **fields: str) -> str:
        """The id of a file that must be accepted."""
        answer = self.post_image(data, name, **fields)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def finished(self, upload_id: str, seconds: float = SECONDS) -> dict[str, Any]:
        """The upload once it is published, rejected or failed."""

        def look() -> dict[str, Any]:
            upload: dict[str, Any] = self.get(f"/uploads/{upload_id}")
            return upload if upload["status"] in ("published", "rejected", "failed") else {}

        return wait_until(look, seconds, f"upload {upload_id} is finished")

    def publish(self, data: bytes, name: str = "photo.jpg", **fields: str) -> dict[str, Any]:
        """The image that a file has become."""
        upload = self.finished(self.upload(data, name, **fields))
        assert upload["status"] == "published", upload
        image: dict[str, Any] = upload["image"]
        return image

    def share(self, what: str, **terms: str) -> str:
        """The path of a new link for people without an account, to `images/ID`, `albums/ID` or one's `account`."""
        answer = requests.post(
            f"{self.portal.url}/api/v1/{what}/shares", json=terms, headers=self.headers, timeout=SECONDS
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"]).removeprefix(self.portal.url)

    def report(self, image_id: str, reason: str, text: str = "") -> None:
        """Report an image; a second report changes nothing."""
        path = f"/api/v1/images/{image_id}/reports"
        said = {"reason": reason, "text": text}
        answer = requests.post(self.portal.url + path, headers=self.headers, json=said, timeout=SECONDS)
        assert answer.status_code in (201, 409), answer.text

    def images(self, **query: str | int) -> list[dict[str, Any]]:
        """Every image of a listing, over all its pages, in its order."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.get("/images", limit=100, **query, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next_cursor"]
        return found


def unused_name() -> str:
    """A user name that nobody has."""
    return f"u{uuid.uuid4().hex[:10]}"


def call(portal: Portal, path: str, **body: str) -> requests.Response:
    """POST a JSON object to the API without a token."""
    return requests.post(f"{portal.url}/api/v1{path}", json=body, timeout=SECONDS)


def mails(portal: Portal, address: str) -> list[dict[str, str]]:
    """What the mailbox has for an address, the newest first."""
    answer = requests.get(f"{portal.mail_url}/api/messages", params={"to": address}, timeout=SECONDS)
    found: list[dict[str, str]] = answer.json()
    return found


def mailed_code(portal: Portal, address: str) -> str:
    """The code in the newest mail to an address, once it has arrived."""

    def look() -> str:
        codes = [re.search(r"\b\d{6}\b", mail["text"]) for mail in mails(portal, address)]
        return next((code[0] for code in codes if code), "")

    return wait_until(look, SECONDS, f"a mail with a code to {address}")


def sign_up(portal: Portal, name: str = "") -> str:
    """The name of a new account that waits for its code."""
    name = name or unused_name()
    answer = call(portal, "/signup", username=name, email=f"{name}@example.com", password=PASSWORD)
    assert answer.status_code == 201, answer.text
    return name


def confirm(portal: Portal, name: str) -> None:
    """Verify the account's address with the code from the mailbox."""
    answer = call(portal, "/confirm", username=name, code=mailed_code(portal, f"{name}@example.com"))
    assert answer.status_code == 204, answer.text


def log_in(portal: Portal, name: str, password: str = PASSWORD) -> Person:
    """A person with a fresh token."""
    answer = call(portal, "/session", username=name, password=password)
    assert answer.status_code == 200, answer.text
    return Person(portal, name, answer.json()["access_token"])


def new_person(portal: Portal, name: str = "") -> Person:
    """Somebody new, verified and logged in."""
    name = sign_up(portal, name)
    confirm(portal, name)
    return log_in(portal, name)


def operator(portal: Portal) -> Person:
    """The operator whom `make run` makes."""
    env = portal.env()
    return log_in(portal, env["OPERATOR_USERNAME"], env["OPERATOR_PASSWORD"])

"""A bounded, steady load on the balancer: people who read pages, and browsers that upload and try again."""

import threading
import time
import uuid
from dataclasses import dataclass

import requests

from local.drive.people import Person
from local.drive.photos import small_photo

REQUEST_SECONDS = 10.0  # a client gives up on a request after this
READERS, READS_EACH_SECOND = 3, 4.0
UPLOADERS, UPLOADS_EACH_SECOND = 2, 1.0
RETRY_SECONDS, GIVE_UP_SECONDS = 0.5, 60.0
PATHS = ("/", "/api/v1/images?limit=24", "/search?q=harbour", "/uploads")


@dataclass(frozen=True)
class Sent:
    """One request: when (monotonic seconds), what, and its fault if it had one."""

    begun: float
    ended: float
    what: str
    fault: str


class Load:
    """Runs between `start` and `stop`; then `sent` has every request and `accepted` every upload's id."""

    def __init__(self, person: Person) -> None:
        self.sent: list[Sent] = []
        self.accepted: list[str] = []
        self.lost: list[str] = []
        self._person = person
        self._photos = [small_photo(number) for number in range(6)]
        self._stop = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._read, args=(n,), daemon=True) for n in range(READERS)),
            *(threading.Thread(target=self._upload, args=(n,), daemon=True) for n in range(UPLOADERS)),
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind:
            self._stop.set()  # whoever is interrupted doesn't wait for uploads to be accepted
        else:
            self.stop()

    def stop(self) -> None:
        """Let every request end, and every upload that was begun be accepted or given up."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def faults(self, since: float = 0.0) -> list[Sent]:
        """Failed requests that began at or after a moment."""
        return [sent for sent in self.sent if sent.fault and sent.begun >= since]

    def _read(self, number: int) -> None:
        count = number
        while not self._stop.wait(1 / READS_EACH_SECOND):
            count += 1
            self._request("GET", PATHS[count % len(PATHS)], 200, {})

    def _upload(self, number: int) -> None:
        count = number
        while not self._stop.wait(1 / UPLOADS_EACH_SECOND):
            count += UPLOADERS
            self._until_accepted(self._photos[count % len(self._photos)], f"load {count}.jpg")

    def _until_accepted(self, data: bytes, name: str) -> None:
        """As the upload page does it: the same file with the same Idempotency-Key until it is accepted."""
        key = str(uuid.uuid4())
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            answer = self._request("POST", "/api/v1/images", 202, {"Idempotency-Key": key}, (name, data))
            if answer is not None:
                self.accepted.append(str(answer.json()["id"]))
                return
            time.sleep(RETRY_SECONDS)
        self.lost.append(key)

    def _request(
        self,
        method: str,
        path: str,
        expected: int,
        headers: dict[str, str],
        file: tuple[str, bytes] | None = None,
    ) -> requests.Response | None:
        """The answer, or None when it was not the expected one."""
        begun, fault, answer = time.monotonic(), "", None
        try:
            answer = requests.request(
                method,
                self._person.portal.url + path,
                headers=self._person.headers | headers,
                files={"file": (*file, "image/jpeg")} if file else None,
                timeout=REQUEST_SECONDS,
                allow_redirects=False,
            )
            fault = "" if answer.status_code == expected else f"{answer.status_code} {answer.text[:80]!r}"
        except requests.RequestException as error:
            fault = type(error).__name__
        self.sent.append(Sent(begun, time.monotonic(), f"{method} {path}", fault))
        return answer if not fault else None

"""People at work, as a program of their own: `python -m deploy.rehearse.autoscaling.crowd WHAT URL LOG EVERY TOKEN…`.

WHAT is `uploads` (each person sends a large picture every EVERY seconds, all at the same moment) or `pages` (each
reads one every EVERY seconds). SIGTERM ends it, once what was begun is answered. LOG gets a line of JSON for each
request: what, status (0: no answer), seconds, bytes, and an accepted upload's id. Nothing is tried a second time.
"""

import io
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

import requests
from PIL import Image

# Below the portal's limit of 25 MB; nobody has the same size at the same moment.
SIZES_MB = (8, 12, 16, 20)
PAGES = ("/", "/api/v1/images?limit=24", "/login", "/check-status")
GIVE_UP_SECONDS = 30
_COMMENT_BYTES = 65_533


class Crowd:
    """One thread for each token."""

    def __init__(self, what: str, url: str, log: IO[str], every_seconds: float, tokens: list[str]) -> None:
        self._url = url
        self._log = log
        self._every = every_seconds
        self._writing = threading.Lock()
        self._over = threading.Event()
        acts = {"uploads": self._upload, "pages": self._read}
        self._threads = [
            threading.Thread(target=self._work, args=(acts[what], number, token))
            for number, token in enumerate(tokens)
        ]

    def run(self) -> None:
        """Work until SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self._over.set())
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()

    def _work(self, act: Callable[[int, str], None], number: int, token: str) -> None:
        for count in itertools.count():
            # Everybody's clock is the same: they all begin at once.
            if self._over.wait(self._every - time.time() % self._every):
                return
            act(number + count, token)

    def _upload(self, count: int, token: str) -> None:
        data = picture(SIZES_MB[count % len(SIZES_MB)] * 1_000_000)
        name = f"large {count}.jpg"
        self._ask("POST", "/api/v1/images", token, len(data), {"file": (name, data, "image/jpeg")})

    def _read(self, count: int, token: str) -> None:
        self._ask("GET", PAGES[count % len(PAGES)], token, 0, None)

    def _ask(
        self, method: str, path: str, token: str, size: int, files: dict[str, tuple[str, bytes, str]] | None
    ) -> None:
        begun, status, upload_id = time.monotonic(), 0, None
        headers = {"Authorization": f"Bearer {token}"} if path.startswith("/api/") else {}
        try:
            answer = requests.request(
                method, self._url + path, headers=headers, files=files, timeout=GIVE_UP_SECONDS
            )
            status = answer.status_code
            upload_id = answer.json().get("id") if status == 202 else None
        except requests.RequestException as error:
            path = f"{path} ({type(error).__name__})"
        seconds = round(time.monotonic() - begun, 3)
        line = {
            "what": f"{method} {path}",
            "status": status,
            "seconds": seconds,
            "bytes": size,
            "id": upload_id,
        }
        with self._writing:
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()


def picture(size_bytes: int) -> bytes:
    """A JPEG file of exactly this size (10 kB or more): a small picture, and comments as large as it takes."""
    small = io.BytesIO()
    Image.effect_noise((64, 48), 60).save(small, "JPEG", quality=90)
    start, rest = small.getvalue()[:2], small.getvalue()[2:]
    return start + comments(size_bytes - len(start) - len(rest)) + rest


def comments(size_bytes: int) -> bytes:
    """JPEG comment segments of exactly this size together (4 bytes or more), of random bytes."""
    segments = []
    while size_bytes:
        length = min(_COMMENT_BYTES, size_bytes - 4)
        if 0 < size_bytes - 4 - length < 4:  # too little would be left for another segment
            length -= 4
        segments.append(b"\xff\xfe" + (length + 2).to_bytes(2) + os.urandom(length))
        size_bytes -= length + 4
    return b"".join(segments)


def main(what: str, url: str, log: str, every_seconds: str, *tokens: str) -> None:
    """Work until told to stop."""
    with Path(log).open("a", encoding="utf-8") as lines:
        Crowd(what, url, lines, float(every_seconds), list(tokens)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])

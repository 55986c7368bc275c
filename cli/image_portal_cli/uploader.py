"""Sends a folder's images, several at once, and follows each to its end.

The Idempotency-Key is a function of the file's bytes alone. The portal keeps keys for each person, so the same picture
is one upload of theirs, from whichever path, machine or run; an edited file has other bytes, and is a new one. The
caption is no part of it: sending the same picture with another caption is no new picture.

What the person has there by another road (the upload page, a key that the portal has forgotten) is asked about before
it is sent. Who wants it twice says so, and it goes with a key of its own.
"""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image_portal_cli.body import Form
from image_portal_cli.entries import (
    ACCEPTED,
    ALREADY_THERE,
    FAILED,
    FINAL,
    HELD,
    PUBLISHED,
    REFUSED,
    STATUSES,
    TAKEN_BACK,
    Entry,
)
from image_portal_cli.faults import FileChanged, Refusal, Stopped, UsageFault
from image_portal_cli.files import sha256_of
from image_portal_cli.ledger import Ledger
from image_portal_cli.login import Login
from image_portal_cli.state import State, Upload

IDS = 50  # asked about at once
FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.3, 5.0
ARGUMENTS_AT_FAULT = {"unknown_licence", "caption_too_long", "unknown_album", "title_too_long", "album_full"}


@dataclass(frozen=True)
class Job:
    """What is to be done with a folder; `fields` are the form's caption, licence and album."""

    folder: Path
    fields: dict[str, str] = field(default_factory=dict)
    parallel: int = 3
    wait: bool = True
    again: bool = False


class Uploader:
    """One run over one folder. `entries` tell what is known, also when the run is cut short."""

    def __init__(self, login: Login, state: State, job: Job, finished: Callable[[Entry], None]) -> None:
        """`finished` is called once for each file about which there is nothing more to learn."""
        self.entries: list[Entry] = []
        self._login = login
        self._stop = login.client.stop
        self._state = state
        self._job = job
        self._ledger = Ledger(state, finished, wait=job.wait)

    def run(self, paths: list[str]) -> None:
        """Send and follow. Raises a Fault that ends the run; what was sent until then is kept in the state."""
        self.entries = [Entry(path) for path in paths]
        with ThreadPoolExecutor(self._job.parallel) as threads:
            try:
                self._follow({threads.submit(self._send, entry) for entry in self.entries})
            except BaseException:
                self._stop.set()
                threads.shutdown(cancel_futures=True)
                raise

    def published(self) -> list[str]:
        """The ids of what is published, whichever run sent it, in the order of the paths."""
        there = (PUBLISHED, ALREADY_THERE)
        return list(dict.fromkeys(entry.upload_id for entry in self.entries if entry.status in there))

    def _follow(self, sending: set[Future[None]]) -> None:
        look = FIRST_LOOK_SECONDS
        while sending or (self._job.wait and self._ledger.on_its_way()):
            if sending:
                done, sending = wait(sending, timeout=look, return_when=FIRST_EXCEPTION)
                for one in done:
                    one.result()
            elif self._stop.wait(look):
                raise Stopped("Stopped.")
            if self._job.wait:
                look = FIRST_LOOK_SECONDS if self._look() else min(look * 1.5, LONGEST_LOOK_SECONDS)

    def _look(self) -> bool:
        """Ask about the oldest ones; whether anything is new."""
        asked = self._ledger.on_its_way(IDS)
        if not asked:
            return False
        answer = self._login.call("GET", "/uploads", query={"ids": ",".join(asked)})
        items = {str(item["id"]): item for item in answer["items"]}
        news = [_upload(sha256, upload_id, items.get(upload_id)) for upload_id, sha256 in asked.items()]
        news = [upload for upload in news if upload.status != ACCEPTED]
        for upload in news:
            self._ledger.learn(upload)
        return bool(news)

    def _send(self, entry: Entry) -> None:
        """One file, on a thread of the pool."""
        if self._stop.is_set():
            return
        path = self._job.folder / entry.path
        try:
            self._read(entry, path)
            if not self._ledger.is_first(entry):
                return
            if known := self._state.upload(entry.sha256):
                self._ledger.learn(known, earlier=known.status in FINAL)
            else:
                self._ledger.learn(self._there(entry.sha256) or self._post(entry, path))
        except FileChanged:
            self._ledger.fail(entry, "changed", "The file was changed while it was sent.")
        except OSError as error:
            self._ledger.fail(entry, "unreadable", f"The file can't be read: {error.strerror}.")

    def _read(self, entry: Entry, path: Path) -> None:
        """Size and digest; the bytes are read only when size or time are not those of the last run."""
        about = path.stat()
        sha256 = self._state.digest(entry.path, about.st_size, about.st_mtime_ns)
        if sha256 is None:
            sha256 = sha256_of(path)
            self._state.keep_digest(entry.path, about.st_size, about.st_mtime_ns, sha256)
        entry.bytes, entry.sha256 = about.st_size, sha256

    def _there(self, sha256: str) -> Upload | None:
        """The image that the person has of these bytes, unless it is to be sent all the same."""
        if self._job.again:
            return None
        try:
            answer = self._login.call("POST", "/known-images", json={"sha256": [sha256]})
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            return None  # a portal that can't be asked yet
        for item in answer["items"]:
            image = item["image"]
            return Upload(sha256, ALREADY_THERE, str(image["id"]), page_url=str(image["page_url"]))
        return None

    def _post(self, entry: Entry, path: Path) -> Upload:
        again = "again " if self._job.again else ""
        try:
            answer = self._login.call(
                "POST",
                "/images",
                headers={"Idempotency-Key": f"image-portal-cli/1 {again}{entry.sha256}"},
                form=lambda: Form(path, entry.sha256, self._job.fields, self._check),
            )
        except Refusal as refusal:
            if refusal.code in ARGUMENTS_AT_FAULT:
                raise UsageFault(refusal.sentence) from refusal
            for_good = refusal.status in (413, 415) or refusal.code == "empty"
            return Upload(entry.sha256, REFUSED if for_good else FAILED, "", refusal.code, refusal.sentence)
        # A repeated request may find its upload further on: the next look tells.
        return Upload(entry.sha256, ACCEPTED, str(answer["id"]))

    def _check(self) -> None:
        if self._stop.is_set():
            raise Stopped("Stopped.")


def _upload(sha256: str, upload_id: str, item: dict[str, Any] | None) -> Upload:
    """What the portal says of an upload; None when it knows nothing of it."""
    if item is None:
        return Upload(
            sha256, FAILED, upload_id, "unknown_upload", "The portal does not know this upload (any more)."
        )
    status = STATUSES.get(item["status"], TAKEN_BACK)
    if status == HELD:
        return Upload(sha256, HELD, upload_id, "held", "A moderator looks at it first.")
    reason, image = item.get("reason") or {}, item.get("image") or {}
    return Upload(
        sha256,
        status,
        upload_id,
        reason.get("code", ""),
        reason.get("message", ""),
        image.get("page_url", ""),
    )

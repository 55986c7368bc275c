"""What a run learns of its files: told by digest, since files with the same bytes are one upload. Threads share it."""

import threading
from collections.abc import Callable

from image_portal_cli.entries import ACCEPTED, ALREADY_THERE, FAILED, HELD, Entry
from image_portal_cli.state import State, Upload


class Ledger:
    """The entries of one run, and what of them is on its way. What is learnt is in the state before it is told."""

    def __init__(self, state: State, finished: Callable[[Entry], None], *, wait: bool) -> None:
        """`finished` is called once for each entry about which there is nothing more to learn."""
        self._state = state
        self._tell = finished
        self._wait = wait
        self._having: dict[str, list[Entry]] = {}  # digest → files with these bytes
        self._open: dict[str, str] = {}  # upload id → digest
        self._lock = threading.Lock()

    def is_first(self, entry: Entry) -> bool:
        """Whether no other file of this run has the same bytes. One that has shares the first one's fate."""
        with self._lock:
            having = self._having.setdefault(entry.sha256, [])
            having.append(entry)
            first = having[0]
            if first is entry:
                return True
            entry.same_as = first.path
            settled = self._is_settled(first.status)
            if settled:
                entry.share(first)
        if settled:
            self._tell(entry)
        return False

    def learn(self, upload: Upload, *, earlier: bool = False) -> None:
        """Keep what is known of some bytes, and tell it of every file that has them.

        What failed, is held or was there already is not kept: the next run asks the portal again.
        """
        if upload.status in (ALREADY_THERE, FAILED, HELD):
            self._state.forget(upload.sha256)
        else:
            self._state.keep(upload)
        with self._lock:
            if upload.status == ACCEPTED:
                self._open[upload.upload_id] = upload.sha256
            else:
                self._open.pop(upload.upload_id, None)
            having = list(self._having[upload.sha256])
            for entry in having:
                entry.learn(upload)
                entry.earlier = earlier
        if self._is_settled(upload.status):
            for entry in having:
                self._tell(entry)

    def fail(self, entry: Entry, code: str, message: str) -> None:
        """A file could not be sent, for a reason on this machine."""
        if entry.sha256 in self._having:
            self.learn(Upload(entry.sha256, FAILED, "", code, message))
        else:
            entry.learn(Upload("", FAILED, "", code, message))
            self._tell(entry)

    def on_its_way(self, most: int | None = None) -> dict[str, str]:
        """Ids of uploads that the portal has accepted and not finished, with their digests; the oldest ones first."""
        with self._lock:
            return dict(sorted(self._open.items())[:most])

    def _is_settled(self, status: str) -> bool:
        return bool(status) and (status != ACCEPTED or not self._wait)

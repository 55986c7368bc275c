"""The local cloud as long histories need it: with a clock for SQS that a scenario may put forward, so that what is
hidden or kept back comes then, and with a look at the versions below a prefix that doesn't go through those of all.

Runs in the cloud's own environment, as `local/cloud/ministack_server.py` does, which it starts.
"""

import os
import runpy
import time
from bisect import bisect_left, insort
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

from ministack import app  # type: ignore[import-not-found]  # in an environment of its own
from ministack.core.responses import AccountScopedDict  # type: ignore[import-not-found]  # as above
from ministack.services import s3, sqs  # type: ignore[import-not-found]  # as above

FRESH_SECONDS = 0.001
"""Among ten thousand messages a receive asks for the time ten thousand times."""


class _Clock:
    """As the module `time`, so many seconds later as the file says."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ahead, self._read_at = 0.0, 0.0

    def time(self) -> float:
        now = time.monotonic()
        if now - self._read_at > FRESH_SECONDS:
            self._ahead, self._read_at = float(self._file.read_text()), now
        return time.time() + self._ahead

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class _Versions(AccountScopedDict):  # type: ignore[misc]  # its base is of that environment
    """Of each (bucket, key), which are kept in order too; S3 writes and removes through these two alone."""

    __slots__ = ("_ordered",)

    def __init__(self, known: AccountScopedDict) -> None:
        super().__init__()
        self._data.update(known._data)
        self._ordered: list[tuple[str, str]] = sorted(key for _, key in self._data)

    def setdefault(self, key: tuple[str, str], default: Any = None) -> Any:
        if key not in self:
            insort(self._ordered, key)
        return super().setdefault(key, default)

    def pop(self, key: tuple[str, str], *args: Any) -> Any:
        if key in self:
            del self._ordered[bisect_left(self._ordered, key)]
        return super().pop(key, *args)

    def below(self, bucket: str, prefix: str) -> AccountScopedDict:
        """Those alone."""
        found = AccountScopedDict()
        first = bisect_left(self._ordered, (bucket, prefix))
        for key in takewhile(
            lambda key: key[0] == bucket and key[1].startswith(prefix), islice(self._ordered, first, None)
        ):
            found[key] = self[key]
        return found


def _list_object_versions(bucket: str, query: Any) -> Any:
    """In one piece, so that nobody else sees what is left out meanwhile. A bucket that keeps versions has one of each
    of its objects."""
    every, objects = s3._object_versions, s3._buckets[bucket]["objects"]
    s3._object_versions = few = every.below(bucket, s3._qp(query, "prefix", ""))
    s3._buckets[bucket]["objects"] = {key: objects[key] for _, key in few if key in objects}
    try:
        return _list_of(bucket, query)
    finally:
        s3._object_versions, s3._buckets[bucket]["objects"] = every, objects


_list_of, s3._list_object_versions = s3._list_object_versions, _list_object_versions

if __name__ == "__main__":
    sqs.time = _Clock(Path(os.environ["SQS_CLOCK"]))
    s3._object_versions = _Versions(s3._object_versions)
    assert app  # it has loaded what it serves, and with that these modules
    runpy.run_path(os.environ["CLOUD_SERVER"], run_name="__main__")

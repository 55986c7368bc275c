"""The local cloud, with a clock for SQS that a scenario may put forward: what is hidden or kept back comes then.

Runs in the cloud's own environment, as `local/cloud/ministack_server.py` does, which it starts.
"""

import os
import runpy
import time
from pathlib import Path
from typing import Any

from ministack import app  # type: ignore[import-not-found]  # in an environment of its own
from ministack.services import sqs  # type: ignore[import-not-found]  # as above

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


if __name__ == "__main__":
    sqs.time = _Clock(Path(os.environ["SQS_CLOCK"]))
    assert app  # it has loaded what it serves, and with that this module of SQS
    runpy.run_path(os.environ["CLOUD_SERVER"], run_name="__main__")

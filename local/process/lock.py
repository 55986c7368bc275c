"""One launcher for one LOCAL_DIR: a lock that vanishes with its holder."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from local.console import LocalError


class AlreadyRunning(LocalError):
    """A launcher holds this LOCAL_DIR."""


class DirectoryLock:
    """Holds `directory/lock` while in its `with` block; the kernel frees it even after kill -9."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor = -1

    def __enter__(self) -> "DirectoryLock":
        """Raise AlreadyRunning, naming the process, when another one holds the lock."""
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise AlreadyRunning(
                f"A portal already runs on {self._directory} (process {holder}). Stop it first, "
                "or choose another LOCAL_DIR, PORT and MAIL_PORT."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

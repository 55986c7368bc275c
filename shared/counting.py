"""Where a tier's processes count for Prometheus, so that a scrape of any of them tells of all.

Each process counts in files of its own, which outlive it. They are named by the lowest number that no living process
of the folder has: who takes a dead one's number goes on where that stopped. So a killed process loses no count,
a replaced one leaves no file behind, and there are as many files as there were ever processes at once.

Every metric has a label: one without would be made with its module, before it is known where to count.
"""

import fcntl
import hmac
import os
import tempfile
from hashlib import sha256
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
LOOPBACK = ("127.0.0.1", "::1")
MOST_PROCESSES = 4096
log = structlog.get_logger(__name__)


class Slots:
    """Calling it tells this process's number. The kernel's lock on a byte goes with its process, however that ends,
    and is not inherited by a forked child, which so finds a number of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = os.open(folder / "slots", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        self._pid = self._slot = -1

    def __call__(self) -> int:
        if self._pid != os.getpid():
            self._slot, self._pid = self._claimed(), os.getpid()
        return self._slot

    def _claimed(self) -> int:
        self._folder.mkdir(
            mode=0o700, exist_ok=True
        )  # who cleared it away must not keep anybody from working
        for slot in range(MOST_PROCESSES):
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, slot)
            except (BlockingIOError, PermissionError):
                continue
            return slot
        raise RuntimeError(f"{MOST_PROCESSES} processes count in one folder already")


def worker_folder(queue_url: str) -> Path:
    """Where a machine's Celery processes and its tick meet: one folder for each queue and user, without any setting."""
    name = f"image-portal-counts-{os.getuid()}-{sha256(queue_url.encode()).hexdigest()[:12]}"
    return Path(tempfile.gettempdir()) / name


def meet_in(folder: Path) -> None:
    """Let this process and its children count there, from now on. A folder of somebody else's is not used: then this
    process counts for itself alone. Raises OSError when there can't be one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if folder.is_symlink() or status.st_uid != os.getuid():
        log.warning(
            "somebody else's folder is where counts should be; this process counts alone", folder=str(folder)
        )
        folder = Path(tempfile.mkdtemp(prefix="portal-metrics-"))
    os.environ[FOLDER] = str(folder)
    values.ValueClass = values.MultiProcessValue(Slots(folder))  # type: ignore[no-untyped-call]  # the library's


def exposition() -> bytes:
    """All that was counted here, in Prometheus' text."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    keep()
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # as above
    return generate_latest(registry)


def keep() -> None:
    """Touch what is here: systemd clears /tmp of what nobody has touched for ten days, open or not."""
    for file in Path(os.environ[FOLDER]).glob("*"):
        os.utime(file)


def may_scrape(
    token: str | None, authorization: str, remote_addr: str | None, forwarded_for: str | None
) -> bool:
    """With a token, who bears it; without one, who calls from this machine and through no proxy."""
    if token:
        return hmac.compare_digest(authorization.removeprefix("Bearer ").encode(), token.encode())
    return remote_addr in LOOPBACK and forwarded_for is None

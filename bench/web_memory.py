"""How much the web tier's memory grows while large files arrive: 20 uploads of 25 MB, 4 at a time.

Run from the repository root: `python -m bench.web_memory`. It starts a portal of its own; with `--url` and
`--local-dir` it measures a running one. Prints the figures and writes bench/results/web_memory.json.
"""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.portal import measured_portal
from local.drive.people import Person, new_person
from local.drive.photos import small_photo
from local.drive.portal import Portal
from local.drive.processes import descendants, memory_mb

UPLOADS, AT_A_TIME = 20, 4
FILE_BYTES = 25 * 1024 * 1024
SAMPLE_SECONDS = 0.05
RESULTS = Path(__file__).parent / "results" / "web_memory.json"


@dataclass(frozen=True)
class WebMemory:
    """Memory of all gunicorn processes in MB of 2^20 bytes, each shared page counted once (the kernel's Pss)."""

    before_mb: float
    peak_mb: float
    after_mb: float

    @property
    def growth_mb(self) -> float:
        """The most that was added while files arrived."""
        return self.peak_mb - self.before_mb


def measure(portal: Portal) -> WebMemory:
    """Send the files and watch. The portal has served requests before, so that what loads once is loaded."""
    person = new_person(portal)
    for number in range(2 * AT_A_TIME):
        person.publish(small_photo(number))
    # Nobody decodes what follows a picture's end; the web tier counts, hashes and passes on every byte of it.
    data = small_photo().ljust(FILE_BYTES, b"\0")
    before = _web_mb(portal)
    with _watched(portal) as seen, ThreadPoolExecutor(AT_A_TIME) as threads:
        uploads = list(threads.map(lambda n: person.upload(data, f"large {n}.jpg"), range(UPLOADS)))
    after = _web_mb(portal)
    _all_finished(person, uploads)
    return WebMemory(before, max([*seen, after]), after)


@contextmanager
def _watched(portal: Portal) -> Iterator[list[float]]:
    """Sample in a thread of its own until the block ends."""
    seen: list[float] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            seen.append(_web_mb(portal))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _web_mb(portal: Portal) -> float:
    return memory_mb(descendants(portal.pid_of("web")))


def _all_finished(person: Person, uploads: list[str]) -> None:
    for upload_id in uploads:
        person.finished(upload_id, seconds=120)


def main() -> None:
    """Measure, print, write."""
    with measured_portal("Growth of the web tier's memory while large uploads arrive.") as portal:
        memory = measure(portal)
    print(f"before {memory.before_mb:.0f} MB, peak {memory.peak_mb:.0f} MB, after {memory.after_mb:.0f} MB")
    print(f"growth {memory.growth_mb:.0f} MB while {UPLOADS} uploads of 25 MB arrived {AT_A_TIME} at a time")
    figures = {name: round(value, 1) for name, value in asdict(memory).items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**figures, "growth_mb": round(memory.growth_mb, 1)}, indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Who is not logged in can't fill an instance's disk, and nobody can do so from one address."""

import contextlib
import os
import threading
import time
from collections import Counter
from pathlib import Path

from deploy.rehearse.clients.slow import SlowClients
from deploy.rehearse.clients.strangers import BODY_BYTES, Stranger, Strangers
from deploy.rehearse.machine.instance import Instance
from deploy.rehearse.report import Report
from deploy.rehearse.stage.world import WEB, World, wait
from local.drive.people import Person
from local.drive.photos import photo

STRANGERS = 20
# Above what one address may have under way on both instances.
ONE_CLIENTS_UPLOADS = 100
MOST_EACH = 32
FORM_BYTES = 2_000  # what a form adds to its file
PUBLISHED_SECONDS = 60.0
JUNK = ("", "Authorization: Bearer junk\r\n", "Cookie: __Host-access_token=junk\r\n")
PATHS = ("/upload", "/api/v1/images")


def strangers(world: World, person: Person, report: Report) -> None:
    """Twenty bodies of 50 MB without a session, at once, and a member's picture meanwhile."""
    everybody = [Stranger(PATHS[n % 2], JUNK[n % 3]) for n in range(STRANGERS)]
    picture = photo(1)
    begun = time.monotonic()
    with BodyWatch(world.web) as watch:
        with Strangers(world.portal.url, everybody) as crowd:
            answer = person.post_image(picture, "meanwhile.jpg")
            took = time.monotonic() - begun
            wait(lambda: not crowd.sending(), 30, "every stranger has ended")
        upload = person.finished(answer.json()["id"], PUBLISHED_SECONDS) if answer.status_code == 202 else {}
    statuses = Counter(stranger.status or "none" for stranger in everybody)
    wrong = [s for s in everybody if s.status != {"/upload": "303", "/api/v1/images": "401"}[s.path]]
    most = max(stranger.sent_bytes for stranger in everybody)
    report.check(
        f"{STRANGERS} strangers with {BODY_BYTES // 10**6} MB each are answered before their bodies, and none of it "
        "is written to a disk",
        not wrong and most < 1_000_000 and watch.most_bytes <= len(picture) + FORM_BYTES,
        f"answers {dict(statuses)} after at most {most / 1000:.0f} kB; the most that nginx held on its disks was "
        f"{watch.most_bytes / 1e6:.1f} MB, a member's picture of {len(picture) / 1e6:.1f} MB among it",
    )
    asked_in_vain = sum(log(i).count("auth request unexpected status") for i in world.web)
    report.check(
        "a member's upload goes on meanwhile, and nginx has it whole before the application sees it",
        upload.get("status") == "published" and watch.most_bytes > 0 and not asked_in_vain,
        f"{answer.status_code} after {took:.1f} s, {upload.get('status')}; {asked_in_vain} checks failed",
    )


def one_address(world: World, person: Person, report: Report) -> None:
    """Somebody with a session who begins more uploads at once than one address may."""
    most = MOST_EACH * len(WEB)
    with SlowClients(world.portal.url, person.token, ONE_CLIENTS_UPLOADS, addresses=1) as slow:
        with contextlib.suppress(TimeoutError):
            wait(lambda: slow.connected() <= most, 10, "the surplus is answered")
        refused = slow.answered("429 ")
        open_ones = slow.connected()
    report.check(
        f"one address has at most {MOST_EACH} uploads under way on an instance",
        refused + open_ones == ONE_CLIENTS_UPLOADS and 0 < open_ones <= most,
        f"{open_ones} of {ONE_CLIENTS_UPLOADS} under way on {len(WEB)} instances, {refused} answered with 429",
    )


class BodyWatch:
    """Looks every 10 ms at what nginx keeps of bodies on the disks of instances, while the block runs."""

    def __init__(self, instances: list[Instance]) -> None:
        self.most_bytes = 0
        self._instances = instances
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "BodyWatch":
        self._pids = {instance: instance.control.status()["nginx"]["members"] for instance in self._instances}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.01):
            held = sum(body_bytes(instance, self._pids[instance]) for instance in self._instances)
            self.most_bytes = max(self.most_bytes, held)


def body_bytes(instance: Instance, pids: list[int]) -> int:
    """Bytes in nginx's body files. They have no names any more when they are written to: only nginx has them."""
    folder = str(instance.folder / "run" / "body")
    total = 0
    for pid in pids:
        try:
            for file in Path(f"/proc/{pid}/fd").iterdir():
                if os.readlink(file).startswith(folder):
                    total += file.stat().st_size
        except OSError:
            continue  # closed meanwhile
    return total


def log(instance: Instance) -> str:
    """nginx's error log."""
    return (instance.log / "nginx-error.log").read_text()

"""Counts of several processes: right, whichever of them die."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

import worker.counters
from shared import calls
from shared.counting import may_scrape, meet_in, worker_folder
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.uploads import Attempt
from shared.ports.object_store import StoreUnavailable
from shared.ports.unavailable import Unavailable
from tests.support_memory import World, file, small_photo
from tests.support_tripwire import Cut
from web.http import counters
from worker.counters import ENDED, OTHER, counted, kind
from worker.imaging import Limits
from worker.message import handle

ROOT = Path(__file__).parents[2]
COUNTS = """
import os, sys
from pathlib import Path
from prometheus_client import Counter
from shared import counting
counted = Counter("portal_test_total", "Lines read.", ["line"])
counting.meet_in(Path(sys.argv[1]))
if os.fork() == 0:
    counted.labels("child").inc()
    os._exit(0)
os.wait()
print("ready", flush=True)
for line in sys.stdin:
    counted.labels("line").inc()
    print("counted", flush=True)
"""


class Counting:
    """A process that counts each line it is given, after its child has counted one."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNTS, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._said("ready")

    def _said(self, word: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == f"{word}\n"

    def count(self) -> None:
        """Count one."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self._said("counted")

    def end(self, signum: int) -> None:
        """End it."""
        self.process.send_signal(signum)
        self.process.communicate()


def told(folder: Path, line: str) -> float:
    """What a process that counts there itself would tell a scrape."""
    code = f"from pathlib import Path; from shared import counting; counting.meet_in(Path({str(folder)!r}))"
    code += "; print(counting.exposition().decode())"
    text = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    families = {f.name: f for f in text_string_to_metric_families(text)}
    return sum(s.value for s in families["portal_test"].samples if s.labels["line"] == line)


@pytest.mark.slow
def test_a_killed_process_loses_nothing_and_leaves_no_file_for_each(tmp_path: Path) -> None:
    for expected in range(1, 4):
        running = Counting(tmp_path)
        running.count()
        running.end(signal.SIGKILL)
        assert told(tmp_path, "line") == expected
        assert told(tmp_path, "child") == expected
    assert {path.name for path in tmp_path.iterdir()} == {"slots", "counter_0.db", "counter_1.db"}


@pytest.mark.slow
def test_a_folder_that_was_cleared_away_keeps_nobody_from_working(tmp_path: Path) -> None:
    code = "import shutil, sys; from pathlib import Path; from shared import counting as c, calls;"
    code += "p = Path(sys.argv[1]);"
    code += "c.meet_in(p); shutil.rmtree(p); import os; child = os.fork();"
    code += "child or (calls.call('s3', 'x', 1), os._exit(0)); assert os.waitpid(child, 0)[1] == 0; c.keep();"
    code += "assert b'portal_call_seconds_count' in c.exposition()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "counts")], check=True, cwd=ROOT)


@pytest.mark.slow
def test_two_at_once_count_side_by_side(tmp_path: Path) -> None:
    both = [Counting(tmp_path), Counting(tmp_path)]
    for running in (*both, *both):
        running.count()
    assert told(tmp_path, "line") == 4
    for running in both:
        running.end(signal.SIGTERM)
    assert told(tmp_path, "line") == 4


def test_a_folder_that_a_stranger_has_put_there_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values_again: None
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    meet_in(link)
    used = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    assert used not in (link, tmp_path / "elsewhere")
    assert used.stat().st_mode & 0o777 == 0o700
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.fixture
def values_again() -> Iterator[None]:
    from prometheus_client import values

    before = values.ValueClass
    yield
    values.ValueClass = before


def test_queues_have_folders_of_their_own() -> None:
    assert worker_folder("https://sqs/1/a") != worker_folder("https://sqs/1/b")


@pytest.mark.parametrize(
    ("token", "given", "address", "forwarded", "open_"),
    [
        (None, "", "127.0.0.1", None, True),
        (None, "", "127.0.0.1", "203.0.113.9", False),
        (None, "", "203.0.113.9", None, False),
        (None, "Bearer ", "203.0.113.9", None, False),
        ("t" * 20, "Bearer " + "t" * 20, "203.0.113.9", "203.0.113.9", True),
        ("t" * 20, "Bearer é", "127.0.0.1", None, False),
        ("t" * 20, "", "127.0.0.1", None, False),
    ],
)
def test_who_may_scrape(
    token: str | None, given: str, address: str, forwarded: str | None, open_: bool
) -> None:
    assert may_scrape(token, given, address, forwarded) is open_


def test_every_metric_has_a_label_and_a_conventional_name() -> None:
    """One without a label would count where no other process sees it (shared/counting.py)."""
    metrics = [
        value
        for module in (counters, worker.counters, calls)
        for value in vars(module).values()
        if hasattr(value, "_labelnames")
    ]
    assert len(metrics) >= 12
    for metric in metrics:
        assert metric._labelnames, metric._name
        assert metric._name.startswith("portal_")
        assert not set(metric._labelnames) & {"upload_id", "owner", "username", "path"}
        if metric._type == "histogram":
            assert metric._name.endswith(("_seconds", "_receives"))


def share(world: World, data: bytes) -> str:
    answer = world.app.test_client().post("/api/v1/images", data={"file": file(data)}, headers=world.token())
    assert answer.status_code == 202, answer.text
    return str((answer.json or {})["id"])


class Since:
    """How much counts of attempts have grown."""

    def __init__(self) -> None:
        self._before = self._now()

    def _now(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for sample in next(iter(ENDED.collect())).samples:
            if sample.name.endswith("_total"):
                found[sample.labels["outcome"], sample.labels["reason"]] += int(sample.value)
        return found

    @property
    def grown(self) -> dict[tuple[str, str], int]:
        """By outcome and reason."""
        return dict(self._now() - self._before)


@pytest.mark.slow
def test_each_attempt_is_counted_once_with_what_became_of_it_and_why() -> None:
    world = World()
    world.sign_up("ann")
    since = Since()
    share(world, small_photo())
    share(world, small_photo()[:-200])
    assert sorted(world.work()) == ["published", "rejected"]
    assert since.grown == {("published", ""): 1, ("rejected", "truncated"): 1}

    upload_id = share(world, small_photo() + b"x")
    delivery = world.queue.receive()
    assert delivery
    world.work_on(delivery)
    since = Since()
    handle(delivery.owner, delivery.upload_id, Attempt(2, "w", datetime.now(UTC)), world.worker, Limits())
    assert since.grown == {("cleared", ""): 1}, upload_id


@pytest.mark.slow
def test_what_fails_is_counted_by_its_kind_and_whether_it_comes_again() -> None:
    world = World()
    world.sign_up("ann")
    share(world, small_photo())
    since = Since()
    world.database.away = True
    for number in range(MAX_RECEIVE_COUNT):
        delivery = world.queue.receive()
        assert delivery
        assert delivery.receive_count == number + 1
        with pytest.raises(Unavailable):
            world.work_on(delivery)
        world.clock.advance(timedelta(minutes=2))
    assert since.grown == {
        ("again", "CatalogueUnavailable"): MAX_RECEIVE_COUNT - 1,
        ("failed", "CatalogueUnavailable"): 1,
    }


def test_errors_have_as_many_kinds_as_are_known() -> None:
    class Strange(Exception):
        pass

    class NoSpace(OSError):
        pass

    assert [kind(error) for error in (Strange(), NoSpace(), StoreUnavailable("x"))] == [
        OTHER,
        "OSError",
        "StoreUnavailable",
    ]


def test_a_killed_attempt_begins_and_does_not_end() -> None:
    since = Since()
    with pytest.raises(Cut), counted(1):
        raise Cut
    assert since.grown == {}

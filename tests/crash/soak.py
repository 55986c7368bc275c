"""`make soak`: people upload, edit and take back while parts of the portal are killed, away and slow at random; then
the recorded history is held against the stores."""

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from local.drive.people import new_person
from local.drive.processes import memory_mb
from local.process.program import ROOT
from tests.crash.calls import Call, Fate, Trouble
from tests.crash.rest import Rest
from tests.crash.stage import Stage
from tests.crash.truth import Promise, Truth, Verdict
from tests.crash.verbs import NO_CONTENT, OK, Actors

CLIENTS = 20
EDITS, TAKES_BACK = 0.3, 0.2
"""How often, after an upload, somebody edits what they have published, and takes something back."""
MOST_UNDER_WAY = 4
"""Uploads of one person's that have not come to an end."""
ENDED = {"published", "failed", "rejected"}
PAUSE_SECONDS = (2.0, 6.0)
LASTS_SECONDS = (0.5, 3.0)
SWEEP_SECONDS, DRAIN_SECONDS = 5.0, 1800.0
REMEMBERED = 10_000
"""Calls; whoever waits for a tier that was started again looks at the newest."""
FLAT = 1.25
"""The most that the last third's highest memory may be of the first third's."""
HISTORY = ROOT / "build" / "soak-history.jsonl"


class History:
    """Every act and its answer, in a file, as they come."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(exist_ok=True)
        self._file, self._lock = file.open("w"), threading.Lock()
        self.counts: Counter[str] = Counter()

    def add(self, what: str, **told: object) -> None:
        """One line."""
        with self._lock:
            self.counts[what] += 1
            self._file.write(json.dumps({"at": round(time.time(), 3), "what": what, **told}) + "\n")
            self._file.flush()


class Client:
    """Somebody with a share of the uploads, one after the other."""

    def __init__(self, actors: Actors, history: History, seed: int) -> None:
        self._actors, self._history = actors, history
        self._chance = random.Random(seed)  # noqa: S311 -- the same on every run
        self._owner = actors.join(new_person(actors.stage.portals[seed % 2]))
        self._versions: dict[str, int] = {}
        self.promises: list[Promise] = []
        self._under_way: deque[Promise] = deque()

    def upload(self, count: int) -> None:
        """All of them, and now and then something else."""
        for _ in range(count):
            self._actors.log_in_again(self._owner)
            self._wait_for_room()
            promise = self._actors.promise(self._owner)
            self.promises.append(promise)
            self._under_way.append(promise)
            self._until("upload", promise, lambda n, p=promise: self._actors.post(p, n))  # type: ignore[misc]
            standing = [p for p in self.promises if not p.gone]
            if standing and self._chance.random() < EDITS:
                self._edit(self._chance.choice(standing))
            if standing and self._chance.random() < TAKES_BACK:
                self._take_back(self._chance.choice(standing))

    def _wait_for_room(self) -> None:
        """Until the oldest of many has come to an end: nobody edits what only waits."""
        while len(self._under_way) >= MOST_UNDER_WAY:
            oldest = self._under_way[0]
            if oldest.gone or set(self._states(oldest)) & ENDED:
                self._under_way.popleft()
            else:
                time.sleep(0.3)

    def _edit(self, promise: Promise) -> None:
        [upload] = promise.ids
        if "published" not in self._states(promise):
            return
        version = self._versions.get(upload, 1)
        caption = f"{promise.word}edit{version}"

        def act(number: int) -> bool:
            seen, body = {"If-Match": f'"{version}"'}, {"caption": caption}
            by = self._actors.people[self._owner]
            status = self._actors.ask("PATCH", f"/images/{upload}", number, by=by, headers=seen, json=body)
            # 412: done by a try whose answer was not heard, as nobody else edits it.
            return status in (OK, 412)

        self._until("edit", promise, act)
        promise.before, promise.caption = promise.caption, caption
        self._versions[upload] = version + 1

    def _take_back(self, promise: Promise) -> None:
        [upload], by = promise.ids, self._actors.people[self._owner]
        promise.gone = True
        self._until(
            "take back",
            promise,
            lambda number: self._actors.ask("DELETE", f"/images/{upload}", number, by=by) == NO_CONTENT,
        )

    def _states(self, promise: Promise) -> list[str]:
        by = self._actors.people[self._owner]
        [upload] = promise.ids
        with suppress(AssertionError, OSError):
            return [self._actors.stage.at(by, self._chance.randrange(2)).get(f"/uploads/{upload}")["status"]]
        return []

    def _until(self, what: str, promise: Promise, act: Callable[[int], bool]) -> None:
        number = self._chance.randrange(2)
        while not act(number):
            self._history.add(f"{what}: not heard", word=promise.word)
            time.sleep(0.3)
            number += 1
        self._history.add(what, word=promise.word, ids=sorted(promise.ids), caption=promise.caption)


class Demon:
    """Does something bad every few seconds."""

    def __init__(self, stage: Stage, history: History, seed: int = 0) -> None:
        self._stage, self._history = stage, history
        self._chance = random.Random(seed)  # noqa: S311 -- likewise

    def run(self, is_over: Callable[[], bool]) -> None:
        """On the main thread: what it starts again ends with the thread that started it."""
        while not is_over():
            time.sleep(self._chance.uniform(*PAUSE_SECONDS))
            act = self._chance.choice(
                [
                    self._kill_process,
                    self._kill_process,
                    self._kill_tier,
                    self._kill_store,
                    self._freeze,
                    self._trouble,
                    self._trouble,
                    self._repeat,
                    self._hurry,
                ]
            )
            self._history.add(f"demon: {act.__name__.strip('_').replace('_', ' ')}")
            act()
            self._stage.mend()

    def _lasts(self) -> None:
        time.sleep(self._chance.uniform(*LASTS_SECONDS))

    def _kill_process(self) -> None:
        tier = self._chance.choice(list(self._stage.tiers.values()))
        if children := tier.pids()[1:]:
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(children), signal.SIGKILL)

    def _kill_tier(self) -> None:
        self._chance.choice(list(self._stage.tiers.values())).kill()

    def _kill_store(self) -> None:
        self._chance.choice([self._stage.kill_database, self._stage.kill_cloud])()
        self._lasts()

    def _freeze(self) -> None:
        pid = self._stage.stack.processes[0].pid
        os.kill(pid, signal.SIGSTOP)
        self._lasts()
        os.kill(pid, signal.SIGCONT)

    def _trouble(self) -> None:
        service = self._chance.choice(["s3", "sqs", "mysql"])
        part = self._chance.uniform(0.1, 1)
        heard = self._chance.choice([True, False])
        cut = Fate.CUT if service == "mysql" else self._chance.choice([Fate.CUT, Fate.BUSY, Fate.HALF])

        def wanted(call: Call) -> bool:
            return call.service == service and self._chance.random() < part

        trouble = Trouble(wanted, after=Fate.CUT) if heard else Trouble(wanted, cut)
        with self._stage.calls.trouble(trouble):
            self._lasts()

    def _repeat(self) -> None:
        sent = self._stage.calls.sent()
        for call in self._chance.sample(sent, min(10, len(sent))):
            message = json.loads(call.text)
            body, group = message["MessageBody"], message["MessageGroupId"]
            self._stage.sqs.send_message(
                QueueUrl=self._stage.queue_url, MessageBody=body, MessageGroupId=group
            )

    def _hurry(self) -> None:
        """The visibility timeout of everything ends."""
        self._stage.let_pass(90)


class Watch:
    """Sweeps, as the clock does, and measures memory."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.over = threading.Event()
        self.megabytes: list[float] = []

    def run(self) -> None:
        """On a thread of its own."""
        while not self.over.wait(SWEEP_SECONDS):
            self._stage.sweep()
            self._stage.calls.forget(but=REMEMBERED)
            self.megabytes.append(
                memory_mb(pid for tier in self._stage.tiers.values() for pid in tier.pids())
            )

    @property
    def growth(self) -> float:
        """The last third's highest over the first third's."""
        third = max(1, len(self.megabytes) // 3)
        return max(self.megabytes[-third:]) / max(self.megabytes[:third])


def main() -> int:
    """Exit code 0 when nothing is lost, doubled or an orphan, and memory is flat."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    count = int(os.environ.get("N") or 2000)
    history, began = History(HISTORY), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="portal-soak-") as folder, Stage(Path(folder)) as stage:
        truth = Truth(stage)
        actors = Actors(stage, truth)
        clients = [Client(actors, history, seed) for seed in range(CLIENTS)]
        demon, watch = Demon(stage, history), Watch(stage)
        with ThreadPoolExecutor(CLIENTS + 1) as pool:
            watching = pool.submit(watch.run)
            shares = [count // CLIENTS + (n < count % CLIENTS) for n in range(CLIENTS)]
            working = [pool.submit(client.upload, n) for client, n in zip(clients, shares, strict=True)]
            try:
                demon.run(lambda: all(work.done() for work in working))
            finally:
                watch.over.set()
            for work in (*working, watching):
                work.result()
        promises = [promise for client in clients for promise in client.promises]
        stage.whole(0, both=True)
        verdict = _at_rest(stage, actors, truth, promises)
    for what, times in sorted(history.counts.items()):
        print(f"{what:<28}{times:>7}")
    first, last = watch.megabytes[: max(1, len(watch.megabytes) // 3)], watch.megabytes[-1]
    print(f"memory of all tiers: {max(first):.0f} MB at first, {last:.0f} MB at last, × {watch.growth:.2f}")
    print(f"{time.monotonic() - began:.0f} s; every act is in {HISTORY.relative_to(ROOT)}")
    for kind in ("lost", "doubled", "orphans"):
        for what in getattr(verdict, kind):
            print(f"{kind}: {what}")
    told = f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.orphans)} orphans"
    print(f"{len(promises)} uploads, {told}")
    return 0 if verdict and watch.growth <= FLAT else 1


def _at_rest(stage: Stage, actors: Actors, truth: Truth, promises: list[Promise]) -> Verdict:
    """Let all come to rest, what has failed sent again by an operator, and judge it."""
    rest = Rest(stage, truth)
    stage.quiet(DRAIN_SECONDS)
    rest.come_all()
    failed = truth.rows("SELECT id FROM uploads WHERE state = 'failed'")
    if failed:
        print(f"{len(failed)} have failed, each with a reason, and are sent again by an operator")
        actors.log_in_again()
        assert actors.redrive(0, {"all": True})
        rest.come_all()
    return truth.of_all(promises)


if __name__ == "__main__":
    sys.exit(main())

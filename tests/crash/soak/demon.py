"""Whoever kills, cuts off and repeats while they do; and whoever measures that."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from local.drive.processes import memory_mb
from tests.crash.calls import Call, Fate, Trouble
from tests.crash.soak.people import History
from tests.crash.stage import Stage

PAUSE_SECONDS = (2.0, 6.0)
LASTS_SECONDS = (0.5, 3.0)
SWEEP_SECONDS = 5.0
VISIBILITY_SECONDS = 90
OLDER = timedelta(minutes=45)
"""So much older than it is may look to the sweep what is staged: old enough to be sent again, and less than the hour
after which it removes the bytes of a request that never came to its end."""
REMEMBERED = 10_000
"""Calls; whoever waits for a tier that was started again looks at the newest."""


class Demon:
    """Does something bad every few seconds."""

    def __init__(self, stage: Stage, history: History, seed: int) -> None:
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
        if self._stage.ahead >= OLDER:
            self._stage.now()
        self._stage.let_pass(VISIBILITY_SECONDS)


class Watch:
    """Sweeps, as the clock does, and measures memory."""

    def __init__(self, stage: Stage, over: threading.Event) -> None:
        self._stage, self._over = stage, over
        self.megabytes: list[float] = []

    def run(self) -> None:
        """On a thread of its own."""
        self._measure()
        while not self._over.wait(SWEEP_SECONDS):
            self._stage.sweep()
            self._stage.calls.forget(but=REMEMBERED)
            self._measure()

    def _measure(self) -> None:
        pids = [pid for tier in self._stage.tiers.values() for pid in tier.pids()]
        self.megabytes.append(memory_mb(pids))

    def thirds(self) -> tuple[float, float]:
        """The highest of the first, and of the last."""
        third = max(1, len(self.megabytes) // 3)
        return max(self.megabytes[:third]), max(self.megabytes[-third:])

"""The world of the matrix: a database, a local cloud with versions and a clock, two web tiers, two workers, a sweep."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy import Engine, bindparam, create_engine, text

from local.cloud.clients import Clients
from local.cloud.ministack import Cloud
from local.drive.people import Person, new_person, operator
from local.drive.portal import Portal
from local.drive.processes import is_alive
from local.drive.waiting import wait_until
from local.process.program import ROOT, Program
from local.process.startable import Startable
from local.stack import Stack
from shared.migrations.__main__ import prepare
from tests.crash.calls import Call, Calls
from tests.crash.tiers import START_SECONDS, Tier

WEBS, WORKERS, SWEEP = ("web-1", "web-2"), ("worker-1", "worker-2"), "sweep"
STILL_SECONDS, SWEEP_SECONDS = 1.0, 600.0  # thousands of messages may have to be sent
_TICK = {"X-Real-IP": "127.0.0.1", "X-Aws-Sqsd-Taskname": "sweep"}
# A transaction that a scenario has stopped keeps its row, and the row its time: to wait for it would last a minute. The
# second statement may come across every row; reading what is committed it passes over those that it can't have.
_FREE = text("SELECT id FROM uploads FOR UPDATE SKIP LOCKED")
_OLDER = text("""
    UPDATE uploads SET changed_at = changed_at - INTERVAL :s SECOND,
                       taken_back_at = taken_back_at - INTERVAL :s SECOND,
                       rendering_at = rendering_at - INTERVAL :s SECOND,
                       erasable_at = erasable_at - INTERVAL :s SECOND
    WHERE id IN :ids""").bindparams(bindparam("ids", expanding=True))


class _Cloud(Cloud):
    """As `tests/crash/cloud.py` runs it."""

    def _program(self) -> Program:
        made = super()._program()
        [python, flag, server] = made.argv
        env = dict(made.env) | {"SQS_CLOCK": str(self.directory / "sqs-clock"), "CLOUD_SERVER": server}
        ours = str(ROOT / "tests" / "crash" / "cloud.py")
        return Program(made.name, [python, flag, ours], env, made.directory, cwd=made.cwd)


class Stage(Startable):
    """All of it on `directory`. Every process may be killed at any time, and `mend` starts what is gone."""

    def __init__(self, directory: Path, *, webs: int = 2, workers: int = 2) -> None:
        self.directory = directory.absolute()
        self.stack = Stack(self.directory)
        self.stack.cloud.__class__ = _Cloud
        self.calls = Calls()
        self.tiers: dict[str, Tier] = {}
        self._named = (*WEBS[:webs], *WORKERS[:workers], SWEEP)
        self._clock = self.directory / "sqs-clock"
        self._turn = threading.Lock()

    def start(self) -> None:
        """Start and prepare everything, with one person."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._set_clock(0)
        self.stack.start()
        prepare(self.stack.env)
        env = self.stack.env
        clients = Clients.of(env)
        self.s3, self.sqs, self.cognito = clients.s3, clients.sqs, clients.cognito
        self.bucket, self.queue_url = env["S3_BUCKET"], env["SQS_QUEUE_URL"]
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.engine: Engine = create_engine(env["MIGRATIONS_DATABASE_URL"], pool_pre_ping=True)
        for role in self._named:
            line = "ticker" if role == SWEEP else role.partition("-")[0]
            tier = Tier(role, line, env, self.directory, self.calls, self.stack.database.port)
            self.tiers[role] = tier
            tier.start()
        for tier in self.tiers.values():
            tier.ready()
        self.portals = [Portal(self.tiers[role].url, self.directory) for role in self._named if role in WEBS]
        self.person: Person = new_person(self.portals[0])
        self.operator: Person = operator(self.portals[0])

    def stop(self) -> None:
        """End every process."""
        self.calls.over.set()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(Tier.stop, self.tiers.values()))
        if hasattr(self, "engine"):
            self.engine.dispose()
        self.stack.stop()

    def at(self, person: Person, number: int) -> Person:
        """The same person, who asks that web tier."""
        return Person(self.portals[number % len(self.portals)], person.username, person.token)

    # What ends, and begins again

    def kill_process(self, call: Call) -> None:
        """The one process that made a call, which is gone then: `mend` must see that."""
        tier = self.tiers[call.role]
        pid = tier.owner(call.port)
        if pid == tier.pid:
            tier.kill()
        elif pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_alive(pid), 20, f"process {pid} is gone")

    def kill_database(self) -> None:
        """MariaDB."""
        self.stack.processes[0].kill_group()

    def kill_cloud(self) -> None:
        """S3, SQS and Cognito at once, with what SQS has not written down yet."""
        self.stack.processes[2].kill_group()

    def kill_everything(self) -> None:
        """All of it."""
        for tier in self.tiers.values():
            tier.kill()
        self.kill_database()
        self.kill_cloud()

    def mend(self) -> None:
        """Start what is not running, the stores first; waits for the stores alone."""
        database, _, cloud = self.stack.processes
        for process, answers in ((database, self.stack.database.answers), (cloud, self.stack.cloud.answers)):
            if process.code is not None:
                process.restart()
                wait_until(answers, 60, f"{process} answers again")
        for tier in self.tiers.values():
            if tier.ended:
                tier.start()

    def whole(self, web: int, *, both: bool = False) -> None:
        """Everything runs, and ready is what a scenario can't do without: its web tier, a worker, the sweep. `both`:
        the other web tier and worker too, as who meets a lock that is held waits there, and takes nothing else."""
        self.mend()
        for tier in self.tiers.values() if both else [self.tiers[WEBS[web % len(self.portals)]]]:
            tier.ready()
        self.can_heal()

    def can_heal(self) -> None:
        """Wait until there is a worker, and the sweep."""
        workers = [self.tiers[role] for role in self._named if role in WORKERS]
        wait_until(lambda: any(worker.works() for worker in workers), START_SECONDS, "a worker works")
        self.tiers[SWEEP].ready()

    def told(self) -> str:
        """For whoever asks why a scenario could not be played: what waits, and what does not work."""
        idle = [role for role, tier in self.tiers.items() if tier.ended or not tier.works()] or "nothing"
        try:
            waiting, in_flight = self.depth()
        except (BotoCoreError, ClientError) as error:
            return f"{idle} does not work; of the queue is known {error}"
        return f"{idle} does not work; {waiting} wait, {in_flight} are in flight"

    # Time, the sweep and the queue

    def let_pass(self, seconds: int) -> None:
        """It is later for the records, for what the sweep sees in S3, and for SQS: last, as a message that comes then
        may be where a scenario kills the database."""
        with self.engine.execution_options(isolation_level="READ COMMITTED").begin() as c:
            if free := list(c.execute(_FREE).scalars()):
                c.execute(_OLDER, {"s": seconds, "ids": free})
        self.tiers[SWEEP].aws.ahead += timedelta(seconds=seconds)
        with self._turn:  # two may be at one scenario
            self._set_clock(float(self._clock.read_text()) + seconds)

    def _set_clock(self, ahead_seconds: float) -> None:
        """At once as a whole: SQS reads it at any moment."""
        draft = self._clock.with_suffix(".new")
        draft.write_text(str(ahead_seconds))
        draft.replace(self._clock)

    @property
    def ahead(self) -> timedelta:
        """How much older than it is the sweep sees what is staged."""
        return self.tiers[SWEEP].aws.ahead

    def now(self) -> None:
        """What is staged from now on has its own age."""
        self.tiers[SWEEP].aws.ahead = timedelta()

    def sweep(self) -> dict[str, Any]:
        """One sweep, and what it says; {} when a part of the world was away."""
        try:
            answer = requests.post(
                f"{self.tiers[SWEEP].url}/tick/sweep", headers=_TICK, timeout=SWEEP_SECONDS
            )
            body = answer.json()
        except (requests.RequestException, ValueError):
            return {}
        # 503 is also for who sees no worker on its own machine; it has swept all the same.
        swept: dict[str, Any] = body.get("sweep", {})
        return swept

    def depth(self) -> tuple[int, int]:
        """Messages that wait, or are kept back; and those that are in flight."""
        names = ["", "NotVisible", "Delayed"]
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.queue_url,
            AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names],  # type: ignore[misc]  # literals
        )
        counts = {name: int(count) for name, count in answer["Attributes"].items()}
        in_flight = counts["ApproximateNumberOfMessagesNotVisible"]
        return sum(counts.values()) - in_flight, in_flight

    def still(self) -> None:
        """Wait until no tier changes anything: nothing tells of who works on a message that others have deleted."""

        def still() -> bool:
            mark = self.calls.mark()
            time.sleep(STILL_SECONDS)
            return not any(call.changes and call.service != "cognito" for call in self.calls.since(mark))

        wait_until(still, 30, "nothing is changed any more")

    def dead_letters(self) -> int:
        """Messages that SQS has given up."""
        answer = self.sqs.get_queue_attributes(
            QueueUrl=self.stack.env["SQS_DLQ_URL"], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def quiet(self, seconds: float) -> bool:
        """Wait until the queue is empty; whether it came to that."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.depth() == (0, 0):
                return True
            time.sleep(0.05)
        return False

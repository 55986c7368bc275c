"""A portal in memory whose people, workers, sweeps and operators are actors on one stage, and what it has promised.

The domain's own functions run as they are. Replaced are S3, SQS, MySQL and the clock (by the fakes that the contract
tests hold against the real ones), and the imaging child, which a process asks once for each of the few files.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import UUID

from deploy.replay import replay
from shared.adapters.memory.database import Tables
from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.editing import Changes
from shared.domain.manifest import Manifest
from shared.domain.moderation import Decision, Moderator, Reason, Seen, Verb
from shared.domain.operator_acts import Operator, Way
from shared.domain.operator_acts import Verb as OperatorVerb
from shared.domain.quota import UNLIMITED
from shared.domain.refusals import Refusal, Rejected
from shared.domain.reingest import Which
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER, UNDO_FOR
from shared.domain.uploads import Attempt, State
from shared.operating import acting, held, reingest
from shared.ports.editing import Edited
from shared.ports.erasing import Erasure
from shared.ports.moderation import Done
from shared.ports.object_store import StoreUnavailable
from shared.ports.sessions import Viewer
from shared.ports.taking_back import Restored, TakenBack
from shared.ports.unavailable import CatalogueUnavailable, Unavailable
from shared.ports.work_queue import QueueUnavailable
from shared.taken_back import mark_key
from tests.support_memory import World
from tests.support_tripwire import Cut, Fuse
from tests.unit.imaging.samples import encoded, picture
from tests.unit.model.bucket_client import SINCE, BucketClient
from tests.unit.model.stage import Actor, Fault, Wire
from web.http.problems import Problem
from web.taking_back.second_thoughts import SecondThoughts
from web.upload.accept import Intake
from web.upload.idempotency import claim
from web.upload.quota import Rooms
from web.upload.receive import FileStream, Refused
from web.upload.shelf import Shelf
from worker.erase import StillThere
from worker.imaging import DEFAULT_LIMITS, ChildLost, Limits, Processed, process
from worker.message import handle
from worker.pipeline import StagedBytesWrong
from worker.sweep.heal import heal
from worker.taken_back import take_back_again

START = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
PEOPLE = [Viewer(UUID(int=1), "ann"), Viewer(UUID(int=2), "ben")]
MODERATOR = Moderator(UUID(int=3), "mod")
OPERATOR = Operator("op", Way.PAGE)
ATTEMPT_SECONDS, REQUEST_SECONDS, SWEEP_SECONDS = 45, 300, 600  # the longest that each may last
FORGIVEN = (Unavailable, Problem, ChildLost, StagedBytesWrong, StillThere)
BOAT, TREE = encoded(picture(), "jpeg"), encoded(picture().rotate(90), "png")
BROKEN = BOAT[: len(BOAT) // 2]
POISON = encoded(picture(40, 40), "gif")  # each attempt at it ends with its child
CAPTION, LICENCE = "A red #boat", "cc0"
FILES = {"boat": BOAT, "tree": TREE, "boat again": BOAT, "broken": BROKEN, "poison": POISON}
REFUSED_AT_ONCE = {"store_unavailable", Refusal.IDEMPOTENCY_KEY_REUSED}
_AWAY = {"store": StoreUnavailable, "queue": QueueUnavailable, "dead_letters": QueueUnavailable}
_NO_PORTS = {
    "settings",
    "media",
    "receipts",
    "accounts",
    "sessions",
    "own_account",
    "second_step",
    "account_removal",
}


@cache
def _verdict(data: bytes) -> Processed | Rejected:
    try:
        return process(data)
    except Rejected as rejected:
        return rejected


@dataclass
class Promise:
    """One accepted upload: what its owner, operators and moderators have been promised of it by now.

    `gone`: it was taken back, and that was not undone; `for_good`: nobody can undo that any more.
    """

    owner: UUID
    file: bytes
    caption: str
    gone: bool = False
    for_good: bool = False


def _upload_of(given: Any) -> UUID:
    """Of a call's first argument: the upload's id, or what has it."""
    if isinstance(given, UUID):
        return given
    return given.upload_id if isinstance(given, Manifest) else given.id


class Portal:
    """Begin actors, let them go on or kill them; `promises` has what must hold whatever is done."""

    def __init__(self) -> None:
        self.world = World(QUOTA_IMAGES="3")  # so that some are refused when all of them is in its place
        self.world.clock.advance(START - self.world.clock())
        self.actors: list[Actor] = []
        self.promises: dict[UUID, Promise] = {}
        self.snapshots: list[tuple[Tables, dict[UUID, Promise]]] = []
        self.restored = False
        self._numbers = count(1)
        self._edits = count(1)
        self._recipe = 0
        self.web = self._wired(self.world.web)
        self.worker = self._wired(self.world.worker)

    def _wired(self, parts: Any) -> Any:
        ports = (part.name for part in fields(parts) if part.name not in _NO_PORTS)
        return replace(
            parts,
            **{
                name: Wire(getattr(parts, name), _AWAY.get(name, CatalogueUnavailable), self._heard)
                for name in ports
            },
        )

    def new_id(self) -> UUID:
        """Instead of a random one, so that a history is the same each time."""
        return UUID(int=next(self._numbers) << 80 | 0x7 << 76 | 0b10 << 62)

    @property
    def seconds(self) -> float:
        """What the clock shows, from the start."""
        return (self.world.clock() - START).total_seconds()

    @property
    def uploads(self) -> list[UUID]:
        """What was accepted, in that order."""
        return list(self.promises)

    # What was promised: heard at the calls that promise it, whether or not their answers arrived.

    def _heard(self, name: str, args: tuple[Any, ...], answer: Any) -> None:
        match answer:
            case bytes() if name == "put_new" and args[0].endswith("/manifest"):
                manifest = Manifest.from_json(answer)
                file = self.world.store.get(manifest.staged_key) or b""
                self.promises.setdefault(manifest.upload_id, Promise(manifest.owner, file, manifest.caption))
            case Edited():
                self.promises[args[0]].caption = answer.image.caption
            case TakenBack() | State.TAKEN_BACK:
                self.promises[_upload_of(args[0])].gone = True
            case Restored.THERE | Restored.QUEUED:
                self.promises[args[0]].gone = False
            case Erasure():
                self._gone_for_good(answer.upload_id)
            case Done() if answer.act.verb is Verb.REMOVE:
                self._gone_for_good(answer.act.image_id)
            case True if name == "taken_back_before":
                self._gone_for_good(args[0])
            case _ if name == "take_back_staged":
                self._gone_for_good(args[0].upload_id)
            case int() if name == "take_back":
                self._all_gone_for_good(args[0])

    def _gone_for_good(self, upload_id: UUID) -> None:
        self.promises[upload_id].gone = self.promises[upload_id].for_good = True

    def _all_gone_for_good(self, owner: UUID) -> None:
        """Those that have a record; the others follow."""
        rows = self.world.database.read().uploads.values()
        for upload_id in (row.upload.id for row in rows if row.upload.owner == owner):
            self._gone_for_good(upload_id)

    def imaging(self, data: bytes, limits: Limits = DEFAULT_LIMITS) -> Processed:
        """Instead of `worker.imaging.process`: one of the FILES is asked once. What is made anew looks otherwise."""
        if data == POISON:
            raise ChildLost("the child has gone")
        verdict = _verdict(data)
        if isinstance(verdict, Rejected):
            raise Rejected(verdict.code, verdict.message)
        anew = replace(verdict.thumbnail, data=verdict.thumbnail.data + bytes(self._recipe))
        return replace(verdict, thumbnail=anew)

    # Who acts.

    def begin(self, name: str, lasts: float, run: Callable[[], Any]) -> Actor:
        """A new actor, before its first call."""
        actor = Actor(name, self.seconds + lasts, run, FORGIVEN)
        self.actors.append(actor)
        return actor

    def accept(self, who: int = 0, file: str = "boat", key: str | None = None) -> Actor:
        """A request with one file; repeated with the same key it stands for the same upload."""
        viewer = PEOPLE[who]

        def run() -> Manifest | None:
            intake = Intake(
                self.web.store,
                self.web.queue,
                viewer,
                rooms=Rooms(self.web.usages, UNLIMITED),
                shelf=Shelf(self.web.albums),
                max_upload_bytes=2**20,
                idempotency_key=key,
            )
            stream = FileStream(
                intake._staging, "boat.jpg", 2**20, lambda: claim(self.web.store, viewer.owner, key)
            )
            stream.write(FILES[file])
            stream.seek(0)
            assert stream.outcome is not None
            answer = intake.accept(stream.outcome, CAPTION, LICENCE)
            if isinstance(answer, Refused):
                assert answer.problem.code in REFUSED_AT_ONCE, answer.problem
                return None
            return answer

        return self.begin("accept", REQUEST_SECONDS, run)

    def deliver(self, place: int = 0) -> Actor | None:
        """A worker with the message at this place; None when none is visible."""
        delivery = self.world.queue.receive(place)
        if delivery is None:
            return None

        def run() -> str:
            attempt = Attempt(delivery.receive_count, "w", self.world.clock())
            state = handle(delivery.owner, delivery.upload_id, attempt, self.worker, Limits())
            self.worker.queue.delete(delivery)
            return state

        return self.begin("attempt", ATTEMPT_SECONDS, run)

    def sweep(self) -> Actor:
        """One tick."""
        return self.begin("sweep", SWEEP_SECONDS, lambda: heal(self.worker))

    def take_back(self, upload_id: UUID) -> Actor:
        """Its owner's click."""
        return self._owner(upload_id, lambda mind: mind.take_back(upload_id))

    def undo(self, upload_id: UUID) -> Actor:
        """Its owner's second click."""
        return self._owner(upload_id, lambda mind: mind.restore(upload_id))

    def _owner(self, upload_id: UUID, act: Callable[[SecondThoughts], Any]) -> Actor:
        viewer = next(one for one in PEOPLE if one.owner == self.promises[upload_id].owner)
        return self.begin("owner", REQUEST_SECONDS, lambda: act(SecondThoughts(self.web, viewer)))

    def edit(self, upload_id: UUID) -> Actor:
        """Other words, each time others."""
        changes = Changes(caption=f"A #blue boat, {next(self._edits)}")
        owner = self.promises[upload_id].owner
        return self.begin(
            "edit", REQUEST_SECONDS, lambda: self.web.editing.edit(upload_id, owner, None, changes)
        )

    def retry(self, upload_id: UUID) -> Actor:
        """Its owner has what failed tried once more, as web/mending does it."""
        owner = self.promises[upload_id].owner

        def run() -> None:
            if self.web.mending.retry(upload_id, owner).name == "QUEUED":
                self.web.queue.send(owner, upload_id)

        return self.begin("retry", REQUEST_SECONDS, run)

    def operate(self, upload_id: UUID, verb: OperatorVerb = OperatorVerb.REDRIVE) -> Actor:
        """An operator's act on what failed."""
        return self.begin(
            verb,
            REQUEST_SECONDS,
            lambda: acting.act_on(self.web, OPERATOR, verb, [upload_id], str(upload_id)),
        )

    def moderate(self, upload_id: UUID, verb: Verb = Verb.REMOVE) -> Actor:
        """A moderator's act, on what they see at this moment; of what is held, the answer to it."""

        def run() -> Any:
            if verb is Verb.RELEASE:
                upload = self.web.uploads.find(upload_id)
                return upload and held.release(self.web.held, self.web.queue.send, upload, MODERATOR)
            if verb is Verb.REFUSE:
                return held.refuse(self.web.held, upload_id, MODERATOR, "No.")
            acts = sum(act.image_id == upload_id for act in self.world.database.read().acts.values())
            decision = Decision(
                MODERATOR.id, MODERATOR.username, upload_id, verb, Reason.OTHER, "", Seen(acts, 0)
            )
            return self.web.moderation.act(decision)

        return self.begin(verb, REQUEST_SECONDS, run)

    def remake(self) -> Actor:
        """An operator has all renditions made anew."""
        run_id = self.new_id()
        self._recipe += 1
        return self.begin(
            "remake", REQUEST_SECONDS, lambda: reingest.start(self.web, OPERATOR, Which(), run_id)
        )

    def close(self, who: int) -> Actor:
        """A person deletes their account: the commit point; the sweep does the rest."""
        viewer = PEOPLE[who]
        return self.begin(
            "close", REQUEST_SECONDS, lambda: self.web.closing.begin(viewer.owner, viewer.username)
        )

    def bring_about(self, state: str) -> None:
        """One more upload, or two, the newest of which is in this state; with a request's key it is one for all."""
        match state:
            case "on its way in":  # its bytes are there
                self.go(self.accept(file="tree"), 3)
            case "waiting":
                self.go(self.accept(file="tree"))
            case "worn out":  # one more receive, and it is a dead letter
                self.go(self.accept(file="tree"))
                for _ in range(MAX_RECEIVE_COUNT - 1):
                    if (attempt := self.deliver()) is not None:
                        self.go(attempt, 3)
                    self.advance(VISIBILITY_TIMEOUT_SECONDS + 1)
            case "published":
                self._worked_on("tree")
            case "rejected":
                self._worked_on("broken")
            case "failed":
                self._worked_on("poison")
                for _ in range(MAX_RECEIVE_COUNT):
                    self.advance(VISIBILITY_TIMEOUT_SECONDS + 1)
                    self._work()
            case "held":
                self._worked_on("boat")
                self.go(self.moderate(self.uploads[-1]))
                self._worked_on("boat again", who=1)
            case "taken back" | "to be erased" | "erased":
                self._worked_on("boat", key="k")  # a request may come late
                if state == "erased":
                    self.back_up()
                self.go(self.take_back(self.uploads[-1]))
                if state != "taken back":
                    self.advance((UNDO_FOR + ATTEMPTS_OVER_AFTER).total_seconds())
                if state == "erased":
                    self._work()
            case "taken back unseen":  # by any worker
                self.go(self.accept(file="tree"))
                self.go(self.take_back(self.uploads[-1]))

    def _worked_on(self, file: str, who: int = 0, key: str | None = None) -> None:
        self.go(self.accept(who, file, key))
        self._work()

    def _work(self) -> None:
        while (attempt := self.deliver()) is not None:  # one that has not begun is false
            self.go(attempt)

    # What happens to all of them.

    def advance(self, seconds: float) -> None:
        """Time goes by; who would last too long is killed."""
        self.world.clock.advance(timedelta(seconds=seconds))
        for actor in [one for one in self.actors if one.over_at <= self.seconds]:
            self.kill(actor)
        self.actors = [one for one in self.actors if not one.dead]

    def kill(self, actor: Actor) -> None:
        """Where it stands."""
        actor.kill()
        if actor in self.actors:
            self.actors.remove(actor)

    def kill_all(self) -> None:
        """Everything at once."""
        for actor in list(self.actors):
            self.kill(actor)

    def go(self, actor: Actor, calls: int | None = None, fault: Fault = Fault.NONE) -> Actor:
        """Let one go on."""
        if actor.go(calls, fault) and actor in self.actors:
            self.actors.remove(actor)
        return actor

    # Backup and restore.

    def back_up(self) -> None:
        """Remember the database as it is."""
        promises = {upload_id: replace(promise) for upload_id, promise in self.promises.items()}
        self.snapshots.append((self.world.database.read(), promises))

    def restore(self, number: int, cut_at: int = 0) -> None:
        """Everything is stopped, an older database put in place of this one, and done what docs/deploy.md says; cut off
        at its call `cut_at` and done once more. What only the newer database knew is lost with it."""
        self.kill_all()
        self.restored = True
        tables, then = self.snapshots[number % len(self.snapshots)]
        self.world.database._tables = tables
        for upload_id, promise in self.promises.items():
            known, image = then.get(upload_id), tables.images.get(upload_id)
            promise.caption = image.caption if image else CAPTION
            marked = self.world.store.get(mark_key(promise.owner, upload_id)) is not None
            promise.for_good = marked or bool(known and known.for_good)
            promise.gone = promise.for_good or bool(known and known.gone)
        for fuse in (Fuse(cut_at, after=False), Fuse(0, after=False)):
            try:
                take_back_again(fuse.wire_all(self.world.worker))
                replay(BucketClient(self.world.store, fuse), "bucket", SINCE)
            except Cut:
                continue

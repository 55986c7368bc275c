"""What the portal does with an image, each as a case: made ready, done by somebody, and done to its end by them if they
heard no answer."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

import requests

from local.drive.people import Person, log_in, new_person, operator
from local.drive.waiting import wait_until
from shared.adapters.mysql import FOR_WORK, Database
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.domain.delivery import MAX_RECEIVE_COUNT
from shared.domain.manifest import Manifest
from shared.domain.uploads import Attempt
from tests.crash.calls import Call, Fate, Trouble
from tests.crash.stage import Stage
from tests.crash.truth import Promise, Truth

ANSWER_SECONDS, LOGGED_IN_FOR_SECONDS = 40.0, 900.0
LONG_AGO = 120
OK, ACCEPTED, NO_CONTENT = 200, 202, 204
_numbers = count(1)


@dataclass
class Case:
    """`act` is what somebody asks of the web tier of a number; it says whether they heard that it is done, and until
    they do they ask again. `once`: they don't."""

    promises: list[Promise]
    act: Callable[[int], bool]
    once: bool = False

    def finish(self, first: int = 0) -> None:
        """Ask one web tier and the other, from that number on, until somebody hears that it is done."""
        tries = count(first)
        wait_until(lambda: self.act(next(tries)), ANSWER_SECONDS, "somebody hears an answer")


@dataclass
class Actors:
    """People at a stage."""

    stage: Stage
    truth: Truth
    people: dict[str, Person] = field(default_factory=dict)
    """By their ids, as the keys in staging have them."""
    web: int = 0
    """Which web tier is ready, and is asked when a scenario is prepared."""
    _since: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.owner = self.join(self.stage.person)

    def begin_anew(self) -> None:
        """As somebody of whom nothing is left."""
        self.owner = self.join(new_person(self.stage.portals[0]))

    def join(self, person: Person) -> str:
        """Somebody's id, from whom promises may be taken now."""
        pool = self.stage.stack.env["COGNITO_USER_POOL_ID"]
        user = self.stage.cognito.admin_get_user(UserPoolId=pool, Username=person.username)
        owner = next(a["Value"] for a in user["UserAttributes"] if a["Name"] == "sub")
        self.people[owner], self._since[owner] = person, time.monotonic()
        return owner

    def log_in_again(self, *owners: str) -> None:
        """Give those, or everybody, and the operator a new token before the old one is used up. Whoever can't log in
        now does so the next time."""
        for owner in owners or self.people:
            person = self.people[owner]
            self._renew(owner, person, lambda person=person: log_in(person.portal, person.username))  # type: ignore[misc]
        self._renew("", self.stage.operator, lambda: operator(self.stage.portals[0]))

    def _renew(self, name: str, person: Person, again: Callable[[], Person]) -> None:
        if time.monotonic() - self._since.get(name, self._began) > LOGGED_IN_FOR_SECONDS:
            with suppress(AssertionError, OSError):
                person.token = again().token
                self._since[name] = time.monotonic()

    def promise(self, owner: str = "") -> Promise:
        """Of a file that nobody has sent yet."""
        number = next(_numbers)
        return Promise(f"crash{number:06}", owner or self.owner, number, caption=f"caption{number:06}")

    def post(self, promise: Promise, number: int) -> bool:
        """Send the file to a web tier; whether it was answered 202."""
        person = self.stage.at(self.people[promise.owner], number)
        with suppress(requests.RequestException):
            name = f"{promise.word}.jpg"
            answer = person.post_image(promise.photo, name, key=promise.word, caption=promise.caption)
            if answer.status_code == ACCEPTED:
                promise.ids.add(answer.json()["id"])
                return True
        return False

    def published(self) -> Promise:
        """Of an image that is there, and has been for some time."""
        promise = self.promise()
        assert self.post(promise, self.web)
        wait_until(lambda: self.truth.at_rest([promise]), ANSWER_SECONDS, f"{promise.word} is published")
        self.stage.let_pass(LONG_AGO)
        self.stage.now()
        return promise

    def unsent(self) -> Promise:
        """Of an upload that was accepted while SQS was away."""
        promise = self.promise()
        with self.stage.calls.trouble(Trouble(lambda c: c.name == "SendMessage", Fate.CUT)):
            assert self.post(promise, self.web)
        return promise

    def ask(self, method: str, path: str, number: int, *, by: Person | None = None, **how: Any) -> int:
        """The status of a request; 0 when no answer was heard."""
        answer = self._heard(method, path, number, by or self.people[self.owner], **how)
        return answer.status_code if answer is not None else 0

    def redrive(self, number: int, what: dict[str, Any]) -> bool:
        """As an operator; whether none of it was told to be failed still, so that nobody has to ask again."""
        path = "/dead-letters/redrive"
        answer = self._heard("POST", path, number, self.stage.operator, json=what)
        return answer is not None and answer.status_code == OK and answer.json()["failed"] == 0

    def _heard(self, method: str, path: str, number: int, by: Person, **how: Any) -> requests.Response | None:
        person = self.stage.at(by, number)
        headers = person.headers | how.pop("headers", {})
        with suppress(requests.RequestException):
            return requests.request(
                method, f"{person.portal.url}/api/v1{path}", headers=headers, timeout=30, **how
            )
        return None


def accept(actors: Actors) -> Case:
    """A file is sent, with an Idempotency-Key as the portal's own page does it."""
    promise = actors.promise()
    return Case([promise], lambda number: actors.post(promise, number))


def ingest(actors: Actors) -> Case:
    """A worker publishes it."""
    return accept(actors)


def edit(actors: Actors) -> Case:
    """Its owner gives it another caption and licence."""
    promise = actors.published()
    [upload] = promise.ids
    promise.before, promise.caption = promise.caption, promise.caption.replace("caption", "edited")
    wanted, seen = {"caption": promise.caption, "licence": "cc0"}, {"If-Match": '"1"'}

    def act(number: int) -> bool:
        # 412: it is another version by now, which has to be theirs.
        return actors.ask("PATCH", f"/images/{upload}", number, headers=seen, json=wanted) in (200, 412)

    return Case([promise], act)


def take_back(actors: Actors) -> Case:
    """Its owner wants it gone."""
    promise = actors.published()
    [upload] = promise.ids
    promise.gone = True
    return Case([promise], lambda number: actors.ask("DELETE", f"/images/{upload}", number) == NO_CONTENT)


def erase(actors: Actors) -> Case:
    """A worker erases what was taken back."""
    case = take_back(actors)
    case.finish()

    def act(_: int) -> bool:
        actors.stage.let_pass(20)
        return True

    return Case(case.promises, act, once=True)


def redrive(actors: Actors) -> Case:
    """An operator sends what has failed again."""
    promise = actors.unsent()
    [upload] = promise.ids
    _fail(actors, upload)
    return Case([promise], lambda number: actors.redrive(number, {"ids": [upload]}))


def sweep(actors: Actors) -> Case:
    """The sweep sends a lost message again, clears what is finished, removes what nobody finished sending, and has a
    take-back erased whose message was lost."""
    finished, taken, lost = actors.published(), actors.published(), actors.unsent()
    [done], [gone] = finished.ids, taken.ids
    folder = f"staging/{finished.owner}"
    stage = actors.stage
    for key, version, tag, _ in actors.truth.versions(f"{folder}/{done}/"):
        if tag:
            source: Any = {"Bucket": stage.bucket, "Key": key, "VersionId": version}
            stage.s3.copy_object(Bucket=stage.bucket, Key=key, CopySource=source)
    stage.s3.put_object(Bucket=stage.bucket, Key=f"{folder}/{uuid.uuid4()}/bytes-00000000", Body=b"half")
    taken.gone = True
    with stage.calls.trouble(Trouble(lambda c: c.name == "SendMessage", Fate.CUT)):
        assert actors.ask("DELETE", f"/images/{gone}", actors.web) == NO_CONTENT
    stage.let_pass(2 * 3600)
    return Case([finished, taken, lost], lambda _: bool(stage.sweep()), once=True)


def _fail(actors: Actors, upload: str) -> None:
    """Record what five attempts that failed leave."""
    stage = actors.stage
    key = f"staging/{actors.owner}/{upload}/manifest"
    manifest = Manifest.from_json(stage.s3.get_object(Bucket=stage.bucket, Key=key)["Body"].read())
    database = Database(stage.stack.env["MIGRATIONS_DATABASE_URL"], FOR_WORK, pool_size=1, counted=False)
    log, last = MySqlIngestLog(database), Attempt(MAX_RECEIVE_COUNT, "w", datetime.now(UTC))
    log.begin(manifest, last)
    log.fail(UUID(upload), last, "StoreUnavailable: for a test")
    database.close()


@dataclass(frozen=True)
class Verb:
    """A kind of case, and the first part of the roles whose calls are its steps."""

    name: str
    case: Callable[[Actors], Case]
    role: str

    def is_step(self, call: Call) -> bool:
        """Whether a call may be one of its steps, and not of what a tier does beside."""
        return call.role.startswith(self.role) and call.service != "cognito"


VERBS = (
    Verb("accept", accept, "web"),
    Verb("ingest", ingest, "worker"),
    Verb("edit", edit, "web"),
    Verb("take back", take_back, "web"),
    Verb("erase", erase, "worker"),
    Verb("redrive", redrive, "web"),
    Verb("sweep", sweep, "sweep"),
)

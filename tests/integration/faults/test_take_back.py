"""What its owner takes back is gone at once and erased soon, on the real stores, whatever fails or runs beside it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import boto3
import pytest
import requests
from flask import Flask
from sqlalchemy import create_engine, text

from shared.adapters.mysql import FOR_PEOPLE, FOR_WORK, Database
from shared.adapters.mysql_erasing import MySqlErasing
from shared.adapters.mysql_ingest_log import MySqlIngestLog
from shared.adapters.mysql_taking_back import MySqlTakingBack
from shared.adapters.s3 import S3ObjectStore, s3_client
from shared.config import WorkerSettings, load
from shared.domain.formats import JPEG
from shared.domain.keys import KINDS, final_key
from shared.domain.uploads import Attempt, State
from shared.parts import WebParts
from shared.ports.object_store import StoreUnavailable
from shared.ports.taking_back import Restored
from shared.ports.unavailable import CatalogueUnavailable
from shared.taken_back import mark_key
from tests.integration.conftest import Person, jpeg
from tests.integration.faults.test_end_states import stalled_after_its_first_statement
from tests.integration.faults.test_s3_faults import CASES
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.s3_faults import Fault, S3Faults
from tests.integration.support.staged import staged_manifest
from tests.integration.support.times import Times
from tests.support_app import app_over
from tests.support_slice import a_part
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.imaging import Limits
from worker.message import handle

LATER = timedelta(minutes=5)


@pytest.fixture
def environ(versioned: dict[str, str]) -> dict[str, str]:
    """With a bucket of its own that keeps versions."""
    return versioned


@pytest.fixture
def database(environ: dict[str, str]) -> Iterator[Database]:
    """Connections of their own for the transaction that stalls."""
    own = Database(load(WorkerSettings, environ).database_url.get_secret_value(), FOR_WORK, pool_size=1)
    yield own
    own.close()


def owner_of(parts: WebParts, person: Person) -> UUID:
    return parts.sessions.verify(person.token).owner


def shared(person: Person, hands: HandWorker, later: Times, seed: int = 0) -> UUID:
    """A published image that no attempt works on any more."""
    upload_id = UUID(person.post_image(jpeg(200, 150, seed), caption="A red boat").json["id"])
    hands.messages()  # with those that other take-backs had kept back
    manifest = staged_manifest(hands.parts.store, upload_id)
    assert hands.ingest(manifest.owner, upload_id) == "published"
    later(LATER)
    return upload_id


def half_way(person: Person, hands: HandWorker) -> UUID:
    """An upload whose attempt was cut off when it had put its objects."""
    upload_id = UUID(person.post_image(jpeg(64, 48)).json["id"])
    hands.messages()
    manifest = staged_manifest(hands.parts.store, upload_id)
    hands.parts.attempts.begin(manifest, Attempt(1, "cut", datetime.now(UTC)))
    for kind in KINDS:
        hands.parts.store.put(final_key(kind, manifest, JPEG), b"pixels", JPEG.media_type)
    return upload_id


def delete(person: Person, upload_id: UUID) -> int:
    return person.client.delete(f"/api/v1/images/{upload_id}", headers=person.headers).status_code


def traces(hands: HandWorker, stack: Any, upload_id: UUID) -> dict[str, int]:
    """What is left of an upload anywhere, its mark and its tombstone aside."""
    engine = create_engine(stack.env["DATABASE_URL"])
    with engine.connect() as c:
        tables = {
            table: c.execute(
                text(f"SELECT COUNT(*) FROM {table} WHERE {column} = :id"), {"id": upload_id.bytes}
            )
            for table, column in (("images", "id"), ("image_terms", "image_id"))
        }
        found = {table: int(count.scalar_one()) for table, count in tables.items()}
    engine.dispose()
    versions = [v.key for v in hands.parts.store.versions("") if str(upload_id) in v.key]
    return {name: n for name, n in found.items() if n} | {
        key: versions.count(key) for key in versions if not key.startswith("taken-back/")
    }


def must_be_erased(hands: HandWorker, stack: Any, upload_id: UUID, what: str = "") -> None:
    upload = hands.parts.uploads.find(upload_id)
    assert upload is not None
    assert (upload.status, upload.filename, upload.username) == (State.ERASED, "", ""), what
    assert traces(hands, stack, upload_id) == {}, what
    marks = [v.key for v in hands.parts.store.versions(mark_key(upload.owner, upload_id))]
    assert len(marks) == 1, what


def test_every_address_of_an_erased_image_answers_that_it_is_gone(
    person: Person,
    sign_in: Callable[[], Person],
    hands: HandWorker,
    later: Times,
    stack: Any,
    app: Flask,
    parts: WebParts,
) -> None:
    upload_id, other = shared(person, hands, later), sign_in()
    image: Any = person.get(f"/images/{upload_id}")
    addresses = [image[f"{kind}_url"] for kind in ("thumbnail", "preview", "original")]
    assert [requests.get(address, timeout=5).status_code for address in addresses] == [200] * 3

    assert delete(person, upload_id) == 204

    for who in (person, other):
        for path in (f"/api/v1/images/{upload_id}", f"/image/{upload_id}"):
            assert who.client.get(path, headers=who.headers).status_code == 410, path
        assert who.get("/images", user=person.username)["items"] == []
        assert who.get(f"/users/{person.username}")["images"] == 0
    later(LATER)
    assert hands.ingest(owner_of(parts, person), upload_id) == "erased"
    assert [requests.get(address, timeout=5).status_code for address in addresses] == [404] * 3
    assert person.client.get(f"/image/{upload_id}", headers=person.headers).status_code == 410
    must_be_erased(hands, stack, upload_id)
    told: Any = person.get(f"/uploads/{upload_id}")
    assert told["events"][-1]["result"] == "5 objects, 7 versions; looked again: none"
    assert told["erased_at"] > told["accepted_at"]
    assert "taken_back_at" in told
    assert other.client.get(f"/api/v1/uploads/{upload_id}", headers=other.headers).status_code == 404
    login = {"username": stack.env["OPERATOR_USERNAME"], "password": stack.env["OPERATOR_PASSWORD"]}
    token = parts.sessions.log_in(**login).access
    operators_page = app.test_client().get("/ops", headers={"Authorization": f"Bearer {token}"})
    assert "Erased image" in operators_page.text


def test_the_message_comes_by_itself_once_the_undo_time_is_over(
    person: Person, hands: HandWorker, later: Times
) -> None:
    upload_id = shared(person, hands, later)
    assert delete(person, upload_id) == 204
    assert hands.messages() == []
    assert hands.parts.queue.depth().delayed == 1


def test_a_take_back_that_is_cut_off_anywhere_is_whole_or_has_not_been(
    person: Person, hands: HandWorker, later: Times, stack: Any, parts: WebParts
) -> None:
    for at, after in ((1, False), (1, True), (2, False), (2, True)):
        upload_id = shared(person, hands, later, at)
        fuse = Fuse(at, after=after)
        wired: Any = replace(parts, taking_back=fuse.wire(parts.taking_back), queue=fuse.wire(parts.queue))
        client = app_over(wired).test_client()
        with pytest.raises(Cut):
            client.delete(f"/api/v1/images/{upload_id}", headers=person.headers)
        seen = person.client.get(f"/api/v1/images/{upload_id}", headers=person.headers).status_code
        assert seen == (200 if (at, after) == (1, False) else 410)
        assert delete(person, upload_id) == 204
        later(LATER)
        assert hands.ingest(owner_of(parts, person), upload_id) == "erased"
        must_be_erased(hands, stack, upload_id, f"{at} {after}")


@SIDES
@pytest.mark.parametrize("staged", [False, True], ids=["published", "queued"])
def test_erasing_that_is_cut_off_at_any_call_is_completed_by_the_next(
    person: Person, hands: HandWorker, later: Times, stack: Any, parts: WebParts, staged: bool, after: bool
) -> None:
    owner = owner_of(parts, person)

    def run(fuse: Fuse) -> UUID:
        if staged:
            upload_id = UUID(person.post_image(jpeg(200, 150)).json["id"])
            hands.messages()
        else:
            upload_id = shared(person, hands, later)
        assert delete(person, upload_id) == 204
        later(LATER)
        attempt = Attempt(1, "cut", datetime.now(UTC))
        try:
            handle(owner, upload_id, attempt, fuse.wire_all(hands.parts), Limits())
        except Cut:
            hands.ingest(owner, upload_id, 2)
        return upload_id

    whole = Fuse(0, after=False)
    run(whole)
    assert whole.calls >= 14
    for at in a_part(range(1, whole.calls + 1), staged, 4):
        upload_id = run(Fuse(at, after=after))
        must_be_erased(hands, stack, upload_id, f"cut at call {at} of {whole.calls}")
        assert hands.ingest(owner, upload_id, 3) == "cleared"


@pytest.fixture
def through(faults: S3Faults, hands: HandWorker, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandWorker]:
    """A worker whose requests to S3 go through the proxy."""
    with monkeypatch.context() as patched:
        patched.setenv("AWS_ENDPOINT_URL_S3", faults.url)
        client = s3_client(boto3.Session(), hands.parts.settings.aws_region)
    store = S3ObjectStore(client, hands.parts.settings.s3_bucket)
    yield HandWorker(replace(hands.parts, store=store), hands.queue_url)
    client.close()


@CASES
def test_erased_is_erased_whatever_becomes_of_a_request(
    person: Person,
    parts: WebParts,
    hands: HandWorker,
    through: HandWorker,
    faults: S3Faults,
    later: Times,
    stack: Any,
    fault: Fault,
    persistent: bool,
) -> None:
    """Get the manifest, put the mark, list each prefix, delete, list again: each of them in trouble once."""
    owner = owner_of(parts, person)

    def taken_back() -> UUID:
        upload_id = half_way(person, hands)
        assert delete(person, upload_id) == 204
        later(LATER)
        return upload_id

    waiting = taken_back()
    faults.plan(0, None)
    assert through.ingest(owner, waiting) == "erased"
    total = len(faults.calls)
    assert total >= 14
    for at in a_part(range(1, total + 1), list(Fault).index(fault), 12):
        upload_id = taken_back()
        faults.plan(at, fault, persistent=persistent)
        try:
            through.ingest(owner, upload_id)
        except StoreUnavailable:
            upload = hands.parts.uploads.find(upload_id)
            assert upload is not None
            assert upload.status is State.TAKEN_BACK
            faults.settle()
            assert hands.ingest(owner, upload_id, 2) == "erased"
        faults.settle()
        must_be_erased(hands, stack, upload_id, f"{fault.value}, at {at} of {total}")


def test_a_take_back_waits_for_a_publish_that_is_under_way_and_hides_what_it_wrote(
    person: Person, hands: HandWorker, parts: WebParts, database: Database
) -> None:
    upload_id = UUID(person.post_image(jpeg(200, 150)).json["id"])
    hands.messages()
    manifest = staged_manifest(hands.parts.store, upload_id)
    slow = replace(hands.parts, attempts=MySqlIngestLog(database))
    ended: list[object] = []

    def click() -> None:
        ended.append(parts.taking_back.take_back(upload_id, manifest.owner, manifest))

    slow.attempts.begin(manifest, Attempt(1, "w", datetime.now(UTC)))
    with stalled_after_its_first_statement(database._engine, click):
        HandWorker(slow, hands.queue_url).ingest(manifest.owner, upload_id)
    assert ended
    assert ended[0] is not None
    assert hands.parts.uploads.find_many([upload_id])[upload_id].status is State.TAKEN_BACK
    assert parts.images.find(upload_id) is None


def test_a_publish_that_waits_for_a_take_back_publishes_nothing(
    person: Person, hands: HandWorker, parts: WebParts, database: Database
) -> None:
    upload_id = UUID(person.post_image(jpeg(200, 150)).json["id"])
    hands.messages()
    manifest = staged_manifest(hands.parts.store, upload_id)
    ended: list[str] = []

    def attempt() -> None:
        ended.append(hands.ingest(manifest.owner, upload_id))

    with stalled_after_its_first_statement(database._engine, attempt):
        MySqlTakingBack(database).take_back(upload_id, manifest.owner, manifest)
    assert ended == ["taken_back"]
    assert parts.images.find(upload_id) is None


@pytest.mark.parametrize("first", ["restore", "begin"])
def test_at_the_last_moment_either_the_owner_or_the_worker_wins(
    person: Person,
    hands: HandWorker,
    parts: WebParts,
    later: Times,
    database: Database,
    environ: dict[str, str],
    first: str,
) -> None:
    """The times are such that both may; the one who has the row's lock decides for both."""
    upload_id, owner = shared(person, hands, later), owner_of(parts, person)
    assert delete(person, upload_id) == 204
    with later.engine.begin() as c:
        c.execute(
            text("UPDATE uploads SET erasable_at = UTC_TIMESTAMP(6) WHERE id = :id"), {"id": upload_id.bytes}
        )
    said: dict[str, object] = {}
    attempt = Attempt(1, "w", datetime.now(UTC))
    others = load(WorkerSettings, environ).database_url.get_secret_value()
    rival = Database(others, FOR_WORK, pool_size=1)

    def begin(database: Database) -> None:
        said["begin"] = MySqlErasing(database).begin(upload_id, attempt)

    def restore(database: Database) -> None:
        said["restore"] = MySqlTakingBack(database).restore(upload_id, owner)

    winner, loser = (restore, begin) if first == "restore" else (begin, restore)
    with stalled_after_its_first_statement(database._engine, lambda: loser(rival)):
        winner(database)
    rival.close()

    restored = first == "restore"
    assert said["restore"] is (Restored.THERE if restored else Restored.TOO_LATE)
    assert (said["begin"] is None) is restored
    assert (parts.images.find(upload_id) is not None) is restored


def test_many_clicks_in_two_tabs_are_one_take_back(
    person: Person, hands: HandWorker, parts: WebParts, later: Times
) -> None:
    upload_id, owner = shared(person, hands, later), owner_of(parts, person)
    said: list[object] = []

    def click() -> None:
        said.append(parts.taking_back.take_back(upload_id, owner))

    tabs = [threading.Thread(target=click) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(10)
    assert len([one for one in said if one is not None]) == 8
    assert [e.step for e in parts.uploads.events(upload_id)].count("take back") == 1


def test_without_the_database_a_take_back_is_refused_and_the_image_is_there_as_before(
    person: Person, hands: HandWorker, parts: WebParts, later: Times
) -> None:
    upload_id = shared(person, hands, later)
    nowhere = Database("mysql+pymysql://u:p@127.0.0.1:9/portal?ssl_disabled=true", FOR_PEOPLE)
    away = app_over(replace(parts, taking_back=MySqlTakingBack(nowhere))).test_client()
    answer = away.delete(f"/api/v1/images/{upload_id}", headers=person.headers)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    with pytest.raises(CatalogueUnavailable):
        MySqlTakingBack(nowhere).restore(upload_id, owner_of(parts, person))
    nowhere.close()
    assert person.get(f"/images/{upload_id}")["id"] == str(upload_id)

"""Backup and restore: a copy of everything, and an older database beside a newer bucket."""

import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from sqlalchemy import create_engine, text

from deploy.replay import main, replay
from local.stack import Stack
from shared.bootstrap import web_parts, worker_parts
from shared.config import WebSettings, WorkerSettings, load
from shared.domain.images import ImageQuery
from shared.domain.uploads import Attempt
from shared.migrations.__main__ import prepare
from shared.parts import WebParts
from tests.integration.conftest import PASSWORD, Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.times import Aged
from tests.support_app import app_over
from tests.support_database import pass_time
from tests.support_tripwire import Cut, Fuse
from worker.imaging import Limits
from worker.message import handle
from worker.sweep.sweep import Sweep
from worker.taken_back import take_back_again

Kept = tuple[WebParts, HandWorker, Person]


@pytest.fixture
def kept(versioned: dict[str, str], person: Person) -> Kept:
    """Both tiers on a bucket that keeps versions, and somebody who uploads there."""
    parts = web_parts(load(WebSettings, versioned))
    hands = HandWorker(worker_parts(load(WorkerSettings, versioned)), versioned["SQS_QUEUE_URL"])
    return parts, hands, Person(person.username, person.token, app_over(parts).test_client())


def forget(database_url: str, ids: list[str]) -> None:
    """What an older database does not know."""
    engine = create_engine(database_url)
    with engine.begin() as c:
        for table, column in (
            ("uploads", "id"),
            ("images", "id"),
            ("image_terms", "image_id"),
            ("licence_history", "image_id"),
            ("events", "upload_id"),
        ):
            for known in ids:
                c.execute(text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": uuid.UUID(known).bytes})
    engine.dispose()


def test_what_an_older_database_does_not_know_is_published_again_under_the_same_keys(
    versioned: dict[str, str], stack: Stack, kept: Kept
) -> None:
    parts, hands, person = kept
    restored_to = datetime.now(UTC) - timedelta(seconds=1)
    ids = [person.post_image(jpeg(200, 150, seed), caption=f"Boat {seed}").json["id"] for seed in range(3)]
    assert hands.work() == ["published"] * 3
    before: Any = [person.get(f"/images/{known}") for known in ids]
    objects = [o.key for o in parts.store.list("")]

    twice = boto3.Session().client("s3")
    hidden = twice.list_object_versions(Bucket=versioned["S3_BUCKET"], Prefix="staging/")["DeleteMarkers"]
    for marker in hidden:  # as when a message is delivered a second time
        twice.delete_object(Bucket=versioned["S3_BUCKET"], Key=marker["Key"])
    forget(stack.env["DATABASE_URL"], ids[1:])
    assert person.client.get(f"/api/v1/images/{ids[1]}", headers=person.headers).status_code == 404
    main(["--bucket", versioned["S3_BUCKET"], "--since", restored_to.isoformat(), "--dry-run"])
    assert [o.key for o in parts.store.list("")] == objects, "a dry run changes nothing"
    assert replay(boto3.Session().client("s3"), versioned["S3_BUCKET"], restored_to) == 3

    aged = Aged(hands.parts.store, timedelta(minutes=5))
    report = Sweep(
        aged, hands.parts.queue, hands.parts.uploads, hands.parts.recovery, hands.parts.erasing
    ).run()
    assert (report.requeued, report.cleared) == (2, 1)
    assert hands.work() == ["published"] * 2
    after: Any = [person.get(f"/images/{known}") for known in ids]
    assert after == before
    assert [o.key for o in parts.store.list("")] == objects


def test_a_repeat_after_the_upload_was_finished_changes_no_key(
    versioned: dict[str, str], stack: Stack, kept: Kept
) -> None:
    """A request that repeats its key has its manifest written once more, and it is that one which is replayed."""
    parts, hands, person = kept
    restored_to = datetime.now(UTC) - timedelta(seconds=1)
    photo = jpeg(200, 150)
    known = person.post_image(photo, "before.jpg", key="k", caption="A lake").json["id"]
    assert hands.work() == ["published"]
    before: Any = person.get(f"/images/{known}")
    objects = [o.key for o in parts.store.list("images/")]
    assert person.post_image(photo, "after.jpg", key="k", caption="A hill").json["id"] == known
    assert hands.work() == ["published"], "the worker finds it finished"

    forget(stack.env["DATABASE_URL"], [known])
    assert replay(boto3.Session().client("s3"), versioned["S3_BUCKET"], restored_to) == 1
    assert hands.ingest(parts.sessions.verify(person.token).owner, uuid.UUID(known)) == "published"
    assert person.get(f"/images/{known}") == before
    assert [o.key for o in parts.store.list("images/")] == objects


def make_older(database_url: str, upload_id: str, table_rows: dict[str, list[Any]]) -> None:
    """What an older database says of an image that was taken back since: that it is there."""
    engine = create_engine(database_url)
    with engine.begin() as c:
        c.execute(text("DELETE FROM uploads WHERE id = :id"), {"id": uuid.UUID(upload_id).bytes})
        for table, rows in table_rows.items():
            for row in rows:
                names = [name for name in row._mapping if name != "reference"]  # which is generated
                columns = ", ".join(names)
                values = ", ".join(f":{name}" for name in names)
                c.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), dict(row._mapping))
    engine.dispose()


def rows_of(database_url: str, upload_id: str) -> dict[str, list[Any]]:
    """What a backup keeps of one upload."""
    engine = create_engine(database_url)
    with engine.begin() as c:
        found = {
            table: list(
                c.execute(
                    text(f"SELECT * FROM {table} WHERE {column} = :id"), {"id": uuid.UUID(upload_id).bytes}
                )
            )
            for table, column in (("uploads", "id"), ("images", "id"), ("image_terms", "image_id"))
        }
    engine.dispose()
    return found


def test_what_was_taken_back_since_stays_away(versioned: dict[str, str], stack: Stack, kept: Kept) -> None:
    """One that the older database shows as published, and one that it does not know, while it was being erased."""
    parts, hands, person = kept
    url = stack.env["DATABASE_URL"]
    engine = create_engine(url)
    restored_to = datetime.now(UTC) - timedelta(seconds=1)
    known, unknown, still = (person.post_image(jpeg(200, 150, seed)).json["id"] for seed in range(3))
    assert hands.work() == ["published"] * 3
    backup = rows_of(url, known)
    owner = parts.sessions.verify(person.token).owner
    pass_time(engine, timedelta(minutes=5))
    for gone in (known, unknown):
        assert person.client.delete(f"/api/v1/images/{gone}", headers=person.headers).status_code == 204
    pass_time(engine, timedelta(minutes=5))
    store: Any = hands.parts.store
    cut = replace(hands.parts, store=Fuse(8, after=False).wire(store))
    with pytest.raises(Cut):  # nothing is erased yet when the database is lost
        handle(owner, uuid.UUID(unknown), Attempt(1, "w", datetime.now(UTC)), cut, Limits())
    assert hands.ingest(owner, uuid.UUID(known)) == "erased"

    make_older(url, known, backup)
    forget(url, [unknown, still])
    assert person.client.get(f"/api/v1/images/{known}", headers=person.headers).status_code == 200
    assert take_back_again(hands.parts) == 2
    assert take_back_again(hands.parts) == 0, "it may be run twice"
    assert replay(boto3.Session().client("s3"), versioned["S3_BUCKET"], restored_to) == 1

    pass_time(engine, timedelta(minutes=20))  # on a queue that is not empty: two messages are kept back there
    sweep = Sweep(
        Aged(store, timedelta(minutes=20)),
        hands.parts.queue,
        hands.parts.uploads,
        hands.parts.recovery,
        hands.parts.erasing,
    )
    report = sweep.run()
    assert (report.requeued, report.erasing) == (1, 2)
    assert sorted(hands.work())[-3:] == ["erased", "erased", "published"]
    engine.dispose()
    for gone in (known, unknown):
        assert person.client.get(f"/api/v1/images/{gone}", headers=person.headers).status_code == 410
        versions = [v.key for v in store.versions("") if gone in v.key]
        assert versions == [f"taken-back/{owner}/{gone}"]
    assert person.get(f"/images/{still}")["id"] == still


def test_a_bucket_without_versions_is_refused(environ: dict[str, str], stack: Stack) -> None:
    with pytest.raises(ValueError, match="not versioned"):
        replay(boto3.Session().client("s3"), stack.env["S3_BUCKET"], datetime.now(UTC))


def test_a_copy_of_the_stopped_stack_is_a_working_portal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parts_of(stack: Stack) -> Any:
        for name, value in stack.env.items():
            monkeypatch.setenv(name, value)
        return web_parts(load(WebSettings, stack.env)), worker_parts(load(WorkerSettings, stack.env))

    with Stack(tmp_path / "first") as first:
        prepare(first.env)
        web, worker = parts_of(first)
        web.accounts.sign_up("ann", "ann@example.com", PASSWORD)
        web.accounts.confirm("ann", "123456")
        ann = Person("ann", web.sessions.log_in("ann", PASSWORD).access, app_over(web).test_client())
        ann.post_image(jpeg(200, 150), caption="Boat")
        assert HandWorker(worker, first.env["SQS_QUEUE_URL"]).work() == ["published"]
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    with Stack(tmp_path / "second") as second:
        web, _ = parts_of(second)
        assert web.sessions.log_in("ann", PASSWORD).access
        (image,) = web.images.search(ImageQuery()).items
        assert image.caption == "Boat"
        answer = requests.get(web.media.url(image.original_key), timeout=5)
        assert len(answer.content) == image.size_bytes

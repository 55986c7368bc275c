"""Backup and restore: a copy of everything, and an older database beside a newer bucket."""

import shutil
import uuid
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
from shared.migrations.__main__ import upgrade
from tests.integration.conftest import PASSWORD, Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.times import Aged
from web.app import create_app
from worker.sweep.sweep import Sweep


@pytest.fixture
def versioned(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment with a bucket of its own that keeps versions, as on AWS."""
    bucket = f"versioned-{uuid.uuid4().hex[:12]}"
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("S3_BUCKET", bucket)
    return environ | {"S3_BUCKET": bucket}


def forget(database_url: str, ids: list[str]) -> None:
    """What an older database does not know."""
    engine = create_engine(database_url)
    with engine.begin() as c:
        for table, column in (
            ("uploads", "id"),
            ("images", "id"),
            ("image_terms", "image_id"),
            ("events", "upload_id"),
        ):
            for known in ids:
                c.execute(text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": uuid.UUID(known).bytes})
    engine.dispose()


def test_what_an_older_database_does_not_know_is_published_again_under_the_same_keys(
    versioned: dict[str, str], stack: Stack, person: Person
) -> None:
    parts = web_parts(load(WebSettings, versioned))
    hands = HandWorker(worker_parts(load(WorkerSettings, versioned)), stack.env["SQS_QUEUE_URL"])
    hands.messages()
    person = Person(person.username, person.token, create_app(parts).test_client())
    restored_to = datetime.now(UTC) - timedelta(seconds=1)
    ids = [person.post_image(jpeg(200, 150, seed), caption=f"Boat {seed}").json["id"] for seed in range(3)]
    assert hands.work() == ["published"] * 3
    before: Any = [person.get(f"/images/{known}") for known in ids]
    objects = [o.key for o in parts.store.list("")]

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
        upgrade(first.env["DATABASE_URL"])
        web, worker = parts_of(first)
        web.accounts.sign_up("ann", "ann@example.com", PASSWORD)
        web.accounts.confirm("ann", "123456")
        ann = Person("ann", web.sessions.log_in("ann", PASSWORD).access, create_app(web).test_client())
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

"""An operator, and queues and a bucket that hold nothing but what a test puts there."""

import uuid
from collections.abc import Callable, Iterator

import boto3
import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from local.stack import Stack
from shared.parts import WebParts
from tests.integration.conftest import Person
from tests.integration.support.times import Times


@pytest.fixture
def environ(own_queue: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """With a bucket of its own that keeps versions, so that what is written twice is seen; no upload is failed."""
    _settle_failed(own_queue["DATABASE_URL"])
    bucket = f"shown-{uuid.uuid4().hex[:12]}"
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.close()
    monkeypatch.setenv("S3_BUCKET", bucket)
    yield own_queue | {"S3_BUCKET": bucket}
    _settle_failed(own_queue["DATABASE_URL"])


def _settle_failed(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as c:
        c.execute(text("UPDATE uploads SET state = 'rejected' WHERE state = 'failed'"))
    engine.dispose()


@pytest.fixture
def operator_on(parts: WebParts, stack: Stack) -> Callable[[Flask], Person]:
    """The stack's operator, with a client of any application."""
    name, password = stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"]
    return lambda app: Person(name, parts.sessions.log_in(name, password).access, app.test_client())


@pytest.fixture
def operator(operator_on: Callable[[Flask], Person], app: Flask) -> Person:
    """The stack's operator."""
    return operator_on(app)


@pytest.fixture
def later(stack: Stack) -> Iterator[Times]:
    """How a test says that time has passed."""
    engine = create_engine(stack.env["DATABASE_URL"])
    yield Times(engine)
    engine.dispose()

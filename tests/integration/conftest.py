"""Real MariaDB and a local cloud, provisioned as `make run` does it; the product's parts on top of them."""

import io
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import create_engine, text
from werkzeug.test import TestResponse

from local.process.environment import product_env
from local.stack import Stack
from shared.bootstrap import web_parts, worker_parts
from shared.config import WebSettings, WorkerSettings, load
from shared.migrations.__main__ import prepare
from shared.parts import WebParts, WorkerParts
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.s3_faults import S3Faults, s3_faults
from tests.integration.support.times import Times
from tests.support_app import app_over
from tests.support_aws import Queues

PASSWORD = "Correct-horse-1"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for the session. Shared: tests use users of their own."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        prepare(running.env)
        yield running


@pytest.fixture
def environ(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment that the product runs in."""
    env = product_env(os.environ, stack.env)
    for name, value in stack.env.items():
        monkeypatch.setenv(name, value)
    return env


@pytest.fixture
def own_queue(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The environment with a queue of its own: messages that are kept back must not come in another test, and what
    remains to be erased must not be sent there by its sweep."""
    queues = Queues(environ["AWS_ENDPOINT_URL"], region=environ["AWS_REGION"])
    queues.sqs.close()
    urls = {"SQS_QUEUE_URL": queues.url, "SQS_DLQ_URL": queues.dead_url}
    for name, url in urls.items():
        monkeypatch.setenv(name, url)
    yield environ | urls
    engine = create_engine(environ["DATABASE_URL"])
    with engine.begin() as c:
        c.execute(
            text(
                "UPDATE uploads SET state = 'erased', erased_at = UTC_TIMESTAMP(6) WHERE state = 'taken_back'"
            )
        )
    engine.dispose()


T = TypeVar("T")


class Made(dict[tuple[str, ...], Any]):
    """What takes longer to make than most tests do, by what it is and the environment that it is for."""

    def once(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """What was made before, or is made now."""
        if key not in self:
            self[key] = make()
        made: T = self[key]
        return made


@pytest.fixture(scope="session")
def made() -> Made:
    """What was made so far."""
    return Made()


@pytest.fixture
def wiring(stack: Stack, environ: dict[str, str]) -> tuple[str, ...]:
    """What tells one environment from another."""
    return tuple(environ[name] for name in sorted(stack.env))


@pytest.fixture
def versioned(own_queue: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment with a queue of its own and a bucket of its own that keeps versions, as on AWS."""
    bucket = f"versioned-{uuid.uuid4().hex[:12]}"
    client = boto3.Session().client("s3")
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.close()
    monkeypatch.setenv("S3_BUCKET", bucket)
    return own_queue | {"S3_BUCKET": bucket}


@pytest.fixture
def later(stack: Stack) -> Iterator[Times]:
    """How a test says that time has passed."""
    engine = create_engine(stack.env["DATABASE_URL"])
    yield Times(engine)
    engine.dispose()


@pytest.fixture
def parts(made: Made, environ: dict[str, str], wiring: tuple[str, ...]) -> WebParts:
    """The web tier's parts on the real stack."""
    return made.once(("web", *wiring), lambda: web_parts(load(WebSettings, environ)))


@pytest.fixture
def worker(made: Made, environ: dict[str, str], wiring: tuple[str, ...]) -> WorkerParts:
    """The worker tier's parts on the real stack."""
    return made.once(("worker", *wiring), lambda: worker_parts(load(WorkerSettings, environ)))


@pytest.fixture
def app(parts: WebParts) -> Flask:
    """The web application, which remembers nothing of other tests."""
    return app_over(parts)


@pytest.fixture
def hands(worker: WorkerParts) -> HandWorker:
    """Does the queue's messages one by one, when a test says so; starts with an empty queue."""
    by_hand = HandWorker(worker, worker.settings.sqs_queue_url)
    by_hand.messages()
    return by_hand


@pytest.fixture
def faults(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Faults]:
    """The proxy before the local cloud's S3. Repetitions come at once: the pauses between them prove nothing."""
    monkeypatch.setattr(
        "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _backoff, _context: 0.0
    )
    with s3_faults(environ["AWS_ENDPOINT_URL"]) as running:
        yield running


@dataclass
class Person:
    """A verified user with an access token and a client that carries it."""

    username: str
    token: str
    client: FlaskClient

    @property
    def headers(self) -> dict[str, str]:
        """What the API wants."""
        return {"Authorization": f"Bearer {self.token}"}

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """A GET that must succeed, as JSON."""
        answer = self.client.get(f"/api/v1{path}", headers=self.headers, query_string=query)
        assert answer.status_code == 200, answer.text
        return json_of(answer)

    def post_image(self, data: bytes, name: str = "boat.jpg", **fields: str) -> "Answer":
        """POST /images."""
        key = fields.pop("key", None)
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        form = {"file": (io.BytesIO(data), name), **fields}
        answer = self.client.post("/api/v1/images", data=form, headers=headers)
        answer.request.environ["wsgi.input"].close()  # the test client leaves a large body's file open
        return Answer(answer.status_code, answer.json or {}, dict(answer.headers))


def json_of(answer: TestResponse) -> dict[str, Any]:
    """The answer's JSON object."""
    body = answer.json
    assert isinstance(body, dict)
    return body


@dataclass
class Answer:
    """Status, JSON and headers."""

    status: int
    json: dict[str, str]
    headers: dict[str, str]


@pytest.fixture
def sign_in(app: Flask, parts: WebParts) -> Callable[[], Person]:
    """Makes a new verified, logged-in person."""

    def make() -> Person:
        name = f"u{uuid.uuid4().hex[:10]}"
        parts.accounts.sign_up(name, f"{name}@example.com", PASSWORD)
        parts.accounts.confirm(name, "123456")
        return Person(name, parts.sessions.log_in(name, PASSWORD).access, app.test_client())

    return make


@pytest.fixture
def person(sign_in: Callable[[], Person]) -> Person:
    """A verified, logged-in person."""
    return sign_in()


def jpeg(width: int = 640, height: int = 480, seed: int = 0) -> bytes:
    """A photograph-like JPEG; every seed another one."""
    noise = Image.effect_noise((width // 4, height // 4), 80).resize((width, height))
    tint = Image.new("RGB", (width, height), (seed * 37 % 256, seed * 91 % 256, seed * 53 % 256))
    out = io.BytesIO()
    Image.blend(noise.convert("RGB"), tint, 0.5).save(out, "JPEG", quality=88)
    return out.getvalue()


@pytest.fixture
def photo() -> bytes:
    """A small JPEG."""
    return jpeg(seed=uuid.uuid4().int % 97)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return Path(__file__).parents[2]

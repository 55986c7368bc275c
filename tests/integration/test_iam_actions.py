"""The tiers' policies permit the calls that the code makes, on what it makes them: nothing missing, nothing more.

Both tiers do all they can on the local stack while every call of botocore is written down; Celery's own calls, which
partly go through curl, are read off the wire. A new call in the product fails here until data.yaml permits it.
"""

import io
import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.session import Session
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import make_url

from local.drive.waiting import wait_until
from local.stack import Stack
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.receiving import MemoryReceiving
from shared.bootstrap import web_parts, worker_parts
from shared.config import WebSettings, WorkerSettings, load
from shared.domain.ids import new_upload_id
from shared.domain.keys import KINDS
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import Which
from shared.domain.uploads import Attempt
from shared.operating.asking import ask_for_check, ask_for_repair, to_repair
from shared.operating.consistency import check_a_while
from shared.operating.dead_letters import Kept, keep, move
from shared.parts import WebParts, WorkerParts
from shared.quarantine import Quarantine
from shared.staging import Staging
from tests.integration.conftest import PASSWORD, Person, jpeg, json_of
from tests.integration.support.faulty_proxy import FaultyProxy
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.times import Aged, Times
from tests.integration.support.worker_process import STUCK_ONCE, Bench
from tests.integration.support.worker_process import worker as celery_worker
from tests.support_cloud import aws_environment
from tests.support_slice import its_day
from tests.support_templates import Permission, permissions, template
from tests.support_tripwire import Cut, Fuse
from web.app import create_app
from worker.consistency import repair_asked
from worker.imaging import Limits
from worker.message import handle
from worker.reingest import remove_given_up
from worker.sweep.heal import heal
from worker.taken_back import take_back_again

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
S3_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "GetObject": "GetObject",
    "HeadObject": "GetObject",
    "PutObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CopyObject": "PutObject",
    "DeleteObjects": "DeleteObject",
}
PLATFORM_READS = {
    # Beanstalk's engine reads the environment's secrets with the instance's profile when app servers start.
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
    ("secretsmanager:GetSecretValue", "SessionSecret"),
    ("secretsmanager:GetSecretValue", "MediaPrivateKeySecretArn"),
    ("secretsmanager:GetSecretValue", "ReceiptPrivateKeySecretArn"),
}
MIGRATES = {("secretsmanager:GetSecretValue", "Database")}
"""A hook of both tiers migrates as the owner of the tables (shared/migrations)."""
RELEASED = ("sqs:ChangeMessageVisibility", "Queue")
"""Kombu gives back what a poll brought after its consumer was cancelled (Channel._release_messages)."""


class Recorder:
    """Writes down what botocore is asked, as permissions, under the tier that is at work."""

    def __init__(self) -> None:
        self.tier = ""
        self.used: dict[str, set[Permission]] = {"web": set(), "worker": set()}
        self.queues: dict[str, str] = {}

    @contextmanager
    def at_work(self, tier: str) -> Iterator[None]:
        """Calls within are this tier's."""
        self.tier = tier
        yield
        self.tier = ""

    def listen(self, client: Any) -> None:
        """Hear this client's calls."""
        client.meta.events.register("provide-client-params", self._params)

    def _params(self, params: Any, model: Any, **_: Any) -> None:
        if self.tier:
            self.used[self.tier].update(self._permissions(model, params))

    def _permissions(self, model: Any, params: Any) -> Iterator[Permission]:
        if model.auth_type == "none":  # open to everybody and not signed: most of Cognito's
            return
        match model.service_model.service_name:
            case "s3":
                action = f"s3:{S3_ACTIONS[model.name]}"
                if action in ("s3:ListBucket", "s3:ListBucketVersions"):
                    yield action, "Bucket"
                elif model.name == "DeleteObjects":
                    for entry in params["Delete"]["Objects"]:
                        yield action + ("Version" if "VersionId" in entry else ""), under(entry["Key"])
                elif model.name == "CopyObject":
                    yield action, under(params["Key"])
                    yield read(params["CopySource"]), under(params["CopySource"]["Key"])
                elif model.name == "GetObject":
                    yield read(params), under(params["Key"])
                else:
                    yield action, under(params["Key"])
            case "sqs":
                # A batch needs the permission of its single action.
                yield f"sqs:{model.name.removesuffix('Batch')}", self.queues.get(params["QueueUrl"], "Queue")
            case "cognito-idp":
                yield f"cognito-idp:{model.name}", "UserPool"
            case "secretsmanager":
                yield f"secretsmanager:{model.name}", "DatabaseLogin"
            case "sesv2":
                yield f"ses:{model.name}", "SesIdentityArn"
            case other:
                yield f"{other}:{model.name}", "?"


def read(source: Mapping[str, str]) -> str:
    return "s3:GetObjectVersion" if "VersionId" in source else "s3:GetObject"


def under(key: str) -> str:
    return f"Bucket/{key.partition('/')[0]}/*"


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Hears every client that is made from now on, boto3's and kombu's alike."""
    made = Recorder()
    original: Callable[..., Any] = Session.create_client

    def create_client(*args: Any, **kwargs: Any) -> Any:
        client = original(*args, **kwargs)
        made.listen(client)
        return client

    monkeypatch.setattr(Session, "create_client", create_client)
    return made


@pytest.fixture
def environment(
    recorder: Recorder,
    own_queue: dict[str, str],
    moto_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """The stack's, with user and password of the database in a secret as on AWS (which moto keeps)."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto_endpoint)
    url = make_url(own_queue["DATABASE_URL"])
    client: Any = boto3.client("secretsmanager")  # type: ignore[call-overload, unused-ignore]
    said = json.dumps({"username": url.username, "password": url.password})
    arn = client.create_secret(Name=f"db-{uuid4()}", SecretString=said)["ARN"]
    nameless = url.set(username=None, password=None).render_as_string(hide_password=False)
    recorder.queues[own_queue["SQS_DLQ_URL"]] = "DeadLetterQueue"
    # Two parts of a multipart upload are within the limit, and a third is not.
    limits = {"MAX_UPLOAD_BYTES": str(13 * 2**20), "PASSKEYS": "true"}
    return own_queue | {"DATABASE_URL": nameless, "DATABASE_SECRET_ARN": arn} | limits


@pytest.fixture
def parts(environment: dict[str, str]) -> WebParts:
    """The web tier's, heard once it is at work: wiring asks AWS nothing (it only looks at how botocore presigns)."""
    return web_parts(load(WebSettings, environment))


@pytest.fixture
def worker(environment: dict[str, str]) -> WorkerParts:
    """The worker tier's, heard."""
    return worker_parts(load(WorkerSettings, environment))


@pytest.fixture
def visited() -> set[str]:
    """Names of the routes that were asked for."""
    return set()


@pytest.fixture
def app(parts: WebParts, visited: set[str]) -> Flask:
    """The web application, heard."""
    made = create_app(parts)

    @made.before_request
    def _note() -> None:
        visited.add(request.endpoint or "")

    return made


def web_does_everything(person: Person, operator: Person, moderator: Person) -> str:
    """Every road through the web tier that leads to AWS; returns the id of an accepted upload."""
    small, large = jpeg(1000, 750), jpeg(320, 240, 1) + bytes(7 * 2**20)
    accepted = [person.post_image(small, key="once"), person.post_image(small, key="once")]
    accepted.append(person.post_image(large, "large.jpg"))
    assert [a.status for a in accepted] == [202] * 3
    assert person.post_image(jpeg() + bytes(20 * 2**20)).status == 413, "its multipart upload is aborted"
    assert person.post_image(small, licence="none").status == 422, "its staged bytes are removed"
    form = {"file": (io.BytesIO(small), "form.jpg")}
    assert person.client.post("/upload", data=form, headers=person.headers).status_code == 303

    first, last = accepted[0].json["id"], accepted[2].json["id"]
    for path in (
        f"/uploads/{last}",
        "/uploads",
        "/images",
        f"/users/{person.username}",
    ):
        person.get(path)
    person.get("/uploads", ids=first)
    operator.get(f"/uploads/{last}")
    operator.get("/queue")
    operator.get("/queue/trends")
    visit(operator, "/api/v1/queue/backlog-per-worker")  # a number alone
    visit(
        operator,
        *PAGES,
        f"/home/user/{person.username}",
        f"/image/{first}",
        f"/ops/uploads/{first}",
        f"/ops/uploads?q={first}",
        f"/ops/uploads?q=@{person.username}",
        f"/api/v1/operations/uploads/{first}",
        "/api/v1/operations/uploads?q=x",
        f"/api/v1/images/{first}",
        "/api/v1/terms?prefix=ab",
        "/api/v1/newer-images",
        "/api/v1/account/export",
    )
    accounts(person)
    second_thoughts(person, last)
    edits(person, first)
    known = person.client.post("/api/v1/known-images", json={"sha256": ["0" * 64]}, headers=person.headers)
    assert json_of(known) == {"items": []}
    downloads(person, first)
    links(person, first)
    albums(person, first)
    asks(person, first)
    moderation(person, moderator, first)
    redriving(operator, first)
    consistency(operator)
    receiving(operator)
    reingest(operator, first)
    nobodys = "/api/v1/operations/accounts/nobody-here/sessions"
    assert operator.client.delete(nobodys, headers=operator.headers).status_code == 404
    return first


def redriving(operator: Person, upload_id: str) -> None:
    """An operator sends again and discards; that none is failed here changes nothing of what may be asked."""
    page = operator.client.post(
        "/ops/dead-letters/confirm?kind=unreadable", data={"verb": "discard"}, headers=operator.headers
    ).text
    first, second = re.findall(r'name="letter" value="([^"]+)"', page)
    for path, letter in (("leave", second), ("acts", first)):
        form = {"verb": "discard", "letter": letter}
        done = operator.client.post(f"/ops/dead-letters/{path}", data=form, headers=operator.headers)
        assert done.status_code == 303
    for verb in ("redrive", "discard"):
        for path, body in (("", {"ids": [upload_id]}), ("/messages", {"kind": "unrecorded"})):
            answer = operator.client.post(
                f"/api/v1/dead-letters{path}/{verb}", json=body, headers=operator.headers
            )
            assert answer.status_code == 200
    for verb in ("redrive", "discard"):
        done = operator.client.post(
            "/ops/failed/acts", data={"verb": verb, "id": upload_id}, headers=operator.headers
        )
        assert done.status_code == 303
    compared = operator.client.post(f"/ops/uploads/{upload_id}/comparison", headers=operator.headers)
    assert compared.status_code == 303


def receiving(operator: Person) -> None:
    """An operator pauses receiving and lets it go on, by page and API."""
    for verb, status in (("pause", 303), ("resume", 303), ("drain", 404)):
        form = {"verb": verb, "why": "a test", "seen": "1", "worker": "none"}
        done = operator.client.post("/ops/workers/acts", data=form, headers=operator.headers)
        assert done.status_code == status
    for verb in ("pause", "resume"):
        assert operator.client.post(f"/api/v1/queue/{verb}", headers=operator.headers).status_code == 204
    operator.get("/queue/forecast")
    operator.get("/queue/receiving")


def reingest(operator: Person, upload_id: str) -> None:
    """An operator begins runs and steers them, by page and API; what has been published here changes nothing of it."""
    client, bearer = operator.client, operator.headers
    form = {"run": str(new_upload_id())}
    assert client.post("/ops/reingest/runs", data=form, headers=bearer).status_code == 303
    client.post("/api/v1/operations/reingest", json={"image": upload_id}, headers=bearer)
    for run in operator.get("/operations/reingest")["items"]:
        visit(operator, f"/ops/reingest/{run['id']}", f"/ops/reingest/{run['id']}/cancel")
        act = {"run": run["id"], "verb": "cancel-reingest"}
        assert client.post("/ops/reingest/acts", data=act, headers=bearer).status_code == 303
    unknown = {"run": "none", "verb": "cancel-reingest"}
    assert client.post("/ops/reingest/acts", data=unknown, headers=bearer).status_code == 404
    for path in ("/ops/reingest/none", "/ops/reingest/none/cancel", "/api/v1/operations/reingest/none"):
        assert client.get(path, headers=bearer).status_code == 404
    assert client.get("/api/v1/operations/reingest/none/failures", headers=bearer).status_code == 404
    change = {"standing": "paused"}
    assert client.patch("/api/v1/operations/reingest/none", json=change, headers=bearer).status_code == 404


def consistency(operator: Person) -> None:
    """An operator has the portal checked and repaired, by pages and by the API."""
    client, bearer = operator.client, operator.headers
    client.post("/ops/consistency/checks", headers=bearer)
    client.post("/ops/consistency/repairs", data={"fault": "missing", "check": "x"}, headers=bearer)
    client.post("/api/v1/consistency/check", json={}, headers=bearer)
    asked = client.post("/api/v1/consistency/repairs", json={"ids": [str(uuid4())]}, headers=bearer)
    visit(operator, "/api/v1/consistency", "/api/v1/consistency/findings")
    visit(operator, f"/api/v1/consistency/repairs/{json_of(asked)['id']}")


PAGES = (
    *(
        "/",
        "/upload",
        "/uploads",
        "/uploads/rows",
        "/search?q=x",
        "/licences",
        "/about",
        "/ops",
        "/ops/strip",
        "/ops/trends",
        "/ops/workers",
        "/ops/workers/list",
        "/ops/workers/confirm?worker=none",
        "/ops/failed",
        "/ops/failed?reason=x",
        "/ops/failed/confirm?verb=redrive",
        "/ops/consistency",
        "/ops/consistency/findings?fault=missing",
        "/ops/consistency/confirm?fault=missing",
        "/ops/dead-letters",
        "/api/v1/dead-letters",
        "/ops/audit",
        "/ops/audit.csv",
        "/ops/audit.jsonl",
        "/api/v1/audit",
        "/api/v1/dead-letters/messages",
        "/ops/reingest",
        "/ops/reingest/list",
        "/ops/reingest/confirm",
    ),
    *("/signup", "/confirm", "/login", "/forgot", "/reset", "/account", "/account/delete", "/account/export"),
    *("/account/email", "/account/email/code", "/account/second-step", "/account/passkeys", "/login/code"),
    *("/check-status", "/check-session", "/readyz", "/metrics", "/api/v1/openapi.json", "/api/v1/docs"),
)


def second_thoughts(person: Person, upload_id: str) -> None:
    """An upload is taken back and restored, by every road."""
    client, bearer = person.client, person.headers
    image, confirmed = f"/api/v1/images/{upload_id}", {"id": upload_id, "confirmed": "yes"}
    assert client.get(f"/image/{upload_id}/take-back", headers=bearer).status_code == 200
    assert client.post("/take-back", data=confirmed, headers=bearer).status_code == 303
    assert client.get(f"/image/{upload_id}", headers=bearer).status_code == 410
    assert client.post("/restore", data=confirmed, headers=bearer).status_code == 303
    assert client.delete(image, headers=bearer).status_code == 204
    assert client.post(f"{image}/restore", headers=bearer).status_code == 200
    for path in (f"{upload_id}/show-again", f"{upload_id}/retry"):
        assert client.post(f"/uploads/{path}", headers=bearer).status_code in (303, 404)
    assert person.post_image(b"no image").status == 415, "a note is written"
    page = client.get("/uploads?state=problems", headers=bearer).text
    [note] = re.findall(r'id="u-([^"]+)" data-name="[^"]+"', page)[:1]
    assert client.post("/uploads/dismiss", data={"id": note}, headers=bearer).status_code == 303
    dismissal = f"/api/v1/uploads/{upload_id}/dismissal"
    assert client.put(dismissal, headers=bearer).status_code == 404
    assert client.delete(dismissal, headers=bearer).status_code == 404
    assert client.post(f"/api/v1/uploads/{upload_id}/retry", headers=bearer).status_code == 204
    several = client.post("/api/v1/take-back", json={"ids": [upload_id]}, headers=bearer)
    assert json_of(several)["taken_back"] == [upload_id]


def downloads(person: Person, upload_id: str) -> None:
    """Every road to a download or a receipt; what is not published yet can't be downloaded."""
    client, bearer = person.client, person.headers
    client.post(f"/api/v1/images/{upload_id}/downloads", headers=bearer)
    person.get("/downloads")
    visit(
        person,
        f"/image/{upload_id}/download",
        "/original/x",
        "/downloads",
        f"/downloads/{upload_id}/receipt",
        f"/uploads/{upload_id}/receipt",
        f"/api/v1/downloads/{upload_id}/receipt",
        f"/api/v1/uploads/{upload_id}/receipt",
        "/.well-known/jwks.json",
    )


def links(person: Person, image_id: str) -> None:
    """Every road to a link and behind it; what is not published yet has none."""
    client, bearer = person.client, person.headers
    for target in (f"images/{image_id}", f"albums/{image_id}"):
        client.post(f"/api/v1/{target}/shares", json={}, headers=bearer)
    share = json_of(client.post("/api/v1/account/shares", json={"password": "low tide"}, headers=bearer))
    api, path = f"/api/v1/shares/{share['id']}", urlsplit(share["url"]).path
    person.get("/shares")
    client.post(path, data={"password": "low tide"}, headers=bearer)
    assert client.patch(api, json={"password": None}, headers=bearer).status_code == 200
    visit(
        person,
        *(api, "/shares", "/share/profile/mine", f"/oembed?url={share['url']}"),
        *(path, f"{path}/image.jpg", f"{path}/embed", f"{path}/feed.atom"),
        *(f"{path}/i/{image_id}", f"{path}/i/{image_id}/image.jpg"),
    )
    client.post("/share/profile/mine", data={"id": str(uuid4()), "hours": ""}, headers=bearer)
    client.post(f"/shares/{share['id']}/change", data={"hours": "24"}, headers=bearer)
    client.post(f"/shares/{share['id']}/revoke", headers=bearer)
    assert client.delete(api, headers=bearer).status_code == 204


def albums(person: Person, image_id: str) -> None:
    """Every road to an album; what is not published yet is in none."""
    client, bearer = person.client, person.headers
    seen = bearer | {"If-Match": "*"}
    made = client.post("/api/v1/albums", json={"title": "Boats"}, headers=bearer)
    album = json_of(made)["id"]
    path, images = f"/api/v1/albums/{album}", {"ids": [image_id]}
    visit(
        person,
        "/api/v1/albums",
        path,
        f"{path}/images",
        f"/home/user/{person.username}/albums",
        "/albums/new",
        *(f"/album/{album}{page}" for page in ("", "/arrange", "/edit", "/delete")),
    )
    client.patch(path, json={"title": "Ships"}, headers=seen)
    client.post(f"{path}/images", json=images, headers=bearer)
    client.post(f"{path}/order", json=images | {"to": "end"}, headers=bearer)
    client.put(f"{path}/images", json=images, headers=bearer)
    client.delete(f"{path}/images", json=images, headers=bearer)
    client.post("/albums/new", data={"title": "Rafts"}, headers=bearer)
    client.post(f"/album/{album}/edit", data={"title": "Rafts", "version": "1"}, headers=bearer)
    client.post(f"/album/{album}/arrange", data={"do": f"end:{image_id}"}, headers=bearer)
    assert client.post(f"/album/{album}/delete", headers=bearer).status_code == 303
    assert client.delete(path, headers=bearer).status_code == 404


def asks(person: Person, upload_id: str) -> None:
    """Every road to a question and its answer; nobody asks for what is not published yet."""
    client, bearer = person.client, person.headers
    visit(person, f"/image/{upload_id}/ask", "/requests", "/requests/sent", "/api/v1/asks")
    for path, answer in (
        (f"image/{upload_id}/ask", {}),
        (f"requests/{upload_id}/answer", {"granted": "yes"}),
    ):
        assert client.post(f"/{path}", data={"text": "May I?"} | answer, headers=bearer).status_code == 404
    question, said = {"text": "May I?"}, {"granted": True}
    assert client.post(f"/api/v1/images/{upload_id}/asks", json=question, headers=bearer).status_code == 404
    assert client.post(f"/api/v1/asks/{upload_id}/answer", json=said, headers=bearer).status_code == 404


def moderation(person: Person, moderator: Person, image_id: str) -> None:
    """Every road to a report, an act and an answer; what is not published yet is not moderated. What is removed is sent
    for as what is taken back."""
    report, bearer = {"reason": "spam", "text": "x"}, person.headers
    act = {"verb": "hide", "state": "0-0", "reason": "spam"}
    person.client.post(f"/image/{image_id}/report", data=report, headers=bearer)
    person.client.post(f"/api/v1/images/{image_id}/reports", json=report, headers=bearer)
    moderator.client.post("/moderation/acts", data=act | {"id": image_id}, headers=moderator.headers)
    for verb in ("hide", "unhide", "remove", "warn", "dismiss"):
        road = f"/api/v1/images/{image_id}/{verb}"
        moderator.client.post(road, json={"reason": "spam"}, headers=moderator.headers)
    for verb in ("release", "refuse"):  # it does not wait for a moderator
        for start in ("", "/api/v1"):
            road = f"{start}/moderation/held/{image_id}/{verb}"
            moderator.client.post(
                road, json={} if start and verb == "refuse" else None, headers=moderator.headers
            )
    person.client.post(f"/notices/{image_id}/answer", data={"text": "x"}, headers=bearer)
    person.client.post(f"/api/v1/notices/{image_id}/answer", json={"text": "x"}, headers=bearer)
    visit(person, f"/image/{image_id}/report", "/notices", "/api/v1/notices")
    visit(
        moderator,
        "/moderation",
        f"/moderation/images/{image_id}",
        "/moderation/audit",
        "/moderation/audit.csv",
        "/moderation/audit.jsonl",
        "/api/v1/reports",
        "/api/v1/moderation/acts",
        "/api/v1/moderation/held",
    )


def edits(person: Person, image_id: str) -> None:
    """Every road to an edit; what is not published yet is none of theirs."""
    client, bearer, select = person.client, person.headers, f"/home/user/{person.username}/select"
    client.get(f"/image/{image_id}/edit", headers=bearer)
    client.post(f"/image/{image_id}/edit", data={"caption": "x", "version": "1"}, headers=bearer)
    client.patch(f"/api/v1/images/{image_id}", json={"caption": "x"}, headers=bearer | {"If-Match": "*"})
    client.get(select, headers=bearer)
    client.post(select, data={"id": image_id, "licence": "cc0"}, headers=bearer)
    client.patch("/api/v1/images", json={"ids": [image_id], "licence": "cc0"}, headers=bearer)


def visit(person: Person, *paths: str) -> None:
    """GETs that fail for no reason of ours."""
    for path in paths:
        assert person.client.get(path, headers=person.headers).status_code < 500, path


def accounts(person: Person) -> None:
    """A stranger signs up, forgets the password, comes and goes, by pages and by the API."""
    client = person.client
    name = f"u{uuid4().hex[:10]}"
    given = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    another = {"username": f"{name}b", "email": f"{name}b@example.com", "password": PASSWORD}
    assert client.post("/api/v1/signup", json=given).status_code == 201
    assert client.post("/api/v1/confirm", json={"username": name, "code": "123456"}).status_code == 204
    credentials = {"username": name, "password": PASSWORD}
    session = client.post("/api/v1/session", json=credentials)
    assert session.status_code == 200
    bearer = {"Authorization": f"Bearer {json_of(session)['access_token']}"}
    for path, form in (
        ("/signup", another),
        ("/confirm/resend", another),
        ("/confirm", another | {"code": "123456"}),
        ("/forgot", given),
        ("/reset", given | {"code": "654321"}),
        ("/login", given),
    ):
        assert client.post(path, data=form, headers=person.headers).status_code == 303, path
    own_account(client, name)
    assert client.post("/logout", headers=bearer).status_code == 303
    client.delete(
        "/api/v1/session", json={"refresh_token": json_of(session)["refresh_token"]}, headers=bearer
    )


def own_account(client: FlaskClient, username: str) -> None:
    """Licence, password and sessions, by pages and by the API."""

    def bearer() -> dict[str, str]:
        session = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        return {"Authorization": f"Bearer {json_of(session)['access_token']}"}

    licence = {"default_licence": "cc-by"}
    again = {"old_password": PASSWORD, "new_password": PASSWORD}
    for path, form in (
        ("/account/licence", {"licence": "cc0"}),
        ("/account/sessions/end", {"id": "unknown"}),
        ("/account/password", again),
        ("/account/email", {"email": "x", "password": PASSWORD}),
        ("/account/email/code", {}),
        ("/account/email/resend", {}),
        ("/account/passkeys", {"password": PASSWORD}),
        ("/account/passkeys/confirm", {"credential": "{}"}),
        ("/account/passkeys/remove", {"id": "unknown", "password": PASSWORD}),
        ("/login/passkey/answer", {"credential": "{}"}),
        ("/login/passkey", {"username": username}),
        ("/account/second-step", {"password": PASSWORD}),
        ("/account/second-step/confirm", {"code": "000000"}),
        ("/account/second-step/off", {"password": PASSWORD}),
        ("/login/code", {"code": "000000"}),
        ("/account/sign-out-everywhere", {}),
    ):
        assert client.post(path, data=form, headers=bearer()).status_code in (200, 303, 400, 401, 422), path
    for method, path, body in (
        ("GET", "/account", None),
        ("PATCH", "/account", licence),
        ("PUT", "/account/password", again),
        ("PUT", "/account/email", {"email": f"{username}@example.org", "password": PASSWORD}),
        ("POST", "/account/email/confirm", {"code": "123456"}),
        ("GET", "/sessions", None),
        ("DELETE", "/sessions/unknown", None),
        ("DELETE", "/sessions", None),
    ):
        answer = client.open(f"/api/v1{path}", method=method, json=body, headers=bearer())
        assert answer.status_code in (200, 202, 204, 400, 401, 404), path
    answered = {"username": username, "session": "x" * 40, "code": "000000"}
    assert client.post("/api/v1/session", json=answered).status_code == 401
    delete, first, second = {"password": PASSWORD}, bearer(), bearer()
    assert client.delete("/api/v1/account", json=delete, headers=first).status_code in (202, 401)
    assert client.post("/account/delete", data=delete, headers=second).status_code in (303, 401)


def presigned(person: Person, image_id: str) -> set[Permission]:
    """What an image's addresses let a browser do in the web tier's name."""
    image = person.get(f"/images/{image_id}")
    addresses = [image[f"{kind}_url"] for kind in ("thumbnail", "preview", "original")]
    addresses += re.findall(
        r"https?://[^\s\"]+/tiles/[^\s\"]+", person.client.get("/", headers=person.headers).text
    )
    paths = [urlsplit(address).path for address in addresses]
    return {("s3:GetObject", under(path.split("/", 2)[2])) for path in paths}


@its_day(0, of=2)
def test_the_web_tier_may_do_what_it_does_and_no_more(
    recorder: Recorder,
    app: Flask,
    person: Person,
    parts: WebParts,
    hands: HandWorker,
    stack: Stack,
    visited: set[str],
    environment: dict[str, str],
) -> None:
    sqs: Any = boto3.client("sqs")
    for number in range(2):
        sqs.send_message(QueueUrl=environment["SQS_DLQ_URL"], MessageBody=f"rubbish {number}")
    operator, moderator = (
        Person(
            who.lower(),
            parts.sessions.log_in(stack.env[f"{who}_USERNAME"], stack.env[f"{who}_PASSWORD"]).access,
            app.test_client(),
        )
        for who in ("OPERATOR", "MODERATOR")
    )
    with recorder.at_work("web"):
        image_id = web_does_everything(person, operator, moderator)
    hands.work()
    with recorder.at_work("web"):
        used = recorder.used["web"] | presigned(person, image_id) | PLATFORM_READS | MIGRATES
    routes = {rule.endpoint for rule in app.url_map.iter_rules()} - {"static"}
    assert visited >= routes, (
        f"let web_does_everything visit {routes - visited}: it may ask AWS something new"
    )
    resources = template("data.yaml")["Resources"]
    assert used == permissions(resources["WebAccess"]) | permissions(resources["MailAccess"])


@its_day(1, of=2)
def test_the_worker_tier_may_do_what_it_does_and_no_more(
    recorder: Recorder,
    person: Person,
    hands: HandWorker,
    bench: Bench,
    later: Times,
    environment: dict[str, str],
) -> None:
    worker = hands.parts
    for number in range(2):
        boto3.client("sqs").send_message(QueueUrl=environment["SQS_DLQ_URL"], MessageBody=f"rubbish {number}")
    hands.messages()
    person.post_image(jpeg(1000, 750))
    person.post_image(jpeg(200, 150, 1)[:3000])
    for message in hands.messages():
        ids = json.loads(json.loads(message["Body"])["body"])[1]
        with recorder.at_work("worker"):
            hands.ingest(UUID(ids["owner"]), UUID(ids["upload_id"]))
    person.post_image(jpeg(200, 150, 2))
    hands.messages()  # lost
    _, sink = Staging(worker.store).receive(UUID(int=1), UUID(int=2))
    sink.write(b"half")
    sink.commit()
    take_back_and_erase(recorder, person, hands, later)
    reingest_one(recorder, person, hands)
    check_and_repair(recorder, person, hands, later)
    tomorrow = Aged(worker.store, timedelta(days=1))
    with recorder.at_work("worker"):
        worker.closing.begin(worker.uploads.recent(1)[0].owner, person.username)
        # Without the other test's pause, which has just ended.
        never_paused = MemoryReceiving(MemoryDatabase())
        report = heal(replace(worker, store=tomorrow, receiving=never_paused))
        assert worker.queue.misconfiguration() == []
        clear_dead_letters(worker)
    assert report.requeued >= 1
    assert report.abandoned >= 1
    assert report.closed >= 1
    hands.messages()

    used = recorder.used["worker"] | on_the_wire(bench) | {RELEASED} | MIGRATES
    assert used == permissions(template("data.yaml")["Resources"]["WorkerAccess"])


def check_and_repair(recorder: Recorder, person: Person, hands: HandWorker, later: Times) -> None:
    """What is stored beside an image and what is wrong of it is put aside, put back, and erased with it."""
    person.post_image(jpeg(1000, 750, 5))
    hands.work()
    store, by = hands.parts.store, Operator("ann", Way.TERMINAL)
    image = hands.parts.inventory.find(hands.parts.uploads.recent(1)[0].id)
    assert image is not None
    for kind in KINDS:
        store.put(f"{kind}/x_20260101000000000000_{image.upload_id}.png", b"stray", "image/png")
    for key in image.keys:
        store.put(key, b"wrong" if key == image.original_key else b"", "image/jpeg")
    _, sink = Staging(store).receive(image.owner, UUID(int=9))
    sink.write(b"never accepted")
    sink.commit()
    parts = replace(hands.parts, store=Aged(store, timedelta(days=1)))
    with recorder.at_work("worker"):
        ask_for_check(parts, by, full_hash=True)
        while parts.checks.running():
            check = check_a_while(parts, seconds=60)
        assert check is not None
        found = to_repair(parts.findings, check.id, None)
        mine = [f.id for f in found if f.suspect.upload_id in (image.upload_id, UUID(int=9))]
        ask_for_repair(parts, by, mine, "all")
        assert repair_asked(parts) == 2 * len(KINDS) + 1
        aside = [entry.key for entry in store.list("quarantine/")]
        back = [Quarantine(store).put_back(key) for key in aside if "/staging/" in key or "/images/x_" in key]
        assert back == [True, True]
    path = f"/api/v1/images/{image.upload_id}"
    assert person.client.delete(path, headers=person.headers).status_code == 204
    later(timedelta(minutes=5))
    with recorder.at_work("worker"):
        assert hands.ingest(image.owner, image.upload_id) == "erased"
    hands.messages()


def clear_dead_letters(worker: WorkerParts) -> None:
    """An operator at a terminal lets go of a dead letter, and discards it."""
    first, _ = keep(worker, lambda _: True, 9).seen
    worker.dead_letters.release([first.letter.handle])
    [again] = [seen.letter for seen in keep(worker, lambda _: True, 9).seen]
    kept = Kept(again.id, again.handle, None, None)
    assert move(worker, Operator("o", Way.TERMINAL), Verb.DISCARD, [kept]).moved == 1


def reingest_one(recorder: Recorder, person: Person, hands: HandWorker) -> None:
    """Renditions are made anew, and those that were there removed."""
    image_id = UUID(person.post_image(jpeg(1000, 750, 5)).json["id"])
    hands.work()
    ports, by, which = hands.parts.reingest, Operator("olga", Way.TERMINAL), Which(image_id=image_id)
    image = hands.parts.images.find(image_id)
    assert image is not None
    for key in image.rendition_keys:
        hands.parts.store.put(key, b"damaged", "image/webp")
    assert ports.start(new_upload_id(), by, which)
    with recorder.at_work("worker"):
        assert hands.ingest(image.owner, image_id) == "made"
        old = sorted(image.rendition_keys)
        ended_long_ago = SimpleNamespace(given_up=lambda _: old, forget=lambda _: None)
        assert remove_given_up(replace(hands.parts, reingest=cast(Any, ended_long_ago))) == 3
    hands.messages()


def take_back_and_erase(recorder: Recorder, person: Person, hands: HandWorker, later: Times) -> None:
    """An image is erased in two attempts, an upload in one, and both are remembered."""
    upload_id = UUID(person.post_image(jpeg(1000, 750, 3), key="erased").json["id"])
    hands.work()
    owner = hands.parts.uploads.find_many([upload_id])[upload_id].owner
    waiting = UUID(person.post_image(jpeg(200, 150, 4)).json["id"])
    hands.messages()
    for each in (upload_id, waiting):
        path = f"/api/v1/images/{each}"
        assert person.client.delete(path, headers=person.headers).status_code == 204
    later(timedelta(minutes=5))
    with recorder.at_work("worker"):
        cut = Fuse(4, after=False).wire_all(hands.parts)  # the mark is put, and the next attempt reads it
        with pytest.raises(Cut):
            handle(owner, upload_id, Attempt(1, "w", datetime.now(UTC)), cut, Limits())
        assert [hands.ingest(owner, each, 2) for each in (upload_id, waiting)] == ["erased"] * 2
        assert take_back_again(hands.parts) == 0


@pytest.fixture
def bench(moto_endpoint: str, tmp_path: Path) -> Iterator[Bench]:
    """A queue for a real Celery worker."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws_environment(moto_endpoint).items():
            environment.setenv(name, value)
        made = Bench(moto_endpoint, tmp_path)
        made.depth()  # its client is made while the environment says where
    yield made
    made.sqs.close()


def on_the_wire(bench: Bench) -> set[Permission]:
    """What a Celery worker asks of SQS: it starts, loses a process at work, is given the message again, ends."""
    upload = bench.send(STUCK_ONCE)
    with FaultyProxy(bench.endpoint) as proxy, celery_worker(bench, endpoint=proxy.url) as running:
        [began] = bench.went("began", upload)
        os.kill(began["pid"], signal.SIGKILL)
        bench.went("finished", upload)
        wait_until(bench.empty, 5, "the message is acknowledged")
        running.stop()
        assert proxy.requests["ReceiveMessage"]
        return {(f"sqs:{operation}", "Queue") for operation in proxy.requests}


def test_a_call_that_no_policy_permits_would_be_found(
    recorder: Recorder, environment: dict[str, str]
) -> None:
    client: Any = boto3.client("s3")
    with recorder.at_work("web"):
        client.put_object(Bucket=environment["S3_BUCKET"], Key="images/planted", Body=io.BytesIO(b""))
        client.delete_objects(
            Bucket=environment["S3_BUCKET"], Delete={"Objects": [{"Key": "images/planted"}]}
        )
    planted = {("s3:PutObject", "Bucket/images/*"), ("s3:DeleteObject", "Bucket/images/*")}
    assert recorder.used["web"] == planted
    assert not planted & permissions(template("data.yaml")["Resources"]["WebAccess"])

"""Accepting: what is answered 202 is kept, and what is not leaves nothing behind."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from shared.bootstrap import WebParts
from shared.config import WebSettings, load
from shared.domain import keys
from shared.ports import QueueUnavailable, StoreUnavailable
from tests.integration.conftest import Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.support_cloud import free_port
from web.app import create_app


def staged(parts: WebParts, person: Person) -> list[str]:
    """What staging holds of this person."""
    owner = parts.identity.verify(person.token).owner
    return [o.key for o in parts.store.list(keys.staging_prefix(owner))]


class Flaky:
    """A part whose named methods fail, `times` times."""

    def __init__(
        self, target: Any, error: Exception, *names: str, times: int = 99, applied: bool = False
    ) -> None:
        self._target, self._error, self._names = target, error, names
        self._times, self._applied = times, applied

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._target, name)
        if name not in self._names or self._times == 0:
            return real

        def failing(*args: Any, **kwargs: Any) -> Any:
            if self._times == 0:
                return real(*args, **kwargs)
            self._times -= 1
            if self._applied:
                real(*args, **kwargs)
            raise self._error

        return failing


def with_parts(person: Person, parts: WebParts, **changes: Any) -> Person:
    """The same person, at an app with some parts changed."""
    return replace(person, client=create_app(replace(parts, **changes)).test_client())


REFUSED = [
    pytest.param(b"", "x.jpg", {}, 422, "empty", id="empty file"),
    pytest.param(b"plain text, honest", "x.jpg", {}, 415, "unsupported_type", id="text named .jpg"),
    pytest.param(b"<svg/>", "x.svg", {}, 415, "unsupported_type", id="SVG"),
    pytest.param(b"\xff\xd8", "x.jpg", {}, 415, "unsupported_type", id="two bytes of a JPEG"),
    pytest.param(b"\xff\xd8\xff" + b"x" * 30_000_000, "x.jpg", {}, 413, "too_large", id="30 MB"),
    pytest.param(jpeg(64, 48), "x.jpg", {"caption": "<b>x</b>" * 625}, 422, "caption_too_long", id="caption"),
    pytest.param(jpeg(64, 48), "x.jpg", {"licence": "gpl"}, 422, "unknown_licence", id="licence"),
    pytest.param(jpeg(64, 48), "x.jpg", {"key": "k" * 201}, 422, "invalid_idempotency_key", id="long key"),
]


@pytest.mark.parametrize(("data", "name", "fields", "status", "code"), REFUSED)
def test_what_cannot_be_taken_is_said_and_leaves_nothing(
    person: Person, parts: WebParts, data: bytes, name: str, fields: dict[str, str], status: int, code: str
) -> None:
    answer = person.post_image(data, name, **fields)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"].endswith(".")
    assert staged(parts, person) == []


def test_a_body_far_beyond_the_limit_is_not_even_read(person: Person) -> None:
    class Endless:
        taken = 0

        def read(self, size: int = -1) -> bytes:
            Endless.taken += size
            return b"x" * size

    environ = create_environ("/api/v1/images", method="POST", headers=person.headers) | {
        "wsgi.input": Endless(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(10**10),
    }
    body, status, _ = run_wsgi_app(person.client.application, environ)
    assert status.startswith("413")
    assert b'"too_large"' in b"".join(body)
    assert Endless.taken == 0


def test_a_request_must_hold_one_file(person: Person, parts: WebParts) -> None:
    files = {"file": [(io.BytesIO(jpeg(64, 48)), "a.jpg"), (io.BytesIO(jpeg(64, 48)), "b.jpg")]}
    for form in ({}, {"caption": "x"}, {"picture": (io.BytesIO(jpeg(64, 48)), "a.jpg")}, files):
        answer = person.client.post(
            "/api/v1/images", data=form, headers=person.headers, content_type="multipart/form-data"
        )
        assert (answer.status_code, json_of(answer)["code"]) == (422, "one_file")
    assert person.client.post("/api/v1/images", json={}, headers=person.headers).status_code == 415
    assert staged(parts, person) == []


def test_the_name_is_kept_and_its_path_is_not(person: Person) -> None:
    upload_id = person.post_image(jpeg(64, 48), "../../日本語.jpg").json["id"]
    assert person.get(f"/uploads/{upload_id}")["filename"] == "日本語.jpg"


def test_without_the_queue_the_answer_is_still_202(
    person: Person, parts: WebParts, hands: HandWorker
) -> None:
    queue = Flaky(parts.queue, QueueUnavailable("down"), "send")
    answer = with_parts(person, parts, queue=queue).post_image(jpeg(64, 48))
    assert answer.status == 202
    assert len(staged(parts, person)) == 2
    assert hands.messages() == []


def test_without_the_database_the_answer_is_still_202(
    person: Person, environ: dict[str, str], hands: HandWorker, parts: WebParts
) -> None:
    dead = environ | {"DATABASE_URL": f"mysql+pymysql://u:p@127.0.0.1:{free_port()}/x"}
    from shared.bootstrap import web_parts

    without = web_parts(load(WebSettings, dead))
    offline = with_parts(person, without)
    answer = offline.post_image(jpeg(64, 48))
    assert answer.status == 202
    status = offline.client.get(answer.json["status_url"], headers=person.headers)
    assert (status.status_code, json_of(status)["code"]) == (503, "unavailable")
    assert "Retry-After" in status.headers
    assert hands.work() == ["published"]


def test_without_the_store_the_answer_is_503_and_nothing_is_left(
    person: Person, environ: dict[str, str], parts: WebParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.bootstrap import web_parts

    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    answer = with_parts(
        person, replace(web_parts(load(WebSettings, environ)), identity=parts.identity)
    ).post_image(jpeg(64, 48))
    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert staged(parts, person) == []


@pytest.mark.parametrize("applied", [False, True], ids=["not written", "written, answer lost"])
def test_a_manifest_that_fails_is_withdrawn_with_its_bytes(
    person: Person, parts: WebParts, hands: HandWorker, applied: bool
) -> None:
    store = Flaky(parts.store, StoreUnavailable("down"), "put_new", times=1, applied=applied)
    answer = with_parts(person, parts, store=store).post_image(jpeg(64, 48))
    assert answer.status == 503
    assert staged(parts, person) == []
    assert hands.messages() == []


def test_a_manifest_that_may_exist_keeps_its_bytes(
    person: Person, parts: WebParts, hands: HandWorker
) -> None:
    """Written, but neither that nor its withdrawal could be told: then it is an upload, and it gets published."""
    store = Flaky(parts.store, StoreUnavailable("down"), "put_new", times=1, applied=True)
    answer = with_parts(
        person, parts, store=Flaky(store, StoreUnavailable("down"), "get", "delete")
    ).post_image(jpeg(64, 48))
    assert answer.status == 503
    (owner, upload_id, _), *_ = [keys.parse_staging_key(key) or ("", "", "") for key in staged(parts, person)]
    assert hands.ingest(owner, upload_id) == "published"  # type: ignore[arg-type]  # ids, as asserted by use


def test_a_repeated_request_returns_the_same_upload(
    person: Person, parts: WebParts, hands: HandWorker, photo: bytes
) -> None:
    first = person.post_image(photo, key="a-key")
    again = person.post_image(photo, key="a-key")
    assert (first.status, again.status) == (202, 202)
    assert first.json["id"] == again.json["id"]
    assert len(staged(parts, person)) == 2, "one manifest, one file"
    assert sorted(hands.work()) == ["cleared", "published"]
    late = person.post_image(photo, key="a-key")
    assert (late.json["id"], late.json["status"]) == (first.json["id"], "published")
    assert hands.work() == ["published"], "the worker finds it finished"
    assert staged(parts, person) == []
    assert person.get(f"/users/{person.username}")["images"] == 1


def test_another_key_or_another_person_is_another_upload(sign_in: Callable[[], Person], photo: bytes) -> None:
    ann, bob = sign_in(), sign_in()
    ids = {
        ann.post_image(photo, key="k1").json["id"],
        ann.post_image(photo, key="k2").json["id"],
        bob.post_image(photo, key="k1").json["id"],
        ann.post_image(photo).json["id"],
    }
    assert len(ids) == 4


def test_a_key_cannot_stand_for_two_files(person: Person, parts: WebParts, hands: HandWorker) -> None:
    assert person.post_image(jpeg(64, 48, 1), key="k").status == 202
    answer = person.post_image(jpeg(64, 48, 2), key="k")
    assert (answer.status, answer.json["code"]) == (422, "idempotency_key_reused")
    assert len(staged(parts, person)) == 2
    assert hands.work() == ["published"]


def test_a_retry_after_a_lost_answer_completes_the_first_try(
    person: Person, parts: WebParts, hands: HandWorker, photo: bytes
) -> None:
    store = Flaky(parts.store, StoreUnavailable("down"), "put_new", times=0)
    broken = Flaky(store, StoreUnavailable("down"), "open_sink", times=1)
    assert with_parts(person, parts, store=broken).post_image(photo, key="k").status == 503
    assert person.post_image(photo, key="k").status == 202
    assert hands.work() == ["published"]
    assert person.get(f"/users/{person.username}")["images"] == 1


def test_the_same_request_many_times_at_once_is_one_upload(
    sign_in: Callable[[], Person], app: Flask, hands: HandWorker, photo: bytes
) -> None:
    person = sign_in()
    ids: list[str] = []

    def post() -> None:
        answer = replace(person, client=app.test_client()).post_image(photo, key="race")
        ids.append(answer.json["id"])

    threads = [threading.Thread(target=post) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 6
    assert len(set(ids)) == 1
    assert hands.work().count("published") == 1
    assert person.get(f"/users/{person.username}")["images"] == 1

"""Accepting: what is answered 202 is kept, and what is not leaves nothing behind."""

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
import requests
from flask import Flask
from werkzeug.test import create_environ, run_wsgi_app

from shared.config import WebSettings, load
from shared.domain.limits import MAX_FILES_PER_FORM, MAX_RECEIVING_SECONDS
from shared.parts import WebParts
from shared.ports.object_store import StoreUnavailable
from shared.ports.work_queue import QueueUnavailable
from shared.staging import Staging
from tests.integration.conftest import Answer, Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.support_app import app_over
from tests.support_cloud import free_port
from worker.sweep.sweep import ABANDONED_AFTER


def staged(parts: WebParts, person: Person) -> list[str]:
    """What staging holds of this person."""
    owner = parts.sessions.verify(person.token).owner
    return [o.key for s in Staging(parts.store).walk() if s.owner == owner for o in s.objects]


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
    return replace(person, client=app_over(replace(parts, **changes)).test_client())


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


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"captoin": "A boat"}, "unknown_field", "«captoin»"),
        ({"caption": "A boat", "place": "x"}, "unknown_field", "«place»"),
        ({"caption": ["one", "two"]}, "invalid_field", "«caption»"),
    ],
)
def test_a_form_with_a_field_that_does_not_exist_or_comes_twice_leaves_nothing(
    person: Person, parts: WebParts, photo: bytes, fields: dict[str, Any], code: str, named: str
) -> None:
    form = {"file": (io.BytesIO(photo), "a.jpg")} | fields
    answer = person.client.post("/api/v1/images", data=form, headers=person.headers)
    assert (answer.status_code, json_of(answer)["code"]) == (422, code)
    assert named in json_of(answer)["detail"]
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
    dead = environ | {"DATABASE_URL": f"mysql+pymysql://u:p@127.0.0.1:{free_port()}/x?ssl_disabled=true"}
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
        person, replace(web_parts(load(WebSettings, environ)), sessions=parts.sessions)
    ).post_image(jpeg(64, 48))
    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert staged(parts, person) == []


@pytest.mark.parametrize("applied", [False, True], ids=["not written", "written, answer lost"])
def test_when_the_store_cannot_say_whether_a_manifest_was_written_the_bytes_stay(
    person: Person, parts: WebParts, hands: HandWorker, applied: bool
) -> None:
    """Written, it is an upload and gets published; else the sweep removes what is left."""
    store = Flaky(parts.store, StoreUnavailable("down"), "put_new", times=1, applied=applied)
    answer = with_parts(person, parts, store=store).post_image(jpeg(64, 48))
    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    assert "could not make sure" in answer.json["detail"]
    owner = parts.sessions.verify(person.token).owner
    found = [key.split("/") for key in staged(parts, person)]
    assert sorted(name.partition("-")[0] for *_, name in found) == (["bytes"] + ["manifest"] * applied)
    assert hands.messages() == []
    if applied:
        assert hands.ingest(owner, UUID(found[0][2])) == "published"


def test_a_first_manifest_that_cannot_be_written_is_503_and_leaves_nothing(
    person: Person, parts: WebParts, photo: bytes
) -> None:
    """The second conditional write of a request with a key; nothing is committed yet, and that is certain."""

    class SecondFails(Flaky):
        def __init__(self, target: Any, error: Exception) -> None:
            super().__init__(target, error)
            self._writes = 0

        def __getattr__(self, name: str) -> Any:
            real = getattr(self._target, name)
            if name != "put_new":
                return real

            def put_new(key: str, data: bytes, content_type: str) -> bytes:
                self._writes += 1
                if self._writes == 2:
                    raise StoreUnavailable("down")
                answer: bytes = real(key, data, content_type)
                return answer

            return put_new

    failing = SecondFails(parts.store, StoreUnavailable("down"))
    answer = with_parts(person, parts, store=failing).post_image(photo, key="k")
    assert (answer.status, answer.json["code"]) == (503, "store_unavailable")
    assert "Nothing was kept" in answer.json["detail"]
    assert staged(parts, person) == []


def test_a_request_that_took_too_long_is_refused(
    person: Person, parts: WebParts, monkeypatch: pytest.MonkeyPatch, photo: bytes
) -> None:
    """Or the sweep could remove its bytes just before its manifest is written."""
    assert timedelta(seconds=MAX_RECEIVING_SECONDS) < ABANDONED_AFTER
    monkeypatch.setattr("web.upload.accept.MAX_RECEIVING_SECONDS", -1)
    answer = person.post_image(photo)
    assert (answer.status, answer.json["code"]) == (408, "too_slow")
    assert staged(parts, person) == []


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


def test_one_key_with_different_files_at_once_is_one_upload_and_refusals(
    sign_in: Callable[[], Person], parts: WebParts, app: Flask, hands: HandWorker
) -> None:
    """Whoever loses is told so, and never with a 202 for a file that is dropped."""
    person = sign_in()
    answers: list[Answer] = []

    def post(seed: int) -> None:
        answers.append(
            replace(person, client=app.test_client()).post_image(jpeg(64, 48, seed), key="a new key")
        )

    threads = [threading.Thread(target=post, args=(seed,)) for seed in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.status for a in answers) == [202] + [422] * 9
    assert {a.json["code"] for a in answers if a.status == 422} == {"idempotency_key_reused"}
    assert len(staged(parts, person)) == 2, "one manifest, one file"
    assert hands.work() == ["published"]


def test_a_key_whose_upload_is_finished_and_cleared_still_stands_for_its_file(
    person: Person, parts: WebParts, hands: HandWorker
) -> None:
    assert person.post_image(jpeg(64, 48, 1), key="k").status == 202
    assert hands.work() == ["published"]
    assert person.post_image(jpeg(64, 48, 2), key="k").status == 422
    assert staged(parts, person) == []


class Sinks:
    """A store that remembers which sinks were open at once."""

    def __init__(self, target: Any) -> None:
        self._target = target
        self.open = 0
        self.most = 0
        self.made = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def open_sink(self, key: str) -> Any:
        sink, outer = self._target.open_sink(key), self

        class Counted:
            def __getattr__(self, name: str) -> Any:
                if name in ("commit", "abort"):
                    outer.open -= 1
                return getattr(sink, name)

        self.made += 1
        self.open += 1
        self.most = max(self.most, self.open)
        return Counted()


def form_of(files: int) -> dict[str, Any]:
    return {"file": [(io.BytesIO(jpeg(64, 48)), f"{number}.jpg") for number in range(files)]}


def test_a_file_is_complete_before_the_next_begins(person: Person, parts: WebParts) -> None:
    """So a form holds the memory of one part, however many files it has."""
    sinks = Sinks(parts.store)
    client = app_over(replace(parts, store=cast(Any, sinks))).test_client()
    answer = client.post("/upload", data=form_of(MAX_FILES_PER_FORM), headers=person.headers)
    assert answer.status_code == 303
    assert (sinks.made, sinks.most, sinks.open) == (MAX_FILES_PER_FORM, 1, 0)
    assert len(staged(parts, person)) == 2 * MAX_FILES_PER_FORM


@pytest.mark.parametrize("files", [MAX_FILES_PER_FORM + 1, 300])
def test_a_form_with_more_files_than_it_may_have_is_refused_whole(
    person: Person, parts: WebParts, hands: HandWorker, files: int
) -> None:
    sinks = Sinks(parts.store)
    client = app_over(replace(parts, store=cast(Any, sinks))).test_client()
    answer = client.post("/upload", data=form_of(files), headers=person.headers)
    assert answer.status_code == 422
    assert f"Choose at most {MAX_FILES_PER_FORM} files at once. None was kept." in answer.text
    assert sinks.made == MAX_FILES_PER_FORM, "what comes after the last one is let pass"
    assert staged(parts, person) == []
    assert hands.messages() == []


def test_the_api_takes_one_file_and_stages_no_second(person: Person, parts: WebParts) -> None:
    sinks = Sinks(parts.store)
    client = app_over(replace(parts, store=cast(Any, sinks))).test_client()
    answer = client.post("/api/v1/images", data=form_of(40), headers=person.headers)
    assert (answer.status_code, json_of(answer)["code"]) == (422, "one_file")
    assert sinks.made == 1
    assert staged(parts, person) == []


def test_many_refusals_in_one_form_fit_a_cookie(person: Person) -> None:
    name = "n" * 190 + ".txt"
    bad = [(io.BytesIO(b"plain text, honest"), name) for _ in range(MAX_FILES_PER_FORM - 1)]
    answer = person.client.post(
        "/upload", data={"file": [(io.BytesIO(jpeg(64, 48)), "a.jpg"), *bad]}, headers=person.headers
    )
    assert answer.status_code == 303
    assert all(len(cookie) < 4000 for cookie in answer.headers.getlist("Set-Cookie"))


def test_a_body_that_ends_within_a_file_leaves_nothing(person: Person, parts: WebParts) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    body = head + jpeg(640, 480)
    answer = person.client.post(
        "/api/v1/images",
        data=body,
        headers=person.headers,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 400
    assert staged(parts, person) == []


def test_an_original_is_saved_under_an_extension_that_says_what_it_is(
    person: Person, hands: HandWorker
) -> None:
    image_id = person.post_image(jpeg(64, 48), "holiday.hta").json["id"]
    assert hands.work() == ["published"]
    image = person.get(f"/images/{image_id}")
    disposition = requests.get(image["original_url"], timeout=5).headers["Content-Disposition"]
    assert 'filename="holiday.jpg"' in disposition
    assert "hta" not in disposition


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

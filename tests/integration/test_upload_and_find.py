"""From a client's request to an image that others find: the plan of the product's first report, and more."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from flask import Flask

from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.support_app import app_over
from web.http.parts import Memory
from web.upload.follow import Follower


def items(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body["items"]
    return found


def publish(person: Person, hands: HandWorker, seed: int = 0, **fields: str) -> str:
    accepted = person.post_image(jpeg(seed=seed), **fields)
    assert accepted.status == 202, accepted.json
    assert hands.work() == ["published"]
    return accepted.json["id"]


def test_image_uploaded_from_a_client_is_published(person: Person, hands: HandWorker, photo: bytes) -> None:
    accepted = person.post_image(photo, "Boat at dawn.jpg", caption="Dawn #Harbour", licence="cc-by")
    assert accepted.status == 202
    assert accepted.headers["Location"] == accepted.json["status_url"]
    assert person.get(f"/uploads/{accepted.json['id']}")["status"] == "queued"

    assert hands.work() == ["published"]

    upload: dict[str, Any] = person.get(f"/uploads/{accepted.json['id']}")
    assert upload["status"] == "published"
    assert [e["step"] for e in upload["events"]] == ["accept", "fetch", "validate", "publish"]
    image = upload["image"]
    assert (image["username"], image["caption"], image["hashtags"]) == (
        person.username,
        "Dawn #Harbour",
        ["harbour"],
    )
    assert (image["width"], image["height"], image["licence"]) == (640, 480, "cc-by")
    assert image["thumbnail_width"] == 400
    assert requests.get(image["thumbnail_url"], timeout=5).status_code == 200
    assert requests.get(image["preview_url"], timeout=5).status_code == 200


def test_s3_and_the_database_are_consistent_for_a_new_image(
    person: Person, hands: HandWorker, photo: bytes
) -> None:
    image_id = person.post_image(photo).json["id"]
    assert hands.work() == ["published"]
    image: dict[str, Any] = person.get(f"/images/{image_id}")
    original = requests.get(image["original_url"], timeout=5)
    assert original.headers["Content-Type"] == "image/jpeg"
    assert hashlib.sha256(original.content).hexdigest() == image["sha256"]
    assert len(original.content) == image["bytes"]
    stored = {o.key for o in hands.parts.store.list("") if image_id in o.key}
    assert {key.split("/")[0] for key in stored} == {"images", "previews", "thumbnails"}, (
        "nothing stays in staging"
    )


def test_search_by_user(sign_in: Callable[[], Person], hands: HandWorker) -> None:
    ann, bob = sign_in(), sign_in()
    first, second = publish(ann, hands, 1), publish(bob, hands, 2)
    assert [i["id"] for i in items(bob.get("/images", q=f"@{ann.username}"))] == [first]
    assert [i["id"] for i in items(ann.get("/images", user=bob.username))] == [second]
    assert ann.get(f"/users/{bob.username}")["images"] == 1


def test_search_by_keyword(person: Person, hands: HandWorker) -> None:
    image_id = publish(person, hands, caption="A Zebrafish in the Café")
    for query in ("zebrafish", "ZEBRAFISH café", "cafe zebrafish"):
        assert image_id in [i["id"] for i in items(person.get("/images", q=query))]
    assert image_id not in [i["id"] for i in items(person.get("/images", q="zebra"))]


def test_search_by_hashtag_and_combination(person: Person, hands: HandWorker) -> None:
    image_id = publish(person, hands, caption="rocks #Tide", licence="cc-by")
    publish(person, hands, caption="tide and #rocks", licence="cc-by-nc")
    user = person.username
    assert [i["id"] for i in items(person.get("/images", q=f"#tide @{user}"))] == [image_id]
    assert [i["id"] for i in items(person.get("/images", tag="Tide", user=user))] == [image_id]
    assert [i["id"] for i in items(person.get("/images", q="tide rocks", user=user, commercial="true"))] == [
        image_id
    ]
    assert [i["id"] for i in items(person.get("/images", user=user, licence="cc-by"))] == [image_id]
    assert items(person.get("/images", q=f"#tide @{user} nothere")) == []


def test_newest_first_and_page_by_page(person: Person, hands: HandWorker) -> None:
    published = [publish(person, hands, seed) for seed in range(5)]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page: dict[str, Any] = person.get("/images", user=person.username, limit=2, cursor=cursor)
        seen += [i["id"] for i in items(page)]
        cursor = page["next_cursor"]
    assert seen == published[::-1]
    assert cursor is None


@pytest.mark.parametrize("query", ["!!!", "#", "@", "\x00", "' OR 1=1 --", "%", "_" * 200, "🦓"])
def test_odd_queries_find_nothing_and_break_nothing(person: Person, query: str) -> None:
    assert items(person.get("/images", q=query, user=person.username)) == []


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"cursor": "x"}, "invalid_cursor"),
        ({"limit": "0"}, "invalid_limit"),
        ({"limit": "101"}, "invalid_limit"),
        ({"limit": "²"}, "invalid_limit"),
        ({"licence": "gpl"}, "unknown_licence"),
        ({"q": " ".join("abcdefghijklmnop")}, "too_many_words"),
        ({"orientation": "round"}, "invalid_parameter"),
        ({"size": "huge"}, "invalid_parameter"),
        ({"since": "2026-02-30"}, "invalid_parameter"),
        ({"since": "20260531"}, "invalid_parameter"),
        ({"since": "2026-5-31"}, "invalid_parameter"),
        ({"until": "0001-01-01"}, "invalid_parameter"),
        ({"until": "9999-12-31"}, "invalid_parameter"),
    ],
)
def test_what_cannot_be_asked_is_said(person: Person, parameters: dict[str, str], code: str) -> None:
    answer = person.client.get("/api/v1/images", query_string=parameters, headers=person.headers)
    assert (answer.status_code, json_of(answer)["code"]) == (422, code)
    assert answer.content_type == "application/problem+json"


def test_a_day_is_where_a_search_begins_and_ends(person: Person, hands: HandWorker) -> None:
    image_id = publish(person, hands)
    today = datetime.now(UTC).date()
    [yesterday, tomorrow] = [today - timedelta(days=1), today + timedelta(days=1)]

    def found(**days: date) -> list[str]:
        return [image["id"] for image in items(person.get("/images", user=person.username, **days))]

    assert (
        found(since=yesterday)
        == found(until=tomorrow)
        == found(since=yesterday, until=tomorrow)
        == [image_id]
    )
    assert found(since=tomorrow) == found(until=yesterday) == found(since=tomorrow, until=yesterday) == []


def test_a_search_is_completed(person: Person, hands: HandWorker) -> None:
    image_id = person.post_image(jpeg(), caption="Qanat of #Qanatabad").json["id"]
    assert hands.work() == ["published"]

    def suggested(typed: str) -> list[tuple[str, str, str, int, bool]]:
        found = items(person.get("/terms", prefix=typed))
        return [(s["kind"], s["text"], s["query"], s["images"], s["more"]) for s in found]

    assert suggested("red qan") == [
        ("tag", "#qanatabad", "red #qanatabad", 1, False),
        ("word", "qanat", "red qanat", 1, False),
        ("word", "qanatabad", "red qanatabad", 1, False),
    ]
    assert suggested("#qan") == [("tag", "#qanatabad", "#qanatabad", 1, False)]
    assert suggested(f"@{person.username[:-1]}")[0][1] == f"@{person.username}"
    assert suggested("q") == suggested("qan ") == suggested("") == suggested("qanq") == []
    assert person.client.delete(f"/api/v1/images/{image_id}", headers=person.headers).status_code == 204
    assert suggested("qan") == []


def test_my_uploads_shows_each_state(person: Person, hands: HandWorker) -> None:
    published = publish(person, hands)
    broken = person.post_image(jpeg()[:9000], "broken.jpg").json["id"]
    assert hands.work() == ["rejected"]
    waiting = person.post_image(jpeg(seed=3)).json["id"]
    listed = items(person.get("/uploads"))
    assert [(u["id"], u["status"]) for u in listed] == [
        (waiting, "queued"),
        (broken, "rejected"),
        (published, "published"),
    ]
    assert listed[1]["reason"]["code"] == "truncated"
    assert listed[1]["reason"]["message"]
    assert listed[0]["queue_position"] >= 0
    assert [u["id"] for u in items(person.get("/uploads", status="problems"))] == [broken]
    assert [u["id"] for u in items(person.get("/uploads", status="progress"))] == [waiting]
    assert {u["id"] for u in items(person.get("/uploads", ids=f"{waiting},{broken},x"))} == {waiting, broken}
    hands.work()


def test_my_uploads_pages_through_staged_and_recorded_alike(person: Person, hands: HandWorker) -> None:
    ids = [person.post_image(jpeg(320, 240, seed)).json["id"] for seed in range(3)]
    hands.work()
    ids += [person.post_image(jpeg(320, 240, seed)).json["id"] for seed in range(3, 6)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page: dict[str, Any] = person.get("/uploads", limit=2, cursor=cursor)
        seen += [u["id"] for u in items(page)]
        cursor = page["next_cursor"]
    assert seen == ids[::-1]
    hands.work()


def test_an_unchanged_list_is_answered_304(person: Person) -> None:
    first = person.client.get("/api/v1/uploads", headers=person.headers)
    again = person.client.get(
        "/api/v1/uploads", headers=person.headers | {"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_uploads_are_their_owners_and_operators_alone(
    sign_in: Callable[[], Person], parts: Any, stack: Any, hands: HandWorker
) -> None:
    ann, bob = sign_in(), sign_in()
    upload_id = ann.post_image(jpeg()).json["id"]
    assert bob.client.get(f"/api/v1/uploads/{upload_id}", headers=bob.headers).status_code == 404
    assert items(bob.get("/uploads", ids=upload_id)) == []
    token = parts.sessions.log_in(stack.env["OPERATOR_USERNAME"], stack.env["OPERATOR_PASSWORD"]).access
    operator = Person("operator", token, ann.client)
    assert operator.get(f"/uploads/{upload_id}")["status"] == "queued"
    hands.work()
    assert operator.get(f"/uploads/{upload_id}")["status"] == "published"
    assert operator.get("/queue")["visible"] == 0
    assert ann.client.get("/api/v1/queue", headers=ann.headers).status_code == 403


def test_media_addresses_repeat_within_the_hour(person: Person, hands: HandWorker) -> None:
    image_id = publish(person, hands)
    first, second = person.get(f"/images/{image_id}"), person.get(f"/images/{image_id}")
    assert first["thumbnail_url"] == second["thumbnail_url"]


def test_an_upload_that_is_published_while_the_list_is_made_does_not_slip_through(
    person: Person, parts: WebParts, hands: HandWorker
) -> None:
    """Whichever look comes first, the worker finishes right after it."""

    class WorkerInBetween:
        def __init__(self, target: Any, look: str) -> None:
            self._target, self._look = target, look

        def __getattr__(self, name: str) -> Any:
            real = getattr(self._target, name)
            if name != self._look:
                return real

            def looked(*args: Any, **kwargs: Any) -> Any:
                answer = real(*args, **kwargs)
                answer = list(answer) if name == "list" else answer
                hands.work()
                return answer

            return looked

    for store, uploads in (
        (WorkerInBetween(parts.store, "list"), parts.uploads),
        (parts.store, WorkerInBetween(parts.uploads, "of_owner")),
        (parts.store, WorkerInBetween(parts.uploads, "find_many")),
    ):
        upload_id = person.post_image(jpeg(200, 150)).json["id"]
        racing: Any = replace(parts, store=store, uploads=uploads)
        client = app_over(racing).test_client()
        listed = items(json_of(client.get("/api/v1/uploads", headers=person.headers)))
        assert [u["id"] for u in listed].count(upload_id) == 1


def test_the_pill_counts_what_is_unfinished_of_the_batch(
    person: Person, app: Flask, parts: WebParts, hands: HandWorker
) -> None:
    me = parts.sessions.verify(person.token)

    def pending() -> tuple[int, int]:
        return Follower(parts, Memory(), me).pending()

    publish(person, hands)
    assert pending() == (0, 0), "what was done before belongs to no batch"
    first = person.post_image(jpeg(200, 150)).json["id"]
    for seed in range(2):
        person.post_image(jpeg(200, 150, seed))
    assert pending() == (3, 3)
    messages = hands.messages()
    hands.ingest(me.owner, UUID(person.post_image(jpeg(200, 150)).json["id"]))
    assert pending() == (3, 4)
    browser = app.test_client()
    browser.set_cookie("access_token", person.token)
    assert "Uploads 1/4" in browser.get("/").text
    assert len(messages) == 3
    assert person.get(f"/uploads/{first}")["status"] == "queued"

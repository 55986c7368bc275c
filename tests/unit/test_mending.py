"""What went wrong on My uploads: dismissed, shown again, tried once more, and cut off in the middle of it."""

import html
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.domain.uploads import Attempt, State
from tests.support_app import app_over
from tests.support_memory import Browser, World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow

NEVER = 10**6


@pytest.fixture
def world() -> World:
    made = World()
    made.sign_up("ann")
    return made


@pytest.fixture
def ann(world: World) -> Browser:
    browser = Browser(world)
    browser.submit("/login", "/login", username="ann", password="Correct-horse-1")
    return browser


def share(world: World, data: bytes, name: str = "boat.jpg") -> str:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(data, name)}, headers=world.token()
    )
    assert answer.status_code == 202, answer.text
    return str((answer.json or {})["id"])


def rejected(world: World, name: str = "half.jpg") -> str:
    upload_id = share(world, small_photo()[:900], name)
    assert world.work() == ["rejected"]
    return upload_id


def failed(world: World) -> str:
    """What SQS has given up: its message is gone, its bytes are kept."""
    upload_id = share(world, small_photo())
    delivery = world.queue.receive()
    assert delivery is not None
    give_up(world, upload_id)
    world.queue.delete(delivery)
    return upload_id


def give_up(world: World, upload_id: str) -> None:
    manifest_of = world.web.uploads.find(UUID(upload_id))
    attempt = Attempt(5, "w", datetime.now(UTC))
    if manifest_of is None:
        from shared.staging import Staging

        staging = Staging(world.store)
        owner = staging.owner_of(UUID(upload_id))
        assert owner is not None
        manifest = staging.manifest(owner, UUID(upload_id))
        assert manifest is not None
        world.worker.attempts.begin(manifest, attempt)
    world.worker.attempts.fail(UUID(upload_id), attempt, "given up")


def call(world: World, method: str, path: str, user: str = "ann") -> tuple[int, dict[str, object]]:
    answer = world.app.test_client().open(f"/api/v1{path}", method=method, headers=world.token(user))
    return answer.status_code, (answer.json or {}) if answer.data else {}


def listed(world: World, status: str) -> list[str]:
    items = call(world, "GET", f"/uploads?status={status}")[1]["items"]
    assert isinstance(items, list)
    return [item["id"] for item in items]


def test_a_dismissed_file_leaves_every_list_but_its_own_and_comes_back(world: World, ann: Browser) -> None:
    upload_id = rejected(world)
    assert "half.jpg" in ann.get("/uploads?state=problems")
    answer = ann.submit("/uploads?state=problems", "/uploads/dismiss", id=upload_id)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/uploads?state=problems")
    page = ann.get("/uploads?state=problems")
    assert "half.jpg" not in page
    assert "Show dismissed (1)" in page
    assert "half.jpg" not in ann.get("/uploads")
    assert [listed(world, name) for name in ("all", "problems", "rejected")] == [[], [], []]
    assert listed(world, "dismissed") == [upload_id]
    assert call(world, "GET", f"/uploads/{upload_id}")[1]["status"] == "rejected", "the record stays"
    assert "half.jpg" in ann.get("/uploads?state=dismissed")
    again = ann.submit("/uploads?state=dismissed", f"/uploads/{upload_id}/show-again")
    assert again.status_code == 303
    assert "half.jpg" in ann.get("/uploads?state=problems")


def test_dismissing_by_the_api_may_be_repeated(world: World) -> None:
    upload_id = rejected(world)
    path = f"/uploads/{upload_id}/dismissal"
    assert [call(world, "PUT", path)[0] for _ in range(2)] == [204, 204]
    assert [call(world, "DELETE", path)[0] for _ in range(2)] == [204, 204]
    assert listed(world, "problems") == [upload_id]


def test_somebody_else_neither_dismisses_nor_retries(world: World) -> None:
    world.sign_up("ben")
    bad, given_up = rejected(world), failed(world)
    for method, path in (
        ("PUT", f"/uploads/{bad}/dismissal"),
        ("DELETE", f"/uploads/{bad}/dismissal"),
        ("POST", f"/uploads/{given_up}/retry"),
        ("POST", "/uploads/nonsense/retry"),
    ):
        assert call(world, method, path, "ben")[0] == 404
    assert listed(world, "problems") == [given_up, bad]


def test_a_failed_file_is_tried_once_more_with_one_message(world: World, ann: Browser) -> None:
    upload_id = failed(world)
    assert "Try again" in ann.get("/uploads?state=problems")
    for _ in range(2):  # a double click
        answer = ann.submit("/uploads?state=problems", f"/uploads/{upload_id}/retry")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/uploads#u-{upload_id}")
    assert world.work() == ["published"], "one message"
    assert call(world, "POST", f"/uploads/{upload_id}/retry")[0] == 204, "left alone"


def test_after_a_second_failure_it_waits_for_an_operator(world: World, ann: Browser) -> None:
    upload_id = failed(world)
    assert call(world, "POST", f"/uploads/{upload_id}/retry")[0] == 204
    delivery = world.queue.receive()
    assert delivery is not None
    world.queue.delete(delivery)
    give_up(world, upload_id)
    code, told = call(world, "POST", f"/uploads/{upload_id}/retry")
    assert (code, told["code"]) == (409, "retried_before")
    assert "Try again" not in ann.get("/uploads?state=problems")


def test_without_its_bytes_it_is_not_tried(world: World) -> None:
    upload_id = failed(world)
    world.store.delete([entry.key for entry in world.store.list("staging/") if "bytes-" in entry.key])
    code, told = call(world, "POST", f"/uploads/{upload_id}/retry")
    assert (code, told["code"]) == (409, "not_kept")
    assert call(world, "GET", f"/uploads/{upload_id}")[1]["status"] == "failed"


def test_while_the_queue_is_away_the_sweep_sends_it(world: World) -> None:
    upload_id = failed(world)
    world.queue.away = True
    assert call(world, "POST", f"/uploads/{upload_id}/retry")[0] == 204
    world.queue.away = False
    assert world.work() == []
    assert world.sweep(after=timedelta(minutes=1)).requeued == 1
    assert world.work() == ["published"]


@SIDES
def test_a_retry_that_is_cut_off_at_any_call_ends_published_once(after: bool) -> None:
    calls = retried_through(Fuse(NEVER, after=after))
    assert calls >= 4
    for at in range(1, calls + 1):
        retried_through(Fuse(at, after=after))


def retried_through(fuse: Fuse) -> int:
    """One retry through the fuse, and once more as it is; the calls that the fuse saw."""
    world = World()
    world.sign_up()
    upload_id, headers = failed(world), world.token()
    wired = {name: fuse.wire(getattr(world.web, name)) for name in ("store", "queue", "mending", "uploads")}
    cut_off = app_over(replace(world.web, **wired)).test_client()
    with suppress(Cut):
        cut_off.post(f"/api/v1/uploads/{upload_id}/retry", headers=headers)
    assert call(world, "POST", f"/uploads/{upload_id}/retry")[0] == 204
    world.sweep(after=timedelta(minutes=1))
    assert set(world.work()) == {"published"}
    upload = world.web.uploads.find(UUID(upload_id))
    assert upload is not None
    assert upload.status is State.PUBLISHED
    steps = [event.step for event in world.web.uploads.events(UUID(upload_id))]
    assert steps.count("retry") == 1
    return fuse.calls


def refuse(world: World, data: bytes, name: str) -> str:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(data, name)}, headers=world.token()
    )
    return str((answer.json or {})["code"])


def test_what_was_refused_at_once_is_found_again_and_dismissed(world: World, ann: Browser) -> None:
    world.sign_up("ben")
    assert refuse(world, b"text", "notes.txt") == "unsupported_type"
    assert refuse(world, b"", "nothing.jpg") == "empty"
    page = ann.get("/uploads?state=problems")
    assert page.index("nothing.jpg") < page.index("notes.txt"), "newest first"
    assert "This file is empty." in page
    assert 'Problems <span class="count nums">2</span>' in page
    assert "Receipt" not in page, "nothing was accepted"
    assert "notes.txt" in ann.get("/uploads")
    assert "notes.txt" not in ann.get("/uploads?state=published")
    assert listed(world, "problems") == [], "to programs the answer was enough"
    ids = re.findall(r'<li class="row" id="u-([^"]+)"', page)
    assert call(world, "PUT", f"/uploads/{ids[0]}/dismissal", "ben")[0] == 404
    assert ann.submit("/uploads", "/uploads/dismiss", id=ids[0]).status_code == 303
    assert ann.submit("/uploads", "/uploads/dismiss", id=ids[0]).status_code == 404, "a second click"
    assert call(world, "PUT", f"/uploads/{ids[1]}/dismissal")[0] == 204
    assert "No problems" in ann.get("/uploads?state=problems")
    assert list(world.store.list("refused/")) == []


def test_all_rejected_are_dismissed_at_once(world: World, ann: Browser) -> None:
    rejected(world)
    refuse(world, b"text", "notes.txt")
    page = ann.get("/uploads?state=problems")
    assert "Dismiss all 2 rejected" in page
    ids = re.findall(r'<li class="row" id="u-([^"]+)"', page)
    assert ann.submit("/uploads?state=problems", "/uploads/dismiss", id=ids).status_code == 303
    page = ann.get("/uploads?state=problems")
    assert "2 files are dismissed." in page
    assert "No problems" in page


def test_what_is_wrong_with_words_is_not_noted(world: World) -> None:
    answer = world.app.test_client().post(
        "/api/v1/images",
        data={"file": file(small_photo()), "caption": "x" * 3000},
        headers=world.token(),
    )
    assert answer.status_code == 422
    assert list(world.store.list("refused/")) == []


def test_the_newest_hundred_are_kept(world: World, ann: Browser) -> None:
    for number in range(103):
        assert refuse(world, b"text", f"{number}.txt") == "unsupported_type"
    assert len(list(world.store.list("refused/"))) == 100
    first = ann.get("/uploads?state=problems")
    assert ">102.txt<" in first
    older = html.unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    assert ">3.txt<" in ann.get(older)
    assert ">2.txt<" not in ann.get(older)


def test_a_note_that_can_t_be_written_changes_no_answer(world: World, ann: Browser) -> None:
    world.store.away = True
    assert refuse(world, b"text", "notes.txt") == "unsupported_type"
    world.store.away = False
    assert "No problems" in ann.get("/uploads?state=problems")

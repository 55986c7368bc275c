"""A take-back from an owner's click to «erased», through both tiers' own code in one process, in memory."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from shared.domain.taking_back import UNDO_FOR
from shared.domain.uploads import State
from shared.operating.stored import stored_of
from shared.ports.object_store import StoredVersion
from tests.support_memory import Browser, World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.erase import StillThere

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)


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


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A small JPEG."""
    return small_photo()


def share(world: World, photo: bytes, caption: str = "A red boat") -> str:
    """An accepted upload; its id."""
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(photo), "caption": caption}, headers=world.token()
    )
    assert answer.status_code == 202, answer.text
    return str((answer.json or {})["id"])


def published(world: World, photo: bytes, caption: str = "A red boat") -> str:
    """An image that no attempt works on any more."""
    upload_id = share(world, photo, caption)
    assert world.work() == ["published"]
    world.clock.advance(2 * MINUTE)
    return upload_id


def call(world: World, method: str, path: str, **json: object) -> tuple[int, dict[str, object]]:
    answer = world.app.test_client().open(
        f"/api/v1{path}", method=method, headers=world.token(), json=json or None
    )
    return answer.status_code, answer.json or {} if answer.data else {}


def take_back(world: World, upload_id: str) -> int:
    return call(world, "DELETE", f"/images/{upload_id}")[0]


def state(world: World, upload_id: str) -> object:
    return call(world, "GET", f"/uploads/{upload_id}")[1]["status"]


def nothing_is_left(world: World, upload_id: str) -> None:
    """In the store, whatever the version; in the records, whatever the words."""
    assert [v.key for v in world.store.versions("")] == [
        f"taken-back/{world.uploads_owner(upload_id)}/{upload_id}"
    ]
    upload = world.web.uploads.find(UUID(upload_id))
    assert upload is not None
    assert (upload.status, upload.filename, upload.username) == (State.ERASED, "", "")
    assert world.database.read().images == {}
    assert all(not ids for ids in world.database.read().index.values())


def test_from_the_click_to_erased(world: World, ann: Browser, photo: bytes) -> None:
    upload_id = published(world, photo)
    assert "Take back" in ann.get(f"/image/{upload_id}")
    assert "A red boat" in ann.get(f"/image/{upload_id}/take-back"), "the question names the image"

    answer = ann.submit(f"/image/{upload_id}/take-back", "/take-back", id=upload_id, confirmed="yes")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/image/{upload_id}")
    page = ann.client.get(f"/image/{upload_id}")
    assert page.status_code == 410
    assert "Undo" in page.text
    assert world.work() == [], "the message waits for the undo time"
    world.clock.advance(UNDO_FOR + timedelta(seconds=1))
    assert world.work() == ["erased"]
    nothing_is_left(world, upload_id)
    assert "nothing of it was found" in ann.client.get(f"/image/{upload_id}").text
    rows = ann.get("/uploads?state=gone")
    assert "Erased on" in rows
    assert "nothing found when looked again" in rows
    code, told = call(world, "GET", f"/uploads/{upload_id}")
    assert (code, told["status"], told["filename"]) == (200, "erased", "")
    assert "erased_at" in told
    events = told["events"]
    assert isinstance(events, list)
    assert [e["step"] for e in events] == ["accept", "fetch", "validate", "publish", "take back", "erase"]
    assert events[-1]["result"] == "5 objects, 7 versions; looked again: none"


def test_what_a_repeatable_request_said_is_erased_with_the_rest(world: World, photo: bytes) -> None:
    answer = world.app.test_client().post(
        "/api/v1/images",
        data={"file": file(photo), "caption": "A red boat"},
        headers=world.token() | {"Idempotency-Key": "k"},
    )
    upload_id = str((answer.json or {})["id"])
    assert world.work() == ["published"]
    owner = world.uploads_owner(upload_id)
    shown = stored_of(world.store, owner, UUID(upload_id), named=None, manifest=None, image=None)
    assert [one.kind for one in shown if one.size_bytes] == ["First request"], "it stands, as operators see"
    world.clock.advance(2 * MINUTE)
    assert take_back(world, upload_id) == 204
    world.clock.advance(UNDO_FOR + MINUTE)
    assert world.work() == ["erased"]

    left = [version.key for version in world.store.versions("")]
    assert [key for key in left if upload_id in key] == [
        f"taken-back/{world.uploads_owner(upload_id)}/{upload_id}"
    ]
    said = b"".join(world.store.get(key) or b"" for key in left)
    assert b"red boat" not in said
    assert b"boat.jpg" not in said


def test_everybody_is_told_that_it_is_gone(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    ben = world.sign_up("ben")
    assert "A red boat" in ben.get("/")

    assert take_back(world, upload_id) == 204

    for road in ("/", "/search?q=boat", "/home/user/ann"):
        assert "A red boat" not in ben.get(road), road
    assert ben.client.get(f"/image/{upload_id}").status_code == 410
    assert "Undo" not in ben.client.get(f"/image/{upload_id}").text
    code, told = call(world, "GET", f"/images/{upload_id}")
    assert (code, told["code"]) == (410, "taken_back")
    assert take_back(world, upload_id) == 204, "a second click"


def test_only_its_owner_may(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    ben = world.sign_up("ben")
    bearer = world.token("ben")
    client = world.app.test_client()
    assert client.delete(f"/api/v1/images/{upload_id}", headers=bearer).status_code == 404
    assert ben.client.get(f"/image/{upload_id}/take-back").status_code == 404
    assert "Take back" not in ben.get(f"/image/{upload_id}")
    assert ben.submit("/", "/take-back", id=upload_id, confirmed="yes").status_code == 404
    assert take_back(world, upload_id) == 204
    assert client.post(f"/api/v1/images/{upload_id}/restore", headers=bearer).status_code == 404
    for unknown in ("0195b2a4-0000-7000-8000-000000000000", "nonsense"):
        assert take_back(world, unknown) == 404
        assert call(world, "POST", f"/images/{unknown}/restore")[0] == 404
        assert call(world, "GET", f"/images/{unknown}")[0] == 404


def test_undone_in_time_it_is_where_it_was(world: World, ann: Browser, photo: bytes) -> None:
    upload_id = published(world, photo)
    before = call(world, "GET", f"/images/{upload_id}")
    take_back(world, upload_id)
    page = ann.client.get(f"/image/{upload_id}").text
    assert "/restore" in page

    answer = ann.submit("/uploads", "/restore", id=upload_id)

    assert answer.headers["Location"] == f"/image/{upload_id}"
    assert call(world, "GET", f"/images/{upload_id}") == before
    assert "A red boat" in ann.get("/search?q=boat")
    world.clock.advance(MINUTE)
    assert world.work() == ["cleared"], "the message finds nothing to erase"
    assert call(world, "GET", f"/images/{upload_id}") == before
    assert call(world, "POST", f"/images/{upload_id}/restore")[0] == 200, "the other tab"


def test_after_the_undo_time_it_is_too_late(world: World, ann: Browser, photo: bytes) -> None:
    upload_id = published(world, photo)
    take_back(world, upload_id)
    world.clock.advance(UNDO_FOR)
    code, told = call(world, "POST", f"/images/{upload_id}/restore")
    assert (code, told["code"]) == (409, "too_late")
    assert ann.submit("/uploads", "/restore", id=upload_id).status_code == 409
    assert "being erased" in ann.get("/uploads?state=gone")


def test_taken_back_again_after_an_undo_it_is_erased_at_the_later_time(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    take_back(world, upload_id)
    call(world, "POST", f"/images/{upload_id}/restore")
    world.clock.advance(timedelta(seconds=8))
    take_back(world, upload_id)
    world.clock.advance(timedelta(seconds=6))
    assert world.work() == ["cleared"], "the first message comes within the second undo time"
    assert state(world, upload_id) == "taken_back"
    world.clock.advance(MINUTE)
    assert world.work() == ["erased"]
    nothing_is_left(world, upload_id)


def test_what_waits_in_the_queue_is_taken_back_and_never_published(world: World, photo: bytes) -> None:
    upload_id = share(world, photo)
    assert take_back(world, upload_id) == 204
    assert world.work() == ["taken_back"], "the first message, which is over with that"
    assert world.sweep().cleared == 0, "its owner may undo it"
    world.clock.advance(2 * MINUTE)
    assert world.work() == ["erased"]
    nothing_is_left(world, upload_id)


def test_what_waits_in_the_queue_and_is_restored_is_published(world: World, photo: bytes) -> None:
    upload_id = share(world, photo)
    take_back(world, upload_id)
    assert world.work() == ["taken_back"]
    code, told = call(world, "POST", f"/images/{upload_id}/restore")
    assert (code, told["status"]) == (200, "queued")
    assert world.work() == ["published"]
    world.clock.advance(2 * MINUTE)
    assert world.work() == ["cleared"]
    assert state(world, upload_id) == "published"


def test_an_attempt_at_work_puts_objects_that_are_erased_with_the_rest(world: World, photo: bytes) -> None:
    """Taken back between the first look at the record and the last."""
    upload_id = share(world, photo)
    delivery = world.queue.receive()
    assert delivery is not None
    original = world.worker.attempts.publish

    def publish(*args: object, **kwargs: object) -> State:
        assert take_back(world, upload_id) == 204
        return original(*args, **kwargs)  # type: ignore[arg-type]  # whatever the pipeline hands on

    world.worker.attempts.publish = publish  # type: ignore[method-assign]  # a take-back at the worst moment
    assert world.work_on(delivery) == "taken_back"
    assert len(list(world.store.list("images/"))) == 1
    world.clock.advance(timedelta(seconds=30))
    assert world.work() == [], "an attempt that began before may still be at work"
    world.clock.advance(MINUTE)
    assert world.work() == ["erased"]
    nothing_is_left(world, upload_id)


def test_what_comes_while_it_is_erased_is_found_and_erased_too(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    take_back(world, upload_id)
    world.clock.advance(2 * MINUTE)
    delivery = world.queue.receive()
    assert delivery is not None
    [key] = [entry.key for entry in world.store.list("images/")]
    erase = world.store.erase

    def erase_too_early(versions: Iterable[StoredVersion]) -> None:
        erase(versions)
        world.store.put(key, photo, "image/jpeg", cache=True)  # by an attempt that was thought to be over

    world.store.erase = erase_too_early  # type: ignore[method-assign]  # and then somebody puts
    with pytest.raises(StillThere):
        world.work_on(delivery)
    assert state(world, upload_id) == "taken_back"
    del world.store.erase
    world.sweep(after=16 * MINUTE)
    world.clock.advance(MINUTE)
    assert "erased" in world.work()
    nothing_is_left(world, upload_id)


SELECTION = "/home/user/ann/select"


def test_a_selection_is_taken_back_and_undone_together(world: World, ann: Browser, photo: bytes) -> None:
    ids = [published(world, photo, f"Boat {n}") for n in range(3)]
    profile = ann.get(SELECTION)
    assert profile.count('type="checkbox"') == 3

    asked = ann.submit(SELECTION, "/take-back", id=ids[:2])

    assert "Take these 2 images back?" in asked.text
    assert ann.get(SELECTION).count('type="checkbox"') == 3, "a question changes nothing"
    done = ann.submit(SELECTION, "/take-back", id=ids[:2], confirmed="yes")
    assert done.headers["Location"] == "/uploads?state=gone"
    assert "Undo all 2" in ann.get("/uploads?state=gone")
    assert ann.get(SELECTION).count('type="checkbox"') == 1
    ann.submit("/uploads?state=gone", "/restore", id=ids[:2])
    assert ann.get(SELECTION).count('type="checkbox"') == 3
    assert ann.submit(SELECTION, "/take-back").status_code == 422


def test_the_api_takes_several_back_each_for_itself(world: World, photo: bytes) -> None:
    ids = [published(world, photo) for _ in range(2)]
    unknown = "0195b2a4-0000-7000-8000-000000000000"
    code, told = call(world, "POST", "/take-back", ids=[*ids, unknown])
    assert (code, told) == (200, {"taken_back": ids, "not_found": [unknown]})
    assert call(world, "POST", "/take-back", ids=[unknown] * 101)[1]["code"] == "too_many_ids"


def test_without_the_database_nothing_is_taken_back(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    token = world.token()
    world.database.away = True
    answer = world.app.test_client().delete(f"/api/v1/images/{upload_id}", headers=token)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    world.database.away = False
    assert state(world, upload_id) == "published"


def test_without_the_queue_the_sweep_sends_later(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    world.queue.away = True
    assert take_back(world, upload_id) == 204
    world.queue.away = False
    assert world.sweep().erasing == 0, "it may be undone yet"
    assert world.sweep(after=MINUTE).erasing == 1
    assert world.work() == ["erased"]
    nothing_is_left(world, upload_id)


def test_on_a_busy_queue_a_lost_message_is_sent_again_within_a_quarter_of_an_hour(
    world: World, photo: bytes
) -> None:
    upload_id = published(world, photo)
    take_back(world, upload_id)
    world.queue.lose(UUID(upload_id))
    share(world, photo)
    minutes = next(n for n in count(1) if world.sweep(after=MINUTE).erasing)
    assert minutes in (15, 16)
    assert sum(world.sweep(after=MINUTE).erasing for _ in range(14)) == 0


def test_what_can_not_be_erased_is_tried_for_ever_but_not_every_minute(world: World, photo: bytes) -> None:
    upload_id = published(world, photo)
    take_back(world, upload_id)
    fuse = Fuse(0, after=False)

    def forbidden(_versions: object) -> None:
        raise PermissionError("no s3:DeleteObjectVersion")

    world.store.erase = forbidden  # type: ignore[method-assign, assignment]  # as a policy that lacks an action
    sent = 0
    for _ in range(120):
        sent += world.sweep(after=MINUTE).erasing
        while delivery := world.queue.receive():
            with pytest.raises(PermissionError):
                world.work_on(delivery, fuse)
    assert 3 <= sent <= 10
    del world.store.erase
    world.sweep(after=timedelta(minutes=16))
    world.clock.advance(MINUTE)
    world.work()
    nothing_is_left(world, upload_id)


@SIDES
@pytest.mark.parametrize("when", ["published", "queued"])
def test_erasing_that_is_cut_off_at_any_call_is_completed_by_the_next_delivery(
    photo: bytes, when: str, after: bool
) -> None:
    for at in count(1):
        world = World()
        world.sign_up("ann")
        upload_id = published(world, photo) if when == "published" else share(world, photo)
        take_back(world, upload_id)
        world.clock.advance(2 * MINUTE)
        fuse = Fuse(at, after=after)
        while delivery := world.queue.receive():
            try:
                world.work_on(delivery, fuse)
            except Cut:
                break
        if fuse.calls < at:
            break
        world.clock.advance(2 * MINUTE)
        world.work()
        world.sweep(after=2 * MINUTE)
        world.work()
        nothing_is_left(world, upload_id)
    assert at > 8, "a whole run makes that many calls"


@pytest.mark.parametrize("what", ["second delivery", "redrive", "same bytes again", "sweep"])
def test_nothing_brings_it_back(world: World, photo: bytes, what: str) -> None:
    client, headers = world.app.test_client(), world.token() | {"Idempotency-Key": "once"}
    form = {"file": file(photo)}
    upload_id = str((client.post("/api/v1/images", data=form, headers=headers).json or {})["id"])
    first = world.queue.receive()
    assert first is not None
    world.work_on(first)
    take_back(world, upload_id)
    world.clock.advance(2 * MINUTE)
    assert world.work() == ["erased"]
    if what == "second delivery":
        world.queue.repeat(first)
    elif what == "redrive":
        world.queue.send(first.owner, first.upload_id)
    elif what == "same bytes again":
        again = client.post("/api/v1/images", data={"file": file(photo)}, headers=headers)
        assert (again.json or {})["id"] == upload_id
    else:
        client.post("/api/v1/images", data={"file": file(photo)}, headers=headers)
        world.queue.lose(UUID(upload_id))
        world.sweep(after=2 * MINUTE)
    world.work()
    roots = {version.key.partition("/")[0] for version in world.store.versions("")}
    assert roots == {"taken-back", "idempotency"}
    assert state(world, upload_id) == "erased"

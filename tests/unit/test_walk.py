"""The walk of an upload, from a person's hands to everybody's feed, through both tiers' own code in one process."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image

from shared.ports.unavailable import Unavailable
from tests.support_memory import World, file, small_photo

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A small JPEG."""
    return small_photo()


def share(world: World, photo: bytes, **fields: str) -> str:
    """An upload over the API; its id."""
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(photo)} | fields, headers=world.token()
    )
    assert answer.status_code == 202, answer.text
    return str((answer.json or {})["id"])


def test_from_the_form_to_the_feed(world: World, photo: bytes) -> None:
    ann = world.sign_up("ann")

    answer = ann.submit(
        "/upload", "/upload", file=file(photo), caption="At the lake #sunset", licence="cc-by"
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/uploads")
    assert "queued" in ann.get("/uploads").lower()
    assert world.queue.depth().visible == 1
    assert world.work() == ["published"]
    stranger = world.sign_up("ben")
    for page in ("/", "/search?q=lake+%23sunset", "/home/user/ann"):
        assert "At the lake" in stranger.get(page), page
    assert "At the lake" not in stranger.get("/search?q=mountain")


def test_from_the_api_to_the_search(world: World, photo: bytes) -> None:
    world.sign_up("ann")

    upload_id = share(world, photo, caption="Ærø by night", licence="cc0")

    client, token = world.app.test_client(), world.token()
    waiting = client.get(f"/api/v1/uploads/{upload_id}", headers=token).json or {}
    assert (waiting["status"], waiting["queue_position"]) == ("queued", 0)
    assert world.work() == ["published"]
    done = client.get(f"/api/v1/uploads/{upload_id}", headers=token).json or {}
    assert done["status"] == "published"
    assert [e["step"] for e in done["events"]] == ["accept", "fetch", "validate", "publish"]
    found = client.get("/api/v1/images?q=ærø&commercial=true", headers=token).json or {}
    assert [image["id"] for image in found["items"]] == [upload_id]


def test_afterwards_the_store_holds_three_objects_and_staging_none(world: World, photo: bytes) -> None:
    world.sign_up("ann")
    upload_id = share(world, photo)
    assert len(list(world.store.list("staging/"))) == 2

    world.work()

    stored = {entry.key.split("/")[0]: entry.key for entry in world.store.list("")}
    assert set(stored) == {"images", "previews", "thumbnails"}
    assert all(upload_id in key for key in stored.values())
    for key in stored.values():
        found = world.store.look(key)
        assert found is not None
        assert found.cache
        assert found.content_type.startswith("image/")


def test_a_file_at_fault_is_refused_with_its_reason(world: World, photo: bytes) -> None:
    ann = world.sign_up("ann")
    upload_id = share(world, photo[: len(photo) // 2])

    assert world.work() == ["rejected"]

    seen = world.app.test_client().get(f"/api/v1/uploads/{upload_id}", headers=world.token()).json or {}
    assert (seen["status"], seen["reason"]["code"]) == ("rejected", "truncated")
    assert seen["reason"]["message"] in ann.get("/uploads?state=problems").replace("&#39;", "'")
    assert list(world.store.list("")) == []


def test_accepting_needs_neither_queue_nor_database_and_the_sweep_sends_later(
    world: World, photo: bytes
) -> None:
    world.sign_up("ann")
    world.queue.away = world.database.away = True

    upload_id = share(world, photo)

    world.queue.away = world.database.away = False
    assert world.sweep().requeued == 0, "not within the grace"
    assert world.sweep(after=timedelta(minutes=1)).requeued == 1
    assert world.work() == ["published"]
    found = world.app.test_client().get(f"/api/v1/images/{upload_id}", headers=world.token())
    assert found.status_code == 200


def test_without_the_store_nothing_is_accepted_and_nothing_is_left(world: World, photo: bytes) -> None:
    world.sign_up("ann")
    world.store.away = True
    answer = world.app.test_client().post("/api/v1/images", data={"file": file(photo)}, headers=world.token())
    assert answer.status_code == 503
    world.store.away = False
    assert list(world.store.list("")) == []
    assert world.queue.depth().backlog == 0


def test_an_attempt_without_the_database_leaves_the_message_and_a_later_one_publishes(
    world: World, photo: bytes
) -> None:
    world.sign_up("ann")
    share(world, photo)
    world.database.away = True
    with pytest.raises(Unavailable):
        world.work()
    world.database.away = False
    assert world.work() == [], "the message is hidden yet"
    world.clock.advance(timedelta(minutes=1))
    assert world.work() == ["published"]


def test_operators_see_what_waits_and_what_was_done(world: World, photo: bytes) -> None:
    world.sign_up("ann")
    share(world, photo)
    world.work()
    share(world, photo)
    world.identity.add_to_group("ann", "operators")
    queue = world.app.test_client().get("/api/v1/queue", headers=world.token()).json or {}
    assert (queue["visible"], queue["dead_letters"]) == (1, 0)
    assert world.app.test_client().get("/readyz").status_code == 200


def test_a_smaller_one_is_offered_where_it_is_smaller_and_is_saved_under_its_name(
    world: World, photo: bytes
) -> None:
    ann = world.sign_up("ann")
    out = io.BytesIO()
    Image.new("RGB", (4000, 60), "teal").save(out, "JPEG")
    small, wide = share(world, photo), share(world, out.getvalue())
    assert world.work() == ["published", "published"]

    assert "Smaller: " not in ann.get(f"/image/{small}")
    link = re.search(r'href="([^"]+)"[^>]*>Smaller: ', ann.get(f"/image/{wide}"))
    assert link
    assert "boat.jpg" in link[1]

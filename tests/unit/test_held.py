"""What was removed does not come again by itself: it waits for a moderator, whatever is cut off, repeated or lost."""

import hashlib
import io
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from local.drive.landscapes import landscape
from shared.adapters.memory import fingerprints, image_rows
from shared.domain.delivery import VISIBILITY_TIMEOUT_SECONDS
from shared.domain.moderation import Moderator
from shared.domain.operator_acts import Operator, Way
from shared.domain.operator_acts import Verb as OperatorVerb
from shared.domain.refusals import Refusal
from shared.domain.uploads import State
from shared.operating.acting import act_on
from tests.support_memory import Browser, World, file
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.held import all_held, refuse, release

pytestmark = pytest.mark.slow

MOE = Moderator(UUID(int=7), "moe")
NEVER = 10**6  # more calls than there are


@pytest.fixture(scope="module")
def photo() -> bytes:
    return landscape(1, 0.2)


@pytest.fixture(scope="module")
def nearly(photo: bytes) -> bytes:
    """The same picture, smaller and encoded anew."""
    image, out = Image.open(io.BytesIO(photo)), io.BytesIO()
    image.resize((image.width // 2, image.height // 2)).save(out, "JPEG", quality=60)
    return out.getvalue()


def send(world: World, data: bytes, name: str = "ann") -> str:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(data)}, headers=world.token(name)
    )
    assert answer.status_code == 202, answer.text
    return str((answer.json or {})["id"])


def told(world: World, upload_id: str, name: str = "ann") -> dict[str, Any]:
    answer = world.app.test_client().get(f"/api/v1/uploads/{upload_id}", headers=world.token(name))
    assert answer.status_code == 200, answer.text
    return answer.json or {}


def with_barred(photo: bytes) -> tuple[World, Browser]:
    """A portal from which a picture of Bob's was removed by a moderator, and Ann."""
    world = World()
    world.sign_up("bob")
    ann = world.sign_up()
    image_id = UUID(send(world, photo, "bob"))
    assert world.work() == ["published"]
    with world.database.transaction() as tables:
        fingerprints.bar(tables, image_id, world.clock(), "a face without consent")
        image_rows.hide(tables, image_id)
    return world, ann


def published(world: World, upload_id: str) -> bool:
    return world.web.images.find(UUID(upload_id)) is not None


def staged(world: World, upload_id: str) -> list[str]:
    return [entry.key for entry in world.store.list("staging/") if upload_id in entry.key]


@pytest.mark.parametrize("same", [True, False], ids=["the same bytes", "nearly the same picture"])
def test_what_was_removed_waits_for_a_moderator(photo: bytes, nearly: bytes, same: bool) -> None:
    world, ann = with_barred(photo)
    upload_id = send(world, photo if same else nearly)
    assert world.work() == ["held"]
    assert not published(world, upload_id)
    assert staged(world, upload_id), "its bytes are kept"
    seen = told(world, upload_id)
    assert (seen["status"], seen.get("reason"), seen["events"][-1]["step"]) == ("held", None, "hold")
    for page in ("/uploads", "/uploads?state=progress"):
        assert "A moderator looks at it first" in ann.get(page)
    [held] = all_held(world.worker.held)
    assert (str(held.upload.id), held.barred and held.barred.reason) == (upload_id, "a face without consent")


def test_another_picture_is_published(photo: bytes) -> None:
    world, _ = with_barred(photo)
    send(world, landscape(4, 0.3))
    assert world.work() == ["published"]


def test_neither_a_second_delivery_nor_the_sweep_nor_a_redrive_publishes_it(photo: bytes) -> None:
    world, _ = with_barred(photo)
    upload_id = send(world, photo)
    world.work()
    owner = world.uploads_owner(upload_id)
    for _ in range(2):
        world.queue.send(owner, UUID(upload_id))
        assert world.work() == ["held"]
    report = world.sweep(after=timedelta(days=3))
    assert (report.requeued, report.failed, report.cleared) == (0, 0, 0)
    upload = world.web.uploads.find(UUID(upload_id))
    assert upload is not None
    done = act_on(world.worker, Operator("olga", Way.TERMINAL), OperatorVerb.REDRIVE, [upload.id], "it")
    assert (done.done, done.not_failed) == (0, 1)
    assert world.work() == []
    assert not published(world, upload_id)


def test_what_a_moderator_releases_is_published_and_found(photo: bytes) -> None:
    world, _ = with_barred(photo)
    upload_id = send(world, photo)
    world.work()
    assert release(world.worker, UUID(upload_id)) == "is sent again"
    assert "left alone" in release(world.worker, UUID(upload_id))
    assert "left alone" in refuse(world.worker, UUID(upload_id))
    assert world.work() == ["published"]
    assert published(world, upload_id)
    assert list(all_held(world.worker.held)) == []


def test_a_release_whose_message_is_lost_is_sent_by_the_sweep(photo: bytes) -> None:
    world, _ = with_barred(photo)
    upload_id = send(world, photo)
    world.work()
    assert world.worker.held.release(UUID(upload_id), MOE)
    assert world.sweep(after=timedelta(minutes=5)).requeued == 1
    assert world.work() == ["published"]


def test_of_what_a_moderator_refuses_nothing_stays(photo: bytes) -> None:
    world, ann = with_barred(photo)
    upload_id = send(world, photo)
    world.work()
    assert refuse(world.worker, UUID(upload_id)) == "is rejected"
    assert "left alone" in release(world.worker, UUID(upload_id))
    seen = told(world, upload_id)
    assert (seen["status"], seen["reason"]["code"]) == ("rejected", "barred")
    assert Refusal.BARRED.sentence in ann.get("/uploads?state=problems").replace("&#39;", "'")
    world.sweep()
    left = [version.key for version in world.store.versions("") if upload_id in version.key]
    assert [key for key in left if not key.startswith("staging/")] == []
    assert staged(world, upload_id) == []


def test_its_owner_may_take_it_back_and_an_undo_brings_it_before_the_moderator_again(photo: bytes) -> None:
    world, ann = with_barred(photo)
    upload_id = send(world, photo)
    world.work()
    assert f"/image/{upload_id}/take-back" in ann.get("/uploads")
    call, token = world.app.test_client(), world.token()
    assert call.delete(f"/api/v1/images/{upload_id}", headers=token).status_code == 204
    assert list(all_held(world.worker.held)) == []
    assert "left alone" in release(world.worker, UUID(upload_id))
    restored = call.post(f"/api/v1/images/{upload_id}/restore", headers=token)
    assert (restored.json or {})["status"] == "queued"
    assert world.work() == ["held"]
    call.delete(f"/api/v1/images/{upload_id}", headers=token)
    world.clock.advance(timedelta(minutes=30))
    assert "erased" in world.work()
    assert [v.key for v in world.store.versions("") if upload_id in v.key and "taken" not in v.key] == []


@SIDES
def test_cut_off_at_any_call_it_is_held_and_after_the_release_published_once(
    photo: bytes, after: bool
) -> None:
    calls = held_and_released(photo, Fuse(NEVER, after=after))
    assert calls > 10
    for at in range(1, calls + 1):
        held_and_released(photo, Fuse(at, after=after))


def held_and_released(photo: bytes, fuse: Fuse) -> int:
    """Held through the fuse, and released through it too if it has not burnt; the calls that it saw."""
    world, _ = with_barred(photo)
    upload_id = UUID(send(world, photo))
    attempted(world, fuse)
    assert not published(world, str(upload_id))
    assert [held.upload.id for held in all_held(world.worker.held)] == [upload_id]
    release(world.worker, upload_id)
    attempted(world, fuse)
    upload = world.web.uploads.find(upload_id)
    assert upload is not None
    assert upload.status is State.PUBLISHED
    image = world.web.images.find(upload_id)
    assert image is not None
    data = world.store.get(image.original_key) or b""
    assert hashlib.sha256(data).hexdigest() == image.sha256
    steps = [event.step for event in world.web.uploads.events(upload_id)]
    assert (steps.count("hold"), steps.count("release")) == (1, 1)
    world.sweep(after=timedelta(hours=1))
    assert world.work() == []
    assert staged(world, str(upload_id)) == []
    return fuse.calls


def attempted(world: World, fuse: Fuse) -> None:
    """One delivery through the fuse, and whatever it leaves again when its time is over."""
    delivery = world.queue.receive()
    assert delivery is not None
    with suppress(Cut):
        world.work_on(delivery, fuse)
    world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
    world.work()


def test_operators_see_how_many_wait_and_no_age_that_only_a_moderator_can_end(photo: bytes) -> None:
    world, _ = with_barred(photo)
    send(world, photo)
    world.work()
    world.clock.advance(timedelta(days=2))
    send(world, landscape(4, 0.1))
    world.clock.advance(timedelta(seconds=5))
    world.identity.add_to_group("ann", "operators")
    operator = world.token()
    figures = world.app.test_client().get("/api/v1/queue", headers=operator).json or {}
    assert figures["held"] == 1
    assert figures["oldest_age_seconds"] < 60, "the one that waits for a worker"
    assert "1 held for a moderator" in world.app.test_client().get("/ops", headers=operator).text

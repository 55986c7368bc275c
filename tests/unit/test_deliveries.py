"""Each upload ends once, whatever SQS repeats, reorders or loses, and whenever a worker is killed."""

import io
import random
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.sparing import MOST_SPARED
from shared.domain.uploads import State
from shared.staging import Staging
from tests.support_memory import World, file
from tests.support_tripwire import Cut, Fuse

pytestmark = pytest.mark.slow

UPLOADS = 4
STEPS = 40
CALLS_OF_AN_ATTEMPT = 11  # to the store and the records


@pytest.fixture(scope="module")
def photos() -> list[bytes]:
    """One small picture for each upload; the last one is damaged."""
    made = []
    for number in range(UPLOADS):
        out = io.BytesIO()
        Image.new("RGB", (8, 8), (number * 50, 0, 0)).save(out, "PNG")
        made.append(out.getvalue())
    made[-1] = made[-1][:-20]
    return made


def one_thing_happens(world: World, chance: random.Random, ids: list[UUID]) -> None:
    """An attempt on any visible message, killed at any call or not; or one of SQS's liberties; or a sweep."""
    match chance.choice(["work", "work", "crash", "repeat", "lose", "wait", "sweep"]):
        case "work":
            if delivery := world.queue.receive(chance.randrange(9)):
                world.work_on(delivery)
        case "crash":
            if delivery := world.queue.receive(chance.randrange(9)):
                fuse = Fuse(chance.randrange(1, CALLS_OF_AN_ATTEMPT + 1), after=chance.random() < 0.5)
                with suppress(Cut):
                    world.work_on(delivery, fuse)
        case "repeat":
            if delivery := world.queue.receive(chance.randrange(9)):
                world.queue.repeat(delivery)
                world.work_on(delivery)
        case "lose":
            world.queue.lose(chance.choice(ids))
        case "wait":
            world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
        case "sweep":
            world.sweep(after=timedelta(minutes=1))


def redrive_all(world: World) -> None:
    """As an operator would: those whose last permitted attempt was killed."""
    for upload in world.worker.failed_uploads.of(None, None, UPLOADS):
        manifest = Staging(world.store).manifest(upload.owner, upload.id)
        assert manifest is not None, "what has failed is kept"
        assert world.worker.recovery.redriven(manifest)
        world.queue.send(upload.owner, upload.id)


@pytest.mark.parametrize("seed", range(8))
def test_every_upload_ends_once_whatever_is_repeated_reordered_or_lost(
    photos: list[bytes], seed: int
) -> None:
    world, chance = World(), random.Random(seed)  # noqa: S311 -- the same on every run, and nothing secret
    world.sign_up("ann")
    client, token = world.app.test_client(), world.token()
    ids = []
    for photo in photos:
        answer = client.post("/api/v1/images", data={"file": file(photo, "p.png")}, headers=token)
        ids.append(UUID((answer.json or {})["id"]))

    for _ in range(STEPS):
        one_thing_happens(world, chance, ids)
    for _ in range(8):
        world.work()
        world.sweep(after=timedelta(minutes=20))
        redrive_all(world)

    states = {i: u.status for i, u in world.web.uploads.find_many(ids).items()}
    assert [str(states[i]) for i in ids] == ["published"] * (UPLOADS - 1) + ["rejected"]
    objects = [entry.key for entry in world.store.list("")]
    assert [sum(str(i) in key for key in objects) for i in ids] == [3] * (UPLOADS - 1) + [0]
    assert not list(world.store.list("staging/"))
    assert world.queue.depth().backlog == 0


def accepted(world: World, photo: bytes) -> UUID:
    """A file that somebody has sent."""
    world.sign_up("ann")
    data = {"file": file(photo, "p.png")}
    answer = world.app.test_client().post("/api/v1/images", data=data, headers=world.token())
    return UUID((answer.json or {})["id"])


def kill_each(world: World, times: int, at: int) -> None:
    """So many attempts in a row, each killed at that call, and what heals beside them."""
    kills = 0
    for _ in range(4 * times):
        if kills < times and (delivery := world.queue.receive()):
            with suppress(Cut):
                world.work_on(delivery, Fuse(at, after=False))
                continue
            kills += 1
        world.sweep(after=timedelta(minutes=2))


@pytest.mark.parametrize("at", [1, 2, 3, 5, 6])  # of which the last three are within the attempt itself
def test_a_good_upload_whose_workers_are_killed_ten_times_is_published(photos: list[bytes], at: int) -> None:
    world = World()
    upload_id = accepted(world, photos[0])
    kill_each(world, 10, at)
    world.work()
    found = world.web.uploads.find(upload_id)
    assert found
    assert found.status is State.PUBLISHED
    assert at < 3 or world.queue.depth().dead_letters == 0


def test_a_picture_that_ends_every_process_is_given_up(photos: list[bytes]) -> None:
    world = World()
    upload_id = accepted(world, photos[0])
    kill_each(world, MAX_RECEIVE_COUNT * (MOST_SPARED + 1), at=5)
    found = world.web.uploads.find(upload_id)
    assert found
    assert found.status is State.FAILED

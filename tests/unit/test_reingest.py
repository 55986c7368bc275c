"""Renditions made anew, through both tiers' own code in one process, in memory."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest

from shared.domain.ids import new_upload_id
from shared.domain.images import RECIPE, Image
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import KEPT_FOR, LEASE, MOST_TRIES, Run, Standing, Which
from shared.ports.object_store import StoreUnavailable
from tests.support_memory import World, file, small_photo
from tests.support_renditions import render_otherwise
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.imaging import ChildLost, Limits
from worker.reingest import drip, remove_given_up

pytestmark = pytest.mark.slow

MINUTE = timedelta(minutes=1)
OLGA = Operator("olga", Way.TERMINAL)


@pytest.fixture
def world() -> World:
    made = World()
    made.sign_up("ann")
    return made


def share(world: World) -> UUID:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(small_photo()), "licence": "cc0"}, headers=world.token()
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def published(world: World, number: int = 1) -> list[Image]:
    """Images that no attempt works on any more, oldest first."""
    ids = [share(world) for _ in range(number)]
    assert world.work() == ["published"] * number
    world.clock.advance(2 * MINUTE)
    return [now(world, image_id) for image_id in ids]


def now(world: World, image_id: UUID) -> Image:
    found = world.web.images.find(image_id)
    assert found is not None
    return found


def start(world: World, which: Which | None = None) -> Run:
    run = world.worker.reingest.start(new_upload_id(), OLGA, which or Which())
    assert run is not None
    return run


def known(world: World, run: Run) -> Run:
    """As it is by now; its counts add up, and agree with what waits."""
    found = world.worker.reingest.find(run.id)
    assert found is not None
    assert sum(found.counts.values()) == found.asked
    rows = world.database.read().reingest_images
    waiting = sum(row.waiting for (of, _), row in rows.items() if of == run.id)
    assert waiting == (0 if found.standing is Standing.CANCELLED else found.waiting)
    return found


def stored(world: World, image: Image) -> list[bytes]:
    """What is stored of an image, all that its record names; it is shown."""
    keys = [image.original_key, *sorted(image.rendition_keys)]
    found = [world.store.get(key) for key in keys]
    assert None not in found
    return [data for data in found if data]


def test_all_are_made_anew_and_the_old_ones_go_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = published(world, 3)
    run = start(world)
    render_otherwise(monkeypatch)

    assert world.sweep().reingesting == 1
    assert world.work() == ["made"] * 3, "each sends the next"

    ended = known(world, run)
    assert (ended.standing, ended.made) == (Standing.DONE, 3)
    for old in before:
        new = now(world, old.id)
        assert new.original_key == old.original_key
        assert not new.rendition_keys & old.rendition_keys
        assert sum(map(len, stored(world, new))) < sum(map(len, stored(world, old))), (
            "the old are there still"
        )
        entry = world.store.look(new.thumbnail.key)
        assert entry is not None
        assert (entry.cache, entry.content_type) == (True, "image/webp")
        assert world.web.uploads.events(old.id)[-1].result == "2 renditions made anew"
    assert world.sweep(KEPT_FOR + MINUTE).renditions_removed == 6
    assert [world.store.get(key) for key in before[0].rendition_keys] == [None, None]
    assert len(stored(world, now(world, before[0].id))) == 3
    assert world.sweep().renditions_removed == 0


def test_what_comes_out_the_same_keeps_its_addresses(world: World) -> None:
    [image] = published(world)
    run = start(world)
    world.sweep()
    assert world.work() == ["unchanged"]
    assert known(world, run).unchanged == 1
    assert now(world, image.id).rendition_keys == image.rendition_keys
    assert now(world, image.id).recipe == RECIPE
    assert len(list(world.store.versions("thumbnails/"))) == 1, "nothing is written"
    assert world.web.uploads.events(image.id)[-1].result == "unchanged"


def test_a_rendition_that_was_lost_is_there_again(world: World) -> None:
    [image] = published(world)
    world.store.delete([image.thumbnail.key])
    run = start(world)
    world.sweep()
    assert world.work() == ["made"]
    assert known(world, run).made == 1
    found = now(world, image.id)
    assert found.preview == image.preview
    assert len(stored(world, found)) == 3


def test_new_uploads_go_first(world: World) -> None:
    published(world, 4)
    run = start(world)
    world.sweep()
    states = []
    new = [share(world) for _ in range(3)]
    while delivery := world.queue.receive():
        states.append((delivery.upload_id in new, world.work_on(delivery)))
    # One picture was under way when they came; the next is sent once none of them waits.
    assert [is_new for is_new, _ in states[:4]].count(False) <= 1
    assert [state for _, state in states].count("published") == 3
    world.sweep()
    world.work()
    assert known(world, run).unchanged == 4


def test_nothing_is_sent_while_something_waits(world: World) -> None:
    published(world, 2)
    start(world)
    share(world)
    assert drip(world.worker) == 0
    assert world.sweep().reingesting == 0
    world.work()
    assert world.sweep().reingesting == 1
    assert drip(world.worker) == 0, "one at a time where there is one worker"


def test_an_upload_whose_message_was_lost_is_no_later_for_it(world: World) -> None:
    published(world, 2)
    start(world)
    world.sweep()
    upload_id = share(world)
    world.queue.lose(upload_id)
    assert world.sweep(MINUTE).requeued == 1


@SIDES
def test_cut_off_at_every_call(world: World, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was done of it: the picture is shown at every moment, made anew in the end, and counted once."""
    images = published(world, 1)
    for at in count(1):
        [image] = [now(world, image.id) for image in images]
        render_otherwise(monkeypatch, 90 if at % 2 else 30)
        run = start(world)
        assert drip(world.worker) == 1
        delivery = world.queue.receive()
        assert delivery is not None
        fuse = Fuse(at, after=after)
        try:
            world.work_on(delivery, fuse)
        except Cut:
            assert len(stored(world, now(world, image.id))) == 3
            world.clock.advance(MINUTE + MINUTE)
            world.work()
            world.sweep(LEASE)
            world.work()
        ended = known(world, run)
        assert (ended.made, ended.standing) == (1, Standing.DONE)
        assert len(stored(world, now(world, image.id))) == 3
        assert not now(world, image.id).rendition_keys & image.rendition_keys
        world.sweep(KEPT_FOR + MINUTE)
        assert {v.key for v in world.store.list("thumbnails/")} == {now(world, image.id).thumbnail.key}
        if fuse.calls < at:
            break
    assert at > 8, "it was cut at many places"


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_removal_of_old_renditions_that_is_cut_off_is_completed_by_the_next(
    world: World, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = published(world, 2)
    start(world)
    render_otherwise(monkeypatch)
    world.sweep()
    assert world.work() == ["made"] * 2
    world.clock.advance(KEPT_FOR + MINUTE)
    with pytest.raises(Cut):
        remove_given_up(Fuse(at, after=True).wire_all(world.worker))
    remove_given_up(world.worker)
    named = {key for image in images for key in now(world, image.id).rendition_keys}
    assert {entry.key for kind in ("previews/", "thumbnails/") for entry in world.store.list(kind)} == named


def test_an_original_that_is_missing_or_another_changes_nothing(world: World) -> None:
    lost, other, well = published(world, 3)
    world.store.delete([lost.original_key])
    world.store.put(other.original_key, small_photo(), "image/jpeg")
    run = start(world)
    world.sweep()
    assert world.work() == ["unchanged", "failed", "failed"]
    ended = known(world, run)
    assert (ended.failed, ended.unchanged, ended.standing) == (2, 1, Standing.DONE)
    reasons = {f.image_id: f.reason for f in world.worker.reingest.failures(run.id, None, 9)}
    assert reasons == {
        lost.id: "Its original is missing.",
        other.id: "Its original is not what was published: the digest is another one.",
    }
    for image in (lost, other, well):
        assert now(world, image.id).rendition_keys == image.rendition_keys
    assert world.web.uploads.events(lost.id)[-1].result == (
        "they stay as they were: Its original is missing."
    )


def test_what_would_be_refused_by_now_stays_published(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [image] = published(world)
    monkeypatch.setattr("tests.support_memory.Limits", lambda: Limits(max_pixels=100))
    run = start(world)
    world.sweep()
    assert world.work() == ["failed"]
    [failure] = world.worker.reingest.failures(run.id, None, 9)
    assert failure.reason.startswith("It was published, and would be refused by now: ")
    assert now(world, image.id) == image


def test_a_worker_that_is_ended_each_time_gives_it_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [image] = published(world)
    run = start(world)

    def lost(*_: object) -> None:
        raise ChildLost("the imaging process ended with -9")

    monkeypatch.setattr("worker.reingest.process", lost)
    world.sweep()
    for attempt in range(1, MOST_TRIES + 1):
        delivery = world.queue.receive()
        assert delivery is not None
        if attempt < MOST_TRIES:
            with pytest.raises(ChildLost):
                world.work_on(delivery)
            world.clock.advance(MINUTE)
        else:
            assert world.work_on(delivery) == "failed"
    assert known(world, run).failed == 1
    assert "ended with -9" in world.worker.reingest.failures(run.id, None, 9)[0].reason
    assert now(world, image.id) == image
    assert world.queue.depth().dead_letters == 0


def away(*_: object, **__: object) -> None:
    raise StoreUnavailable("the store is away")


def test_a_store_that_is_away_costs_no_try(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [image] = published(world)
    run = start(world)
    for _ in range(MOST_TRIES + 2):
        assert drip(world.worker) == 1
        delivery = world.queue.receive()
        assert delivery is not None
        with monkeypatch.context() as patch:
            patch.setattr(world.store, "put", away)
            patch.setattr(world.store, "get", lambda key: away() if key == image.original_key else None)
            assert world.work_on(delivery) == "cleared"
    drip(world.worker)
    assert world.work() == ["unchanged"]
    assert known(world, run).unchanged == 1
    assert now(world, image.id).rendition_keys == image.rendition_keys


def test_taken_back_while_it_is_made_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    [image] = published(world)
    run = start(world)
    render_otherwise(monkeypatch)
    drip(world.worker)
    settle = world.worker.reingest.settle

    def late(*given: object) -> object:
        world.web.taking_back.take_back(image.id, image.owner, None)
        return settle(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.worker.reingest, "settle", late)
    assert world.work() == ["gone"]
    assert known(world, run).gone == 1
    world.sweep(10 * MINUTE)
    assert world.work() == ["erased"]
    assert [v.key for v in world.store.versions("")] == [f"taken-back/{image.owner}/{image.id}"]


def test_paused_nothing_goes_on_and_resumed_it_does(world: World) -> None:
    published(world, 2)
    run = start(world)
    world.sweep()
    world.worker.reingest.act(run.id, OLGA, Verb.PAUSE_REINGEST)
    assert world.work() == ["cleared"]
    assert world.sweep().reingesting == 0
    world.worker.reingest.act(run.id, OLGA, Verb.RESUME_REINGEST)
    assert world.sweep().reingesting == 1
    assert world.work() == ["unchanged", "unchanged"]
    assert known(world, run).standing is Standing.DONE


def test_what_is_gone_holds_nothing_up(world: World) -> None:
    images = published(world, 3)
    run = start(world)
    for image in images[1:]:
        world.web.taking_back.take_back(image.id, image.owner, None)
    world.sweep()
    world.work()
    ended = known(world, run)
    assert (ended.gone, ended.unchanged) == (2, 1)

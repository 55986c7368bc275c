"""S3 and MySQL are compared and repaired, in memory: nothing false is found, and no only copy is ever lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from shared.domain.consistency import EVERY, Check, Fault, Finding, FindingState
from shared.domain.operator_acts import Operator, Way
from shared.domain.taking_back import UNDO_FOR
from shared.domain.uploads import Attempt, State
from shared.operating.asking import ask_for_check, ask_for_repair
from shared.operating.consistency import check_a_while
from shared.ports.inventory import Named
from shared.quarantine import Quarantine
from shared.staging import Staging
from tests.support_memory import World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse
from worker.consistency import repair_asked

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
BY = Operator("ann", Way.TERMINAL)
FULL = [FindingState.OPEN]
Plant = Callable[[World, Named], object]


def portal(images: int = 1) -> World:
    """Images that were published a day ago by ann; the week's check has been."""
    world = World()
    world.sign_up("ann")
    for _ in range(images):
        post(world)
    world.work()
    world.clock.advance(DAY)
    return world


def post(world: World) -> UUID:
    answer = world.app.test_client().post(
        "/api/v1/images",
        data={"file": file(small_photo()), "licence": "cc0"},
        headers=world.token(),
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def check(world: World, *, full_hash: bool = True, seconds: float = 60) -> Check:
    """A whole check, by as many ticks as it takes."""
    running = world.worker.checks.running()
    if running is None:
        assert ask_for_check(world.worker, BY, full_hash=full_hash)
    while True:
        seen = check_a_while(world.worker, seconds=seconds)
        assert seen is not None
        if seen.ended_at:
            return seen


def found(world: World, seen: Check | None = None) -> list[Finding]:
    """What it tells of."""
    seen = seen or check(world)
    return world.worker.findings.of(seen.id, None, FULL, None, 99)


def named(world: World) -> Named:
    [first, *_] = world.worker.inventory.page("", 9)
    return first


def repaired(world: World, findings: list[Finding], parts: Any = None) -> list[tuple[FindingState, str]]:
    ask_for_repair(world.worker, BY, [f.id for f in findings], "all")
    repair_asked(parts or world.worker)
    return [(f.state, f.told) for f in world.worker.findings.find_many([f.id for f in findings])]


# ---- Faults, planted --------------------------------------------------------------------------------------------


def lose_original(world: World, image: Named) -> None:
    world.store.delete([image.original_key])


def lose_rendition(world: World, image: Named) -> None:
    key = image.renditions[-1]
    world.store.erase(list(world.store.versions(key)))


def add_stray(world: World, _: Named) -> None:
    key = f"images/boat_20260101000000000000_{UUID(int=7)}.jpg"
    world.store.put(key, b"nobody's", "image/jpeg")
    world.clock.advance(DAY)


def add_second_format(world: World, image: Named) -> None:
    world.store.put(image.original_key.replace(".jpg", ".png"), b"of no record", "image/png")
    world.clock.advance(DAY)


def flip_a_byte(world: World, image: Named) -> None:
    data = bytearray(world.store.get(image.original_key) or b"")
    data[len(data) // 2] ^= 1
    world.store.put(image.original_key, bytes(data), "image/jpeg")


def cut_short(world: World, image: Named) -> None:
    world.store.put(image.original_key, b"short", "image/jpeg")


def empty_a_rendition(world: World, image: Named) -> None:
    world.store.put(image.renditions[0], b"", "image/jpeg")


def purge_the_queue(world: World, _: Named) -> None:
    post(world)
    while delivery := world.queue.receive():
        world.queue.delete(delivery)
    world.clock.advance(DAY)


def lose_what_was_staged(world: World, image: Named) -> None:
    upload_id = post(world)
    delivery = world.queue.receive()
    assert delivery is not None
    manifest = Staging(world.store).manifest(image.owner, upload_id)
    assert manifest is not None
    world.worker.attempts.begin(manifest, Attempt(1, "w", datetime.now(UTC)))
    world.queue.delete(delivery)
    world.store.delete([entry.key for entry in world.store.list("staging/")])
    world.clock.advance(DAY)


def put_erased_back(world: World, image: Named) -> None:
    data = world.store.get(image.original_key) or b""
    world.web.taking_back.take_back(image.upload_id, image.owner)
    world.queue.send(image.owner, image.upload_id)
    world.clock.advance(UNDO_FOR + timedelta(hours=1))
    assert world.work()[-1] == State.ERASED
    world.store.put(image.original_key, data, "image/jpeg")
    world.store.put(image.renditions[0], data, "image/jpeg")
    world.store.delete([image.renditions[0]])


def leave_in_staging(world: World, image: Named) -> None:
    _, sink = Staging(world.store).receive(image.owner, image.upload_id)
    sink.write(b"left")
    sink.commit()
    world.store.put(f"staging/{image.owner}/{image.upload_id}/manifest", b"{}", "application/json")
    world.clock.advance(DAY)


def leave_never_accepted(world: World, image: Named) -> None:
    _, sink = Staging(world.store).receive(image.owner, UUID(int=8))
    sink.write(b"half")
    sink.commit()
    world.clock.advance(DAY)


FAULTS: dict[str, tuple[Plant, list[Fault]]] = {
    "original deleted": (lose_original, [Fault.MISSING]),
    "rendition erased": (lose_rendition, [Fault.MISSING]),
    "object added": (add_stray, [Fault.STRAY]),
    "second format": (add_second_format, [Fault.STRAY]),
    "byte flipped": (flip_a_byte, [Fault.WRONG]),
    "cut short": (cut_short, [Fault.WRONG]),
    "rendition emptied": (empty_a_rendition, [Fault.WRONG]),
    "message purged": (purge_the_queue, [Fault.UNSENT]),
    "staging emptied": (lose_what_was_staged, [Fault.UNSENT]),
    "erased object put back": (put_erased_back, [Fault.ERASED, Fault.ERASED]),
    "left in staging": (leave_in_staging, [Fault.LEFT]),
    "never accepted": (leave_never_accepted, [Fault.LEFT]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_repaired_and_then_nothing_is_found(name: str) -> None:
    plant, faults = FAULTS[name]
    world = portal(2)
    assert found(world) == []
    plant(world, named(world))

    findings = found(world)

    assert [f.suspect.fault for f in findings] == faults
    assert [state for state, _ in repaired(world, findings)] == [FindingState.REPAIRED] * len(faults)
    assert found(world) == []


@pytest.mark.parametrize("name", FAULTS)
def test_a_step_at_a_time_finds_the_same(name: str) -> None:
    plant, faults = FAULTS[name]
    world = portal(2)
    plant(world, named(world))
    assert [f.suspect.fault for f in found(world, check(world, seconds=0))] == faults


@pytest.mark.parametrize("name", FAULTS)
@SIDES
def test_a_repair_cut_off_at_any_call_loses_nothing_and_is_done_again(name: str, after: bool) -> None:
    plant, _ = FAULTS[name]
    world = portal()
    plant(world, named(world))
    findings = found(world)
    ask_for_repair(world.worker, BY, [f.id for f in findings], "all")
    before, again = contents(world), remembered(world)
    for at in count(1):
        again()
        fuse = Fuse(at, after=after)
        wired = ("store", "uploads", "recovery", "inventory", "findings", "queue", "operator_acts")
        parts = replace(world.worker, **{part: fuse.wire(getattr(world.worker, part)) for part in wired})
        try:
            repair_asked(parts)
        except Cut:
            lost = before - contents(world)
            assert name == "erased object put back" or not lost, at
            world.clock.advance(timedelta(minutes=10))
            repair_asked(world.worker)
            states = {f.state for f in world.worker.findings.find_many([f.id for f in findings])}
            assert states <= {FindingState.REPAIRED, FindingState.GONE}, at
            assert found(world) == [], at
        else:
            assert at > 3
            return


def remembered(world: World) -> Callable[[], None]:
    """Takes S3, MySQL and the time back to what they are now."""
    tables, now = world.database.read(), world.clock()
    objects, past = dict(world.store._objects), dict(world.store._past)

    def again() -> None:
        world.database._tables = tables
        world.clock._now = now
        world.store._objects, world.store._past = dict(objects), dict(past)

    return again


def contents(world: World) -> set[bytes]:
    """All bytes that can be had: what is there now, not what a version hides."""
    return {world.store.get(entry.key) or b"" for entry in world.store.list("")} - {b""}


# ---- What is none -----------------------------------------------------------------------------------------------


def test_a_portal_at_work_gives_no_findings() -> None:
    world = portal(6)
    ask_for_check(world.worker, BY, full_hash=True)
    images = world.worker.inventory.page("", 9)
    client, token = world.app.test_client(), world.token()
    for turn in range(400):
        if turn % 7 == 0:
            post(world)
        if turn % 7 == 3:
            world.work()
        if turn % 30 == 5 and images:
            image = images.pop()
            client.delete(f"/api/v1/images/{image.upload_id}", headers=token)
        if turn % 11 == 2:
            client.patch(
                f"/api/v1/images/{images[0].upload_id}",
                json={"caption": f"x{turn}"},
                headers=token | {"If-Match": "*"},
            )
        if turn % 40 == 39:
            world.clock.advance(UNDO_FOR + timedelta(minutes=1))
        seen = check_a_while(world.worker, seconds=0)
        if seen is not None and seen.ended_at:
            break
    else:
        pytest.fail("the check never ended")
    assert found(world, seen) == []
    assert turn > 10


def test_what_is_in_the_middle_of_changing_is_no_finding() -> None:
    world = portal()
    image = named(world)
    world.store.put(f"tiles/x_20260101000000000000_{UUID(int=7)}.webp", b"just put", "image/webp")
    post(world)  # accepted, and waiting
    _, sink = Staging(world.store).receive(image.owner, UUID(int=8))
    sink.write(b"half")
    sink.commit()
    world.web.taking_back.take_back(image.upload_id, image.owner)
    assert found(world) == []


def test_a_suspect_that_agrees_at_the_second_look_is_not_told() -> None:
    world = portal()
    image = named(world)
    data = world.store.get(image.original_key) or b""
    world.store.delete([image.original_key])
    ask_for_check(world.worker, BY, full_hash=True)
    seen = check_a_while(world.worker, seconds=0)
    assert seen is not None
    assert seen.kept == 1
    world.store.put(image.original_key, data, "image/jpeg")
    assert found(world, check(world)) == []


def test_clocks_five_minutes_apart_make_no_findings() -> None:
    for apart in (-300, 300):
        world = World()
        world.database.now = lambda w=world, s=apart: w.clock() + timedelta(seconds=s)  # type: ignore[misc]
        world.sign_up("ann")
        post(world)
        post(world)
        world.work_on(world.queue.receive() or pytest.fail("a message"))
        assert found(world) == []


# ---- Turns ------------------------------------------------------------------------------------------------------


def test_the_tick_begins_one_a_week_and_another_worker_goes_on_with_it() -> None:
    world = portal(3)
    world.sweep()
    first = world.worker.checks.last()
    assert first is not None
    assert (first.asked_by, first.full_hash, first.looked["records"]) == (None, False, 3)
    world.sweep(DAY)
    assert world.worker.checks.last() == first
    world.sweep(EVERY)
    second = world.worker.checks.last()
    assert second is not None
    assert second.id != first.id

    ask_for_check(world.worker, BY, full_hash=True)
    held = world.worker.checks.lease("a worker that dies", 180)
    assert held is not None
    assert check_a_while(world.worker, seconds=9) is None
    world.clock.advance(timedelta(minutes=4))
    seen = check_a_while(world.worker, seconds=9)
    assert seen is not None
    assert (seen.id, seen.ended_at is not None, seen.looked["hashed"]) == (held.id, True, 3)


def test_a_check_cut_off_at_any_call_is_gone_on_with() -> None:
    world = portal()
    flip_a_byte(world, named(world))
    for at in count(1):
        ask_for_check(world.worker, BY, full_hash=True)
        fuse = Fuse(at, after=True)
        wired = ("store", "uploads", "inventory", "findings", "checks", "queue")
        parts = replace(world.worker, **{part: fuse.wire(getattr(world.worker, part)) for part in wired})
        try:
            check_a_while(parts, seconds=9)
        except Cut:
            world.clock.advance(timedelta(minutes=4))
            running = world.worker.checks.running()
            seen = check(world) if running else world.worker.checks.last()
            assert [f.suspect.fault for f in found(world, seen)] == [Fault.WRONG], at
        else:
            assert at > 10
            return


# ---- Bounds -----------------------------------------------------------------------------------------------------


def test_what_is_beyond_the_most_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.operating.consistency.MOST", 2)
    world = portal(2)
    for image in world.worker.inventory.page("", 9):
        world.store.delete(image.keys)
    seen = check(world)
    assert len(found(world, seen)) == 2
    assert seen.kept + sum(seen.beyond.values()) == sum(
        len(i.keys) for i in world.worker.inventory.page("", 9)
    )


# ---- Repairs that must not ---------------------------------------------------------------------------------------


def test_what_agrees_by_then_is_left_alone() -> None:
    world = portal()
    image = named(world)
    data = world.store.get(image.original_key) or b""
    lose_original(world, image)
    findings = found(world)
    world.store.put(image.original_key, data, "image/jpeg")
    before = set(world.store.versions(""))
    assert [state for state, _ in repaired(world, findings)] == [FindingState.GONE]
    assert set(world.store.versions("")) == before


def test_an_original_without_any_right_copy_is_said_so_and_nothing_is_touched() -> None:
    world = portal()
    image = named(world)
    world.store.erase(list(world.store.versions(image.original_key)))
    world.store.put(image.original_key, b"wrong", "image/jpeg")
    lose_rendition(world, image)
    findings = found(world)
    before = set(world.store.versions(""))
    outcomes = repaired(world, findings)
    assert {state for state, _ in outcomes} == {FindingState.FAILED}
    assert any("No copy with the recorded digest" in told for _, told in outcomes)
    assert any("original must be in order first" in told for _, told in outcomes)
    assert set(world.store.versions("")) == before


def test_staging_that_holds_the_only_copy_is_not_cleared() -> None:
    world = portal()
    image = named(world)
    leave_in_staging(world, image)
    world.store.erase(list(world.store.versions(image.original_key)))
    left = [f for f in found(world) if f.suspect.fault is Fault.LEFT]
    assert [state for state, _ in repaired(world, left)] == [FindingState.FAILED]
    assert Staging(world.store).find(image.owner, image.upload_id) is not None


def test_what_looks_erased_stays_without_the_buckets_own_mark() -> None:
    world = portal()
    put_erased_back(world, named(world))
    world.store.delete([entry.key for entry in world.store.list("taken-back/")])
    findings = found(world)
    assert {state for state, _ in repaired(world, findings)} == {FindingState.FAILED}


def test_quarantine_gives_back_what_was_put_aside_and_never_overwrites() -> None:
    world = portal()
    add_stray(world, named(world))
    [finding] = found(world)
    key = finding.suspect.subject
    repaired(world, [finding])
    [aside] = [entry.key for entry in world.store.list("quarantine/")]
    assert aside == f"quarantine/{UUID(int=7)}/{finding.id}/{key}"
    assert world.store.get(key) is None
    assert Quarantine(world.store).put_back(aside)
    assert world.store.get(key) == b"nobody's"
    assert not Quarantine(world.store).put_back(aside)
    assert not Quarantine(world.store).put_back("images/x")
    world.clock.advance(DAY)
    repaired(world, found(world))
    [aside] = [entry.key for entry in world.store.list("quarantine/")]
    world.store.put(key, b"newer", "image/jpeg")
    assert not Quarantine(world.store).put_back(aside)
    assert world.store.get(key) == b"newer"


def test_a_right_copy_comes_out_of_quarantine() -> None:
    world = portal()
    image = named(world)
    Quarantine(world.store).put(image.original_key, image.upload_id, UUID(int=1))
    world.store.erase(list(world.store.versions(image.original_key)))
    findings = found(world)
    assert [state for state, _ in repaired(world, findings)] == [FindingState.REPAIRED]
    assert found(world) == []


def test_what_is_erased_is_erased_in_quarantine_as_well() -> None:
    world = portal()
    image = named(world)
    flip_a_byte(world, image)
    repaired(world, found(world))
    world.web.taking_back.take_back(image.upload_id, image.owner)
    world.queue.send(image.owner, image.upload_id)
    world.clock.advance(UNDO_FOR + timedelta(hours=1))
    assert world.work() == [State.ERASED]
    assert [
        v for v in world.store.versions("") if str(image.upload_id) in v.key and "taken-back" not in v.key
    ] == []


def test_an_act_adds_up_and_a_second_click_changes_nothing() -> None:
    world = portal(2)
    for image in world.worker.inventory.page("", 9):
        world.store.delete([image.original_key])
    findings = found(world)
    ids = [f.id for f in findings]
    first = ask_for_repair(world.worker, BY, ids, "all")
    second = ask_for_repair(world.worker, BY, ids, "all")
    assert (first.asked, first.waiting) == (2, 2)
    assert (second.asked, second.gone, second.waiting) == (2, 2, 0)
    repair_asked(world.worker)
    done = world.worker.findings.act(first.act)
    assert done is not None
    assert (done.repaired, done.gone, done.failed, done.waiting) == (2, 0, 0, 0)
    acts = {act.id: act.counts for act in world.worker.operator_acts.page(None, 9)}
    assert acts[first.act] == {"repaired": 2, "gone": 0, "failed": 0}


def test_a_repair_that_breaks_is_a_failure_and_not_the_end_of_the_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = portal()
    lose_original(world, named(world))
    findings = found(world)

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("worker.consistency.repair", broken)
    [(state, words)] = repaired(world, findings)
    assert state is FindingState.FAILED
    assert "RuntimeError" in words

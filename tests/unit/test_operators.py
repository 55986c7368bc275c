"""The operators' page tells the truth about who works and what waits."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.domain.failures import reason_of, told
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.uploads import Attempt
from shared.operating.acting import act_on
from shared.operating.workers import Sign, WorkerView
from shared.ports.operations import AtWork, StepNow, WorkerStatus
from shared.staging import Staging
from tests.support_memory import Browser, World, file, portal_of_an_operator, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """A portal whose operator is ann."""
    return portal_of_an_operator()


def accept(world: World, name: str = "boat.jpg") -> UUID:
    answer = world.app.test_client().post(
        "/api/v1/images",
        headers=world.token(),
        data={"file": file(small_photo(), name), "licence": "cc0"},
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def begin(world: World, upload_id: UUID, worker: str = "w") -> None:
    manifest = Staging(world.store).manifest(world.owner_of("ann"), upload_id)
    assert manifest is not None
    world.worker.attempts.begin(manifest, Attempt(1, worker, datetime.now(UTC)))


def beat(world: World, ago: float = 0, poll: float | None = 1.0) -> None:
    world.worker.operations.beat(WorkerStatus("w", "host", "1", datetime.now(UTC), poll))
    world.clock.advance(timedelta(seconds=ago))


def ops(world: World, path: str = "/ops") -> str:
    answer = world.app.test_client().get(path, headers=world.token())
    assert answer.status_code == 200, answer.text
    return answer.text


def view(age: float, poll: float | None, **more: object) -> WorkerView:
    status = WorkerStatus("w", "h", "1", NOW - timedelta(seconds=age), poll)
    return WorkerView.of(replace(status, **more), NOW)  # type: ignore[arg-type]


def since(seconds: float) -> tuple[AtWork, ...]:
    return (AtWork(UUID(int=7), NOW - timedelta(seconds=seconds)),)


def fail(world: World, message: str, name: str = "boat.jpg") -> UUID:
    """An accepted upload that SQS has given up."""
    upload_id = accept(world, name)
    while delivery := world.queue.receive():
        world.queue.delete(delivery)
    begin(world, upload_id)
    world.worker.attempts.fail(upload_id, Attempt(5, "w", datetime.now(UTC)), message)
    return upload_id


def status(world: World, upload_id: UUID) -> str:
    upload = world.web.uploads.find(upload_id)
    assert upload is not None
    return upload.status


def confirmed(browser: Browser, path: str) -> tuple[list[str], str]:
    """The uploads that a confirmation page counts, and the verb it asks for."""
    page = browser.get(path)
    [verb] = re.findall(r'name="verb" value="([a-z]+)"', page)
    return re.findall(r'name="id" value="([^"]+)"', page), verb


def act(browser: Browser, ids: list[str], verb: str) -> str:
    """Do it, and read what became of it."""
    answer = browser.submit("/ops/failed", "/ops/failed/acts", id=ids, verb=verb)
    assert (answer.status_code, answer.location) == (303, "/ops/failed")
    return browser.get("/ops/failed")


@pytest.fixture
def operator(world: World) -> Browser:
    """The operator's browser."""
    return world.log_in("ann")


def test_a_heartbeat_and_a_poll_are_told_apart() -> None:
    assert view(3, 4).sign is Sign.WELL
    assert view(25, 4).sign is Sign.LATE
    assert view(91, 4).sign is Sign.GONE
    assert view(3, 100).sign is Sign.NOT_POLLING
    assert view(3, None).sign is Sign.WELL


def test_who_is_busy_need_not_poll() -> None:
    busy, done = view(3, 108, at_work=since(5)), view(3, 108, ended_at=NOW - timedelta(seconds=2))
    for worker in (busy, done):
        assert (worker.sign, worker.stale, worker.working) == (Sign.WELL, False, True)
    stuck = view(3, 108, at_work=since(60), ended_at=NOW - timedelta(seconds=60))
    assert (stuck.sign, stuck.stale, stuck.working) == (Sign.NOT_POLLING, True, False)


def test_a_step_is_told_with_its_own_time_once_a_heartbeat_has_it() -> None:
    [begun] = view(3, 4, at_work=since(5)).at_work
    assert (begun.step, begun.seconds, begun.step_seconds) == (None, 5, None)
    other, mine = StepNow(UUID(int=8), "fetch", 1), StepNow(UUID(int=7), "validate", 1.5)
    [told] = view(3, 4, at_work=since(5), steps=(other, mine)).at_work
    assert (told.step, told.seconds, told.step_seconds) == ("validate", 5, 4.5)


def test_what_hangs_where_no_record_tells_of_it_is_told_too() -> None:
    brief, long = StepNow(UUID(int=8), "erase", 4.9), StepNow(UUID(int=9), "begin", 5)
    [at] = view(3, 4, steps=(brief, long)).at_work
    assert (at.upload_id, at.step, at.seconds, at.step_seconds) == (UUID(int=9), "begin", 8, 8)


def test_a_frozen_worker_is_seen_within_thirty_seconds(world: World) -> None:
    for _ in range(3):
        accept(world)
    beat(world, ago=15)
    assert "No worker is working" not in ops(world)
    beat(world, ago=25)
    page = ops(world)
    assert "No worker is working" in page
    assert "Late: no heartbeat for 25 s" in page
    assert "Waiting for work" not in page, "nobody knows what it does"
    answer = world.app.test_client().get("/api/v1/queue", headers=world.token()).json or {}
    assert (answer["stalled"], answer["workers"][0]["sign"]) == (True, "late")


def test_a_web_host_five_minutes_behind_the_records_says_it_as_soon(world: World) -> None:
    world.clock.advance(timedelta(minutes=5))
    ended, _ = accept(world), accept(world)
    begin(world, ended)
    world.worker.attempts.reject(ended, Attempt(1, "w", datetime.now(UTC)), "corrupt", "m", [])
    beat(world, ago=15)
    assert "No worker is working" not in ops(world)
    world.clock.advance(timedelta(seconds=10))
    assert "No worker is working" in ops(world)


def test_nothing_is_flagged_where_nothing_waits_or_something_moves(world: World) -> None:
    beat(world, ago=108)
    assert "No worker is working" not in ops(world), "nothing waits"
    first, _ = accept(world), accept(world)
    begin(world, first)
    assert "No worker is working" not in ops(world), "an attempt has just begun"


def test_what_is_said_of_a_worker_is_what_its_rule_looks_at(world: World) -> None:
    beat(world, poll=108)
    page = ops(world)
    assert "Alive, but no poll for 1 m 48 s" in page
    assert "No heartbeat" not in page
    beat(world, ago=100, poll=None)
    page = ops(world)
    assert "Gone: no heartbeat for 1 m 40 s" in page
    assert "last known poll unknown" in page


def test_every_current_upload_of_a_worker_is_shown(world: World) -> None:
    uploads = [accept(world) for _ in range(2)]
    for upload_id in uploads:
        begin(world, upload_id)
    beat(world)
    page = ops(world, "/ops/strip")
    assert all(str(upload_id) in page for upload_id in uploads)
    [worker] = (world.app.test_client().get("/api/v1/queue", headers=world.token()).json or {})["workers"]
    assert [at["upload_id"] for at in worker["at_work"]] == [str(upload_id) for upload_id in uploads]
    assert worker["current"] == worker["at_work"][0]


def test_the_latest_uploads_renew_themselves_and_show_what_waits(world: World) -> None:
    accept(world, "first.jpg")
    world.work()
    for number in range(12):
        accept(world, f"waiting-{number}.jpg")
    page = ops(world, "/ops/strip")
    assert page.index("waiting-11.jpg") < page.index("waiting-2.jpg") < page.index("first.jpg")
    assert "waiting-1.jpg" not in page
    assert "2 more wait that no worker has begun." in page
    world.work()
    assert "more wait" not in ops(world, "/ops/strip")


DISK, AWAY = "OSError at worker/pipeline.fetch", "StoreUnavailable at worker/pipeline.publish"


def test_the_strip_leads_to_what_failed_and_it_is_grouped(world: World, operator: Browser) -> None:
    assert "Nothing has failed" in operator.get("/ops/failed")
    for words in ("1", "2"):
        fail(world, f"{DISK}: full {words}")
    fail(world, f"{AWAY}: <b>down</b>", "fog.jpg")
    assert '<a href="/ops/failed">3 failed uploads</a>' in operator.get("/ops")
    page = operator.get("/ops/failed")
    assert page.index(DISK) < page.index(AWAY), "the largest first"
    assert "2 uploads" in page
    assert "&lt;b&gt;down" in page
    assert "fog.jpg" in operator.get(f"/ops/failed?reason={AWAY}")


def test_one_reason_is_sent_again_and_a_second_click_adds_up(world: World, operator: Browser) -> None:
    disks = [fail(world, f"{DISK}: full {number}") for number in range(2)]
    away = fail(world, f"{AWAY}: down")
    ids, verb = confirmed(operator, f"/ops/failed/confirm?verb=redrive&reason={DISK}")
    assert (sorted(ids), verb) == (sorted(map(str, disks)), "redrive")
    assert "Asked for 2: 2 sent again, 0 no longer failed, 0 with nothing staged." in act(operator, ids, verb)
    assert "Asked for 2: 0 sent again, 2 no longer failed, 0 with nothing staged." in act(operator, ids, verb)
    assert world.work() == ["published"] * 2
    assert status(world, away) == "failed"


def test_what_has_nothing_staged_or_is_unknown_is_counted(world: World, operator: Browser) -> None:
    good, bare, done = (fail(world, f"{DISK}: full") for _ in range(3))
    staged = Staging(world.store).find(world.owner_of("ann"), bare)
    assert staged is not None
    ids, verb = confirmed(operator, "/ops/failed/confirm?verb=redrive")
    Staging(world.store).clear(staged)
    act(operator, [str(done)], "redrive")
    page = act(operator, [*ids, ids[0], "nonsense"], verb)
    assert "Asked for 3: 1 sent again, 1 no longer failed, 1 with nothing staged." in page
    assert [status(world, i) for i in (good, bare, done)] == ["queued", "failed", "queued"]


def test_a_part_that_is_away_is_told_and_still_adds_up(world: World, operator: Browser) -> None:
    ids = [str(fail(world, f"{DISK}: full")) for _ in range(3)]
    world.queue.away = True
    page = act(operator, ids, "redrive")
    assert "Asked for 3: 1 sent again, 0 no longer failed, 0 with nothing staged, 2 not reached" in page
    world.queue.away = False
    assert "Asked for 3: 2 sent again, 1 no longer failed" in act(operator, ids, "redrive")


def test_more_than_one_request_can_do_are_done_in_turn(
    world: World, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.operators.failed.MOST", 2)
    for _ in range(3):
        fail(world, f"{DISK}: full")
    assert "These are the oldest of 3" in operator.get("/ops/failed/confirm?verb=redrive")
    ids, verb = confirmed(operator, "/ops/failed/confirm?verb=redrive")
    assert len(ids) == 2
    act(operator, ids, verb)
    act(operator, ids, verb)
    assert world.web.failed_uploads.count(None) == 1, "a double click takes none that was not counted"


def test_a_discarded_upload_ends_for_its_owner_with_a_sentence(world: World, operator: Browser) -> None:
    upload_id = fail(world, f"{DISK}: full")
    ids, verb = confirmed(operator, f"/ops/failed/confirm?verb=discard&id={upload_id}")
    assert "Asked for 1: 1 discarded, 0 no longer failed." in act(operator, ids, verb)
    assert "Asked for 1: 0 sent again, 1 no longer failed" in act(operator, ids, "redrive")
    assert "an operator gave it up" in operator.get("/uploads")
    world.sweep(timedelta(hours=1))
    assert Staging(world.store).find(world.owner_of("ann"), upload_id) is None


@pytest.mark.parametrize(
    "path",
    [
        "/ops/failed/confirm",
        "/ops/failed/confirm?verb=x",
        "/ops/failed/confirm?verb=redrive&id=x",
    ],
)
def test_what_makes_no_sense_is_not_there(operator: Browser, path: str) -> None:
    assert operator.client.get(path).status_code == 404


def test_others_see_and_do_none_of_it(world: World) -> None:
    bob = world.sign_up("bob")
    upload_id = fail(world, f"{DISK}: full")
    for path in ("/ops/failed", "/ops/failed/confirm?verb=redrive"):
        assert bob.client.get(path).status_code == 403
    answer = bob.submit("/upload", "/ops/failed/acts", id=str(upload_id), verb="discard")
    assert (answer.status_code, status(world, upload_id)) == (403, "failed")


def test_a_reason_is_the_type_and_the_place_and_never_the_varying_words(world: World) -> None:
    reasons = set()
    for upload_id in (accept(world), accept(world)):
        world.store.away = True
        try:
            Staging(world.store).manifest(world.owner_of("ann"), upload_id)
        except Exception as error:  # noqa: BLE001  # whatever it is
            reasons.add(reason_of(told(error)))
        world.store.away = False
    [reason] = reasons
    assert reason.startswith("StoreUnavailable at ")
    assert not re.search(r"\d", reason)


def test_each_act_is_in_the_audit_with_what_came_of_it(world: World, operator: Browser) -> None:
    one = fail(world, f"{DISK}: full")
    two = fail(world, f"{DISK}: full")
    act(operator, [str(one), str(two)], "redrive")
    act(operator, [str(one)], "discard")
    last, first = world.web.operator_acts.page(None, 9)
    assert (first.by, first.verb, first.asked) == (Operator("ann", Way.PAGE), Verb.REDRIVE, 2)
    assert first.counts == {"done": 2, "not_failed": 0, "not_staged": 0, "unreached": 0}
    assert (last.verb, last.subject, last.counts["not_failed"]) == (Verb.DISCARD, str(one), 1)


@SIDES
def test_a_redrive_cut_off_at_any_call_is_in_the_audit_and_loses_nothing(after: bool) -> None:
    calls = redriven_through(Fuse(10**6, after=after))
    assert calls == 4, "the audit, the record, the message, the audit"
    for at in range(1, calls + 1):
        redriven_through(Fuse(at, after=after))


def redriven_through(fuse: Fuse) -> int:
    world, by = World(), Operator("ann", Way.PAGE)
    world.sign_up("ann")
    upload_id = fail(world, f"{DISK}: full")
    wired = {name: fuse.wire(getattr(world.web, name)) for name in ("recovery", "queue", "operator_acts")}
    with suppress(Cut):
        act_on(replace(world.web, **wired), by, Verb.REDRIVE, [upload_id], "it")
    acts = world.web.operator_acts.page(None, 9)
    assert status(world, upload_id) == "failed" or acts, "nothing is done that is not written down"
    act_on(world.web, by, Verb.REDRIVE, [upload_id], "it")  # the operator tries again
    world.sweep(timedelta(hours=1))
    assert "published" in world.work()
    assert status(world, upload_id) == "published"
    return fuse.calls

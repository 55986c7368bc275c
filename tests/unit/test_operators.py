"""The operators' page tells the truth about who works and what waits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.domain.uploads import Attempt
from shared.ports.operations import AtWork, WorkerStatus
from shared.staging import Staging
from tests.support_memory import World, file, small_photo
from web.operators.workers import Sign, WorkerView

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """A portal whose operator is ann."""
    made = World()
    made.sign_up("ann")
    made.identity.add_to_group("ann", "operators")
    return made


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
    at = datetime.now(UTC) - timedelta(seconds=ago)
    world.worker.operations.beat(WorkerStatus("w", "host", "1", at, poll))


def ops(world: World, path: str = "/ops") -> str:
    answer = world.app.test_client().get(path, headers=world.token())
    assert answer.status_code == 200, answer.text
    return answer.text


def view(age: float, poll: float | None, **more: object) -> WorkerView:
    status = WorkerStatus("w", "h", "1", NOW - timedelta(seconds=age), poll)
    return WorkerView.of(replace(status, **more), NOW)  # type: ignore[arg-type]


def since(seconds: float) -> tuple[AtWork, ...]:
    return (AtWork(UUID(int=7), NOW - timedelta(seconds=seconds)),)


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

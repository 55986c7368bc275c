"""The queue is sampled every minute, and its pages, API and command say where it goes."""

import argparse
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.domain.forecast import Outlook
from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import EVERY_WORKER
from shared.domain.samples import OwnerLoad, Sample
from shared.operating.forecasting import Walked, outlook, take_sample
from shared.ports.operations import WorkerStatus
from shared.ports.unavailable import CatalogueUnavailable
from tests.support_memory import Browser, World, file, portal_of_an_operator, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse
from web.http.parts import MEMORY_KEY
from worker.ops.forecast import COMMANDS

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    """A portal whose operator is ann."""
    return portal_of_an_operator()


@pytest.fixture
def operator(world: World) -> Browser:
    """The operator's browser."""
    return world.log_in("ann")


def accept(world: World, count: int = 1, username: str = "ann") -> list[UUID]:
    found = []
    for _ in range(count):
        data = {"file": file(small_photo()), "licence": "cc0"}
        answer = world.app.test_client().post("/api/v1/images", headers=world.token(username), data=data)
        assert answer.status_code == 202, answer.text
        found.append(UUID((answer.json or {})["id"]))
    return found


def api(world: World, path: str, **headers: str) -> tuple[int, Any]:
    answer = world.app.test_client().get(f"/api/v1/{path}", headers=headers or world.token())
    return answer.status_code, answer.json


def backlog(world: World, *waiting: int | None, **known: Any) -> None:
    """Samples of the last minutes, the last one of now: so many waited, 10 arrived and the others were completed."""
    for ago, (visible, before) in enumerate(
        zip(reversed(waiting), [*reversed(waiting[:-1]), None], strict=True)
    ):
        gone = None if visible is None or before is None else before - visible + 10
        sample = Sample(
            at=world.database.now() - ago * MINUTE,
            seconds=60,
            visible=visible,
            in_flight=None if visible is None else 2,
            arrivals=None if gone is None else 10,
            completions=gone,
            service_seconds=2.0,
            workers=1,
        )
        assert world.web.samples.add(replace(sample, **known))


def beat(world: World) -> None:
    """A worker shows that it polls."""
    world.worker.operations.beat(WorkerStatus("w", "host", "1", datetime.now(UTC), 1.0))


# ---------- taking samples ----------


def test_a_sweep_takes_the_minutes_sample_and_a_second_one_leaves_it(world: World) -> None:
    world.clock.advance(timedelta(seconds=61 - datetime.now(UTC).second))  # well before a minute's end
    accept(world, 2)
    world.sweep()
    world.clock.advance(timedelta(seconds=1))
    world.work()
    world.sweep()
    [first] = world.web.samples.recent()
    assert (first.visible, first.in_flight, first.dead_letters, first.arrivals) == (2, 0, 0, None)
    world.sweep(MINUTE)
    _, second = world.web.samples.recent()
    assert (second.visible, second.completions, second.arrivals) == (0, 2, 0)


def test_what_came_what_left_and_what_is_more_always_add_up(world: World) -> None:
    accept(world, 3)
    world.sweep()
    world.clock.advance(timedelta(seconds=1))
    world.work()
    accept(world, 4)
    world.sweep(MINUTE)
    before, after = world.web.samples.recent()
    assert (after.arrivals, after.completions) == (4, 3)
    assert before.backlog is not None
    assert after.backlog == before.backlog + 4 - 3


def test_the_oldest_and_who_fills_the_queue_are_what_the_sweep_walked_by(world: World) -> None:
    world.sign_up("bob")
    accept(world)
    world.clock.advance(timedelta(seconds=50))
    accept(world, 2, "bob")
    world.sweep()
    [sample] = world.web.samples.recent()
    assert sample.oldest_seconds == 50
    assert [(o.owner, o.waiting) for o in world.web.samples.load()] == [
        (world.owner_of("bob"), 2),
        (world.owner_of("ann"), 1),
    ]
    world.work()
    world.sweep(MINUTE)
    assert world.web.samples.recent()[-1].oldest_seconds == 0
    assert world.web.samples.load() == []


def test_a_queue_that_cannot_be_asked_is_stored_as_unknown(world: World) -> None:
    world.queue.away = True
    with pytest.raises(Exception, match="away"):
        world.sweep()
    [sample] = world.web.samples.recent()
    assert (sample.visible, sample.in_flight, sample.dead_letters, sample.oldest_seconds) == (None,) * 4
    world.queue.away = False
    world.sweep(MINUTE)
    assert world.web.samples.recent()[-1].arrivals is None, "nothing to count from"
    world.sweep(MINUTE)
    assert world.web.samples.recent()[-1].arrivals == 0


def test_a_store_that_is_away_leaves_the_depth_known(world: World) -> None:
    accept(world)
    world.store.away = True
    with pytest.raises(Exception, match="away"):
        world.sweep()
    [sample] = world.web.samples.recent()
    assert (sample.visible, sample.oldest_seconds) == (1, None)


def test_what_the_sweep_sent_again_without_need_is_surplus(world: World) -> None:
    upload_ids = accept(world, 3)
    owner = world.owner_of("ann")
    for upload_id in upload_ids[:2]:
        world.queue.send(owner, upload_id)
    world.sweep()
    [sample] = world.web.samples.recent()
    assert (sample.visible, sample.surplus, sample.backlog, sample.waiting) == (5, 2, 3, 3)
    world.clock.advance(timedelta(seconds=1))
    assert world.work().count("published") == 3
    world.sweep(MINUTE)
    _, after = world.web.samples.recent()
    assert (after.surplus, after.arrivals, after.completions) == (0, 0, 3)


def test_without_the_database_there_is_no_sample_and_no_error_of_its_own(world: World) -> None:
    world.database.away = True
    assert take_sample(world.worker, Walked(0, [], 0)) is False
    world.database.away = False
    assert world.web.samples.recent() == []


@SIDES
def test_a_sample_that_is_cut_off_anywhere_is_taken_once_all_the_same(after: bool) -> None:
    for at in (1, 2, 3, 10**6):
        world = World()
        fuse = Fuse(at, after=after)
        wired = replace(
            world.worker, samples=fuse.wire(world.worker.samples), queue=fuse.wire(world.worker.queue)
        )
        with suppress(Cut):
            take_sample(wired, Walked(0, [OwnerLoad(UUID(int=1), 3, UUID(int=2))], 3))
        take_sample(world.worker, Walked(0, [OwnerLoad(UUID(int=1), 3, UUID(int=2))], 3))
        assert len(world.web.samples.recent()) == len(world.web.samples.load()) == 1


def test_the_forecast_of_its_moment_is_kept_with_a_sample(world: World) -> None:
    world.clock.advance(-MINUTE)
    backlog(world, *range(60, 0, -5))
    world.clock.advance(MINUTE)
    accept(world, 3)
    world.sweep()
    last = world.web.samples.recent()[-1]
    assert last.visible == 3
    assert last.clears_seconds is not None
    assert 0 < last.clears_seconds < 300


# ---------- saying where it goes ----------

DRAINING = tuple(range(520, 300, -20))


def test_page_api_and_command_say_the_same(world: World, operator: Browser) -> None:
    backlog(world, *DRAINING)
    beat(world)
    accept(world, 2)
    told = outlook(world.worker)
    assert told.outlook is Outlook.CLEARS
    assert "The queue clears in less than a minute." in operator.get("/ops")
    assert "The queue clears in less than a minute." in operator.get("/ops/trends")
    _, answer = api(world, "queue")
    assert answer["forecast"]["state"] == "clears"
    assert api(world, "queue/forecast") == (200, answer["forecast"])
    assert answer["forecast"]["seconds"] == told.seconds
    [command] = COMMANDS
    run = command.run(world.worker, argparse.Namespace())
    [row] = run.rows
    assert json.loads(json.dumps(dict(row)))["seconds"] == told.seconds
    assert run.told(row).startswith("The queue clears in less than a minute.")


def test_an_uploaders_estimate_is_of_the_same_capacity_and_of_what_is_ahead_alone(world: World) -> None:
    bob = world.sign_up("bob")
    backlog(world, *DRAINING)  # 30 a minute
    accept(world, 44)
    first, second = accept(world, 2, "bob")
    places = {
        UUID(upload["id"]): (upload["queue_position"], upload["wait_seconds"])
        for upload in api(world, f"uploads?ids={first},{second}", **world.token("bob"))[1]["items"]
    }
    assert places == {first: (44, 90), second: (45, 90)}
    assert "Uploaded, in queue (about 45 ahead, about 2 min)" in bob.get("/uploads")


def test_an_uploader_is_told_no_time_that_nobody_knows(world: World) -> None:
    backlog(world, *DRAINING)
    world.clock.advance(timedelta(minutes=4))
    one, _ = accept(world, 2)
    _, upload = api(world, f"uploads/{one}")
    assert "wait_seconds" not in upload


def test_without_samples_the_page_is_empty_and_says_so(operator: Browser) -> None:
    page = operator.get("/ops/trends")
    assert "No samples yet" in page
    assert "No sample was taken yet." in page
    assert "uPlot" not in page


def test_the_table_is_there_without_scripts_and_its_span_is_chosen_by_links(
    world: World, operator: Browser
) -> None:
    backlog(world, 5, None, 3)
    page = operator.get("/ops/trends?span=24h")
    assert 'href="/ops/trends?span=7d"' in page
    assert "<details" in page
    assert '<td class="num"><small>unknown</small></td>' in operator.get("/ops/trends")
    assert operator.client.get("/ops/trends?span=1y").status_code == 404


def test_a_tick_that_does_not_run_is_told(world: World, operator: Browser) -> None:
    backlog(world, 5, 4, 3)
    assert "the tick doesn’t run" not in operator.get("/ops/trends")
    world.clock.advance(timedelta(minutes=4))
    assert "Last sample 4 m 0 s ago: the tick doesn’t run." in operator.get("/ops/trends")
    world.clock.advance(timedelta(days=2))
    assert "Last sample 2 d 0 h ago" in operator.get("/ops/trends")


def test_who_fills_the_queue_has_a_name_where_one_is_known(world: World, operator: Browser) -> None:
    [waiting] = accept(world)
    load = [OwnerLoad(UUID(int=5), 9, UUID(int=6)), OwnerLoad(world.owner_of("ann"), 1, waiting)]
    assert world.web.samples.add(Sample(world.database.now()), load)
    page = operator.get("/ops/trends")
    assert str(UUID(int=5)) in page
    assert "<bdi>ann</bdi>" in page
    assert "90 %" in page


def test_a_part_that_is_away_leaves_the_other_figures(world: World, operator: Browser) -> None:
    backlog(world, *DRAINING)
    beat(world)
    accept(world)
    world.queue.away = True
    for path in ("/ops", "/ops/strip", "/ops/trends"):
        assert "The queue can’t be forecast" in operator.get(path)
    world.queue.away, world.store.away = False, True
    page = operator.get("/ops")
    assert "the oldest age is unknown" in page
    assert "The queue clears" in page
    world.store.away, world.database.away = False, True
    for path in ("/ops", "/ops/strip", "/ops/trends"):
        assert "The database can" in operator.get(path)
    assert "failed uploads unknown" in operator.get("/ops")
    assert api(world, "queue")[0] == 503


@pytest.mark.parametrize("ahead", [timedelta(minutes=5), timedelta(minutes=-5)])
def test_clocks_five_minutes_apart_make_no_negative_age(
    world: World, operator: Browser, ahead: timedelta
) -> None:
    """The database's clock writes samples and tells their ages; a host's own has no part in it."""
    world.clock.advance(ahead)
    backlog(world, *DRAINING)
    assert world.web.samples.recent()[-1].age_seconds == 0
    _, trends = api(world, "queue/trends")
    assert trends["last_sample_age_seconds"] == 0
    assert "Last sample 0 s ago" in operator.get("/ops/trends")


def test_a_database_whose_clock_goes_back_waits_and_counts_nothing_negative(world: World) -> None:
    world.sweep()
    world.clock.advance(-timedelta(minutes=5))
    world.sweep()
    [only] = world.web.samples.recent()
    assert only.age_seconds == 0


# ---------- the API ----------


def test_the_chart_has_a_point_for_each_step(world: World) -> None:
    backlog(world, *DRAINING)
    status, trends = api(world, "queue/trends?span=1h")
    assert (status, trends["step_seconds"], len(trends["points"])) == (200, 60, len(DRAINING))
    assert [p["depth"] for p in trends["points"]] == [visible + 2 for visible in DRAINING]
    assert api(world, "queue/trends?span=2h")[0] == 422


def test_an_autoscaler_reads_one_number_and_no_made_up_one(world: World) -> None:
    accept(world, 3)
    assert api(world, "queue/backlog-per-worker") == (
        200,
        3.0,
    )
    world.queue.away = True
    status, problem = api(world, "queue/backlog-per-worker")
    assert (status, problem["code"]) == (503, "unavailable")
    world.queue.away, world.database.away = False, True
    assert api(world, "queue/backlog-per-worker")[0] == 503


def test_the_metrics_token_opens_that_number_and_nothing_else() -> None:
    world = World(METRICS_TOKEN="m" * 40)
    world.sign_up("bob")
    bearer = {"Authorization": f"Bearer {'m' * 40}"}
    assert api(world, "queue/backlog-per-worker", **bearer)[0] == 200
    assert api(world, "queue", **bearer)[0] == 401
    assert api(world, "queue/backlog-per-worker", Authorization="Bearer x")[0] == 401
    assert api(world, "queue/backlog-per-worker", **world.token("bob"))[0] == 403
    assert api(World(), "queue/backlog-per-worker", Authorization="Bearer ")[0] == 401


def test_a_forecast_needs_the_database(world: World) -> None:
    world.database.away = True
    with pytest.raises(CatalogueUnavailable):
        outlook(world.worker)


def test_nothing_is_forecast_and_no_time_is_told_while_receiving_is_paused(
    world: World, operator: Browser
) -> None:
    backlog(world, *DRAINING)
    first, _ = accept(world, 2)
    assert "wait_seconds" in api(world, f"uploads/{first}")[1]
    by = Operator("ann", Way.PAGE)
    world.worker.receiving.change(by, EVERY_WORKER, None, stopped=True, why="S3 is moved.", seen=None)
    world.app.extensions[MEMORY_KEY].waiting.forget("visible")
    assert "wait_seconds" not in api(world, f"uploads/{first}")[1]
    told = outlook(world.worker)
    assert (told.outlook, told.why) == (
        Outlook.UNKNOWN,
        "Receiving is paused: nothing clears before it goes on.",
    )
    assert "paused: doesn’t clear" in operator.get("/ops")
    world.sweep(MINUTE)
    assert world.web.samples.recent()[-1].clears_seconds is None

"""Receiving is paused and goes on, and workers are drained, by people who may be two at once."""

import html
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.receiving import EVERY_WORKER, Outcome, Reception
from shared.operating.receiving import pause, resume
from shared.operating.workers import Sign, WorkerView
from shared.ports.operations import WorkerStatus
from tests.support_memory import PASSWORD, Browser, World
from tests.support_tripwire import Cut, Fuse
from tests.unit.test_operators import accept, ops
from worker.ops.__main__ import COMMANDS, _parser

pytestmark = pytest.mark.slow
WORKER = "celery@worker-1"
RUN = UUID(int=11)


@pytest.fixture
def world() -> World:
    """A portal with two operators and a worker."""
    made = World()
    for name in ("ann", "tom"):
        made.sign_up(name)
        made.identity.add_to_group(name, "operators")
    beat(made)
    return made


@pytest.fixture
def ann(world: World) -> Browser:
    return browser(world, "ann")


@pytest.fixture
def tom(world: World) -> Browser:
    return browser(world, "tom")


def browser(world: World, name: str) -> Browser:
    made = Browser(world)
    made.submit("/login", "/login", username=name, password=PASSWORD)
    return made


def beat(
    world: World, reception: Reception = Reception.RECEIVING, run: UUID = RUN, poll: float = 1.0
) -> None:
    status = WorkerStatus(WORKER, "worker-1", "1", datetime.now(UTC), poll)
    world.worker.operations.beat(replace(status, run=run, reception=reception, silent_seconds=1.0))


def fields(page: str) -> dict[str, str]:
    """What a page's form for operators hands on."""
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}


def press(who: Browser, page: str, verb: str, **typed: str) -> TestResponse:
    """Open a page, fill in its form and press its button."""
    given = fields(who.get(page)) | {"verb": verb} | typed
    return who.client.post("/ops/workers/acts", data=given)


def told(who: Browser, answer: TestResponse) -> str:
    assert (answer.status_code, answer.location) == (303, "/ops/workers")
    return html.unescape(who.get("/ops/workers"))


def paused(world: World) -> bool:
    wish = world.web.receiving.wishes().get(EVERY_WORKER)
    return wish is not None and wish.stopped


def test_a_pause_is_told_to_operators_with_its_reason_and_to_uploaders_without(
    world: World, ann: Browser
) -> None:
    page = told(ann, press(ann, "/ops/workers", "pause", why="  the <b>disks</b>\n are swapped "))
    assert "Receiving is paused. Workers finish what they have" in page
    accept(world)
    for path in ("/ops", "/ops/strip", "/ops/workers"):
        page = ann.get(path)
        assert "the &lt;b&gt;disks&lt;/b&gt; are swapped" in page
        assert "by ann" in page
    assert "About 1 upload waits" in ann.get("/ops/strip")
    assert "paused: doesn’t clear" in ann.get("/ops/strip")
    bob = world.sign_up("bob")
    for path in ("/upload", "/uploads"):
        page = bob.get(path)
        assert "Processing is paused since" in page
        assert "disks" not in page
        assert "ann" not in re.sub("<[^>]*>", "", page[page.index("Processing is paused") :][:200])
    told(ann, press(ann, "/ops/workers", "resume"))
    for path in ("/upload", "/uploads", "/ops"):
        assert "paused" not in ann.get(path)


def test_paused_is_not_stalled_and_says_loudly_that_something_waits(world: World, ann: Browser) -> None:
    accept(world)
    pause(world.web, Operator("tom", Way.TERMINAL), "disks")
    beat(world, Reception.PAUSED, poll=4000)
    page = ops(world)
    assert "No worker is working" not in page
    assert "Receiving is paused" in page
    assert "<span>Paused</span>" in page
    queue = world.app.test_client().get("/api/v1/queue", headers=world.token()).json or {}
    assert (queue["stalled"], queue["paused"], queue["workers"][0]["sign"]) == (False, True, "paused")
    assert not queue["workers"][0]["stale"]


def test_a_second_click_and_a_second_operator_change_nothing_and_learn_who_was_first(
    world: World, ann: Browser, tom: Browser
) -> None:
    seen = fields(tom.get("/ops/workers"))
    press(ann, "/ops/workers", "pause", why="disks")
    for who in (ann, tom):
        answer = who.client.post(
            "/ops/workers/acts",
            data=seen | fields(who.get("/ops/workers")) | {"verb": "pause", "why": "mine"},
        )
        assert "Receiving is paused already, since" in (page := told(who, answer))
        assert "by ann: disks." in page
    assert len(world.web.operator_acts.page(None, 9)) == 1


def test_who_resumes_what_was_paused_anew_meanwhile_is_told_so(
    world: World, ann: Browser, tom: Browser
) -> None:
    press(ann, "/ops/workers", "pause", why="disks")
    seen = fields(tom.get("/ops/workers"))
    press(ann, "/ops/workers", "resume")
    press(ann, "/ops/workers", "pause", why="the network")
    page = told(tom, tom.client.post("/ops/workers/acts", data=seen | {"verb": "resume"}))
    assert "Nothing was changed: since you looked, ann stopped it at" in page
    assert "the network" in page
    assert paused(world)
    assert "Receiving goes on." in told(tom, press(tom, "/ops/workers", "resume"))
    assert [a.by.name for a in world.web.operator_acts.page(None, 9)] == ["tom", "ann", "ann", "ann"]


@pytest.mark.parametrize(("why", "sentence"), [(" ", "Say why: others"), ("x" * 141, "at most 140")])
def test_without_a_good_reason_nothing_is_done_and_what_was_typed_stays(
    world: World, ann: Browser, why: str, sentence: str
) -> None:
    for page, verb in (("/ops/workers", "pause"), (f"/ops/workers/confirm?worker={WORKER}", "drain")):
        answer = press(ann, page, verb, why=why)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'value="{why}"' in answer.text
    assert world.web.receiving.wishes() == {}


def test_one_run_of_a_worker_is_drained_and_that_is_undone(world: World, ann: Browser, tom: Browser) -> None:
    page = told(ann, press(ann, f"/ops/workers/confirm?worker={WORKER}", "drain", why="old kernel"))
    assert f"{WORKER} finishes what it has" in page
    assert "Drained by ann since" in page
    assert "old kernel" in page
    assert world.web.receiving.wishes()[WORKER].run == RUN
    accept(world)
    beat(world, Reception.DRAINED)
    assert "Every worker is drained, so nothing is received" in ops(world)
    answer = press(tom, f"/ops/workers/confirm?worker={WORKER}", "undrain")
    assert f"{WORKER} is no longer drained." in told(tom, answer)
    verbs = [(a.verb, a.subject) for a in world.web.operator_acts.page(None, 9)]
    assert verbs == [(Verb.UNDRAIN, WORKER), (Verb.DRAIN, f"{WORKER}: old kernel")]


def test_a_worker_that_was_started_anew_is_not_drained_by_what_was_seen(world: World, ann: Browser) -> None:
    seen = fields(ann.get(f"/ops/workers/confirm?worker={WORKER}"))
    beat(world, run=uuid4())
    answer = ann.client.post("/ops/workers/acts", data=seen | {"verb": "drain", "why": "old"})
    assert f"Nothing was changed: {WORKER} was started anew since you looked." in told(ann, answer)
    assert world.web.receiving.wishes() == {}


def test_a_drain_ends_with_its_run(world: World, ann: Browser) -> None:
    press(ann, f"/ops/workers/confirm?worker={WORKER}", "drain", why="old kernel")
    beat(world, run=uuid4())
    page = ann.get("/ops/workers")
    assert "Drained by" not in page
    assert "Receiving" in page


@pytest.mark.parametrize(
    ("verb", "worker"), [("drain", "nobody"), ("undrain", "nobody"), ("stop", WORKER), ("", WORKER)]
)
def test_what_is_not_there_cannot_be_acted_on(ann: Browser, verb: str, worker: str) -> None:
    answer = press(ann, "/ops/workers", verb, worker=worker, why="x")
    assert answer.status_code == 404
    assert ann.client.get("/ops/workers/confirm?worker=nobody").status_code == 404


def test_others_see_and_do_none_of_it(world: World) -> None:
    bob = world.sign_up("bob")
    for path in ("/ops/workers", "/ops/workers/list", f"/ops/workers/confirm?worker={WORKER}"):
        assert bob.client.get(path).status_code == 403
    answer = bob.submit("/upload", "/ops/workers/acts", verb="pause", why="mine", seen="1")
    assert (answer.status_code, paused(world)) == (403, False)


def test_a_session_that_has_ended_pauses_nothing(world: World, ann: Browser) -> None:
    given = fields(ann.get("/ops/workers")) | {"verb": "pause", "why": "disks"}
    ann.submit("/ops/workers", "/logout")
    assert ann.client.post("/ops/workers/acts", data=given).status_code in (302, 303, 400, 401)
    assert not paused(world)


def test_pages_for_uploaders_need_no_database_to_say_nothing(world: World, ann: Browser) -> None:
    world.database.away = True
    assert "Processing is paused" not in ann.get("/upload")


def test_what_a_worker_says_is_what_is_shown() -> None:
    now = datetime.now(UTC)
    status = WorkerStatus("w", "h", "1", now, 4000.0, run=RUN, silent_seconds=1.0)
    for reception, sign in [
        (Reception.RECEIVING, Sign.WELL),
        (Reception.PAUSING, Sign.PAUSING),
        (Reception.PAUSED, Sign.PAUSED),
        (Reception.DRAINING, Sign.DRAINING),
        (Reception.DRAINED, Sign.DRAINED),
    ]:
        view = WorkerView.of(replace(status, reception=reception), now)
        assert (view.sign, view.stale, view.working) == (sign, False, False)
    stuck = replace(status, reception=Reception.PAUSED, silent_seconds=100.0)
    assert WorkerView.of(stuck, now).sign is Sign.NOT_POLLING
    gone = replace(status, reception=Reception.PAUSED, last_heartbeat_at=now - timedelta(seconds=100))
    assert WorkerView.of(gone, now).sign is Sign.GONE


def test_a_worker_that_goes_on_receiving_in_a_pause_is_pointed_at(world: World, ann: Browser) -> None:
    pause(world.web, Operator("tom", Way.TERMINAL), "disks")
    beat(world)
    assert "though told not to" not in ann.get("/ops/workers")
    world.clock.advance(timedelta(seconds=31))
    beat(world)
    assert "Still receives, though told not to" in ann.get("/ops/workers")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_pause_cut_off_at_any_call_is_whole_or_nothing(after: bool) -> None:
    world, by = World(), Operator("ann", Way.PAGE)
    fuse = Fuse(1, after=after)
    with suppress(Cut):
        pause(replace(world.web, receiving=fuse.wire(world.web.receiving)), by, "disks")
    assert fuse.calls == 1, "one call is the commit point"
    assert paused(world) is after
    assert len(world.web.operator_acts.page(None, 9)) == int(after)
    assert pause(world.web, by, "disks").outcome is (Outcome.ALREADY if after else Outcome.DONE)
    assert resume(world.web, by).outcome is Outcome.DONE


def test_a_pause_makes_the_sweep_send_nothing_twice(world: World) -> None:
    upload_id = accept(world)
    pause(world.web, Operator("ann", Way.PAGE), "disks")
    assert world.sweep(timedelta(hours=3)).requeued == 0
    resume(world.web, Operator("ann", Way.PAGE))
    assert world.sweep(timedelta(minutes=1)).requeued == 0
    assert world.work() == ["published"]
    assert world.web.images.find(upload_id)


def test_the_api_pauses_what_was_seen_and_says_who_was_first(world: World) -> None:
    client, ann, tom = world.app.test_client(), world.token("ann"), world.token("tom")
    path = "/api/v1/queue/receiving"

    def post(verb: str, headers: dict[str, str], body: dict[str, object] | None = None) -> tuple[int, str]:
        answer = client.post(f"/api/v1/queue/{verb}", json=body, headers=headers)
        return answer.status_code, (answer.json or {}).get("code", "") if answer.data else ""

    assert client.get(path, headers=ann).json == {"paused": False, "version": 1}
    assert post("pause", ann, {"why": "disks", "version": 1}) == (204, "")
    stands = client.get(path, headers=ann).json
    assert {"paused": True, "by": "ann", "why": "disks", "version": 2}.items() <= (stands or {}).items()
    assert post("pause", tom, {"why": "mine"}) == (204, "")
    assert client.get(path, headers=tom).json == stands, "ann was first"
    assert post("resume", tom, {"version": 1}) == (409, "receiving_changed")
    assert post("resume", tom) == (204, ""), "no body is needed"
    assert not paused(world)
    assert post("pause", tom, {"why": " "}) == (422, "missing_field")
    assert post("pause", tom) == (204, "")
    assert (client.get(path, headers=tom).json or {})["why"] == "No reason was given."
    assert post("pause", tom, {"because": "x"})[0] == 422
    assert post("resume", tom) == (204, "")
    world.sign_up("bob")
    for answer in (client.get(path), client.get(path, headers=world.token("bob"))):
        assert answer.status_code in (401, 403)
    by = [Operator("tom", Way.API)] * 3 + [Operator("ann", Way.API)]
    assert [a.by for a in world.web.operator_acts.page(None, 9)] == by


def run(world: World, *arguments: str) -> tuple[int, list[dict[str, object]]]:
    """What a command answers."""
    given = _parser().parse_args(arguments)
    answer = COMMANDS[given.command].run(world.worker, given)
    rows = [dict(row) for row in answer.rows]
    assert all(answer.told(row) for row in rows)
    return answer.status, rows


def test_a_terminal_does_the_same(world: World) -> None:
    status, [row] = run(world, "pause", "--why", "disks")
    assert (status, row["outcome"], row["why"]) == (0, "done", "disks")
    beat(world, Reception.PAUSED)
    status, [pause_row, worker_row] = run(world, "workers")
    assert "Receiving is paused since" in str(pause_row["sentence"])
    assert (worker_row["worker"], worker_row["reception"]) == (WORKER, "paused")
    assert run(world, "pause", "--why", "mine")[1][0]["outcome"] == "already"
    assert run(world, "resume")[1][0]["outcome"] == "done"
    assert run(world, "drain", WORKER, "--why", "old")[1][0]["outcome"] == "done"
    assert world.web.receiving.wishes()[WORKER].run == RUN
    assert run(world, "undrain", WORKER)[1][0]["outcome"] == "done"
    assert run(world, "undrain", WORKER)[1][0]["outcome"] == "already"
    assert run(world, "drain", "nobody", "--why", "old")[0] == 1
    for arguments in (["pause"], ["pause", "--why", " "], ["drain", WORKER, "--why", ""]):
        with pytest.raises(SystemExit, match="2"):
            run(world, *arguments)


def test_a_pause_while_the_database_is_away_is_told_and_changes_nothing(world: World, ann: Browser) -> None:
    given = fields(ann.get("/ops/workers")) | {"verb": "pause", "why": "disks"}
    world.database.away = True
    assert ann.client.post("/ops/workers/acts", data=given).status_code == 503
    world.database.away = False
    assert not paused(world)
    assert "Receiving is paused." in told(ann, ann.client.post("/ops/workers/acts", data=given))

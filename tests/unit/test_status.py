"""`python -m worker.ops status` tells a person and cron the same, and never 0 of what is unknown."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.domain.operator_acts import Operator, Way
from shared.domain.uploads import Attempt
from shared.operating.figures import queue_view
from shared.operating.receiving import pause
from shared.ports.operations import WorkerStatus
from shared.staging import Staging
from tests.support_memory import World, file, small_photo
from worker.ops.__main__ import main
from worker.ops.status import FIGURES, NEEDS_A_PERSON, UNKNOWN, WELL, row, told, told_short, verdict

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    made = World()
    made.sign_up("ann")
    return made


def share(world: World) -> UUID:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(small_photo())}, headers=world.token()
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def beat(world: World, ago: float = 0) -> None:
    world.worker.operations.beat(WorkerStatus("w", "host", "1", datetime.now(UTC), 1.0))
    world.clock.advance(timedelta(seconds=ago))


def status(world: World) -> tuple[int, Any]:
    return row(world.worker)


def test_an_idle_portal_is_well(world: World) -> None:
    beat(world)
    code, figures = status(world)
    assert (code, figures["sentence"]) == (WELL, "All is well.")
    assert (figures["visible"], figures["workers"], figures["workers_well"], figures["stalled"]) == (
        0,
        1,
        1,
        False,
    )
    assert set(FIGURES) <= set(figures)
    assert "oldest age seconds    none" in told(figures)


def test_what_waits_with_a_worker_is_well_and_without_one_needs_a_person(world: World) -> None:
    share(world)
    beat(world)
    assert status(world)[0] == WELL
    beat(world, ago=3600)
    code, figures = status(world)
    assert (code, figures["stalled"], figures["workers_well"]) == (NEEDS_A_PERSON, True, 0)
    assert "no worker is working" in told(figures)
    assert "STALLED" in told_short(figures)


def test_a_pause_needs_a_person_when_something_waits(world: World) -> None:
    beat(world)
    pause(world.worker, Operator("olga", Way.PAGE), "disks")
    assert status(world)[0] == WELL
    share(world)
    code, figures = status(world)
    assert (code, figures["paused"], figures["stalled"]) == (NEEDS_A_PERSON, True, False)
    assert "olga has paused receiving: disks" in told(figures)
    assert "PAUSED" in told_short(figures)
    assert "\nportal_receiving_paused 1.0" in world.app.test_client().get("/metrics").text


def test_a_failed_upload_needs_a_person(world: World) -> None:
    upload_id = share(world)
    beat(world)
    manifest = Staging(world.store).manifest(world.owner_of("ann"), upload_id)
    assert manifest
    attempt = Attempt(5, "w", datetime.now(UTC))
    world.worker.attempts.begin(manifest, attempt)
    world.worker.attempts.fail(upload_id, attempt, "ValueError at here: x")
    code, figures = status(world)
    assert (code, figures["failed"]) == (NEEDS_A_PERSON, 1)


def test_a_dead_letter_needs_a_person(world: World) -> None:
    view = queue_view(world.worker)
    assert verdict(view)[0] == WELL
    assert verdict(replace(view, dead_letters=1))[0] == NEEDS_A_PERSON


def test_what_is_unknown_is_told_so_and_is_no_zero(world: World) -> None:
    beat(world)
    world.queue.away = True
    code, figures = status(world)
    assert code == UNKNOWN
    unknown = ("visible", "in_flight", "delayed", "oldest_age_seconds", "dead_letters", "stalled")
    assert all(figures[name] is None for name in unknown)
    assert figures["failed"] == 0
    assert told(figures).count("unknown") >= len(unknown)
    world.database.away = True
    code, figures = status(world)
    assert code == UNKNOWN
    assert all(figures[name] is None for name in FIGURES)
    assert told_short(figures).count("unknown") == len(FIGURES) - 2, "stalled and paused are words alone"


def test_failed_uploads_need_a_person_even_while_the_queue_is_away(world: World) -> None:
    view = replace(queue_view(world.worker), error="The queue can't be reached.", visible=None, failed=2)
    assert verdict(view)[0] == NEEDS_A_PERSON


def test_a_terminal_gets_a_line_that_it_does_not_break(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(world)
    figures = status(world)[1]
    line = told_short(figures)
    assert "\n" not in line
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    assert told_short(figures) == line[:60]


def test_the_metrics_page_leaves_out_what_is_unknown(world: World) -> None:
    world.queue.away = True
    text = world.app.test_client().get("/metrics").text
    for name in ("portal_queue_visible", "portal_queue_oldest_age_seconds", "portal_stalled"):
        assert f"\n{name} " not in text
    assert "\nportal_failed 0.0" in text


def test_a_bad_configuration_is_no_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.environ", {})
    assert main(["status"]) == 2
    assert "SQS_QUEUE_URL is missing" in capsys.readouterr().err


def test_no_command_loads_what_decodes_pictures() -> None:
    code = "import sys, worker.ops.__main__; sys.exit('numpy' in sys.modules or 'PIL' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False).returncode
        == 0
    )

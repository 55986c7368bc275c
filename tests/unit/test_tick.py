"""The tick application: who may tick, what a tick answers, and that ticks never pile up."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.domain.delivery import HARD_TIME_LIMIT_SECONDS, STALE_AFTER_SECONDS
from shared.ports.object_store import StoreUnavailable
from worker.alive import BEAT_INTERVAL_SECONDS, Pulse, heartbeat_file, show
from worker.consume.settings import LONG_POLL_SECONDS
from worker.sweep.sweep import SweepReport
from worker.sweep.tick import create_app

ROOT = Path(__file__).parents[2]
SQSD = {"X-Real-IP": "127.0.0.1", "X-Aws-Sqsd-Taskname": "sweep", "User-Agent": "aws-sqsd/3.0"}
REPORT = SweepReport(seen=3, requeued=1)


def client(run: Callable[[], SweepReport] = lambda: REPORT, silence_seconds: float = 5.0) -> FlaskClient:
    """A client of an application whose sweep and worker are these."""
    return create_app(run, lambda: silence_seconds).test_client()


def test_a_tick_sweeps_and_answers_with_the_report() -> None:
    answer = client().post("/tick/sweep", headers=SQSD)
    assert answer.status_code == 200
    assert answer.json == {
        "sweep": {
            "seen": 3,
            "requeued": 1,
            "failed": 0,
            "cleared": 0,
            "abandoned": 0,
            "due": 0,
            "erasing": 0,
            "closed": 0,
            "reingesting": 0,
            "renditions_removed": 0,
            "oldest_seconds": 0,
        },
        "worker_silent_seconds": 5.0,
    }


def test_a_silent_worker_makes_the_tick_fail_and_yet_it_sweeps() -> None:
    swept: list[SweepReport] = []

    def run() -> SweepReport:
        swept.append(REPORT)
        return REPORT

    answer = client(run, STALE_AFTER_SECONDS + 1).post("/tick/sweep", headers=SQSD)
    assert answer.status_code == 503
    assert answer.json
    assert answer.json["fault"] == "The worker on this instance gives no sign of life."
    assert answer.json["sweep"]["seen"] == 3
    assert swept == [REPORT]


def test_a_world_that_is_away_makes_the_tick_fail() -> None:
    def run() -> SweepReport:
        raise StoreUnavailable("no answer")

    served = client(run)
    assert [served.post("/tick/sweep", headers=SQSD).status_code for _ in range(2)] == [503, 503], "not busy"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Aws-Sqsd-Taskname": "sweep"},
        {"X-Real-IP": "127.0.0.1"},
        SQSD | {"X-Real-IP": "203.0.113.7"},
        SQSD | {"X-Real-IP": "203.0.113.7", "X-Forwarded-For": "127.0.0.1"},
        SQSD | {"X-Aws-Sqsd-Taskname": ""},
    ],
)
def test_nobody_but_sqsd_on_this_machine_may_tick(headers: dict[str, str]) -> None:
    def run() -> SweepReport:
        raise AssertionError("swept for a stranger")

    assert client(run).post("/tick/sweep", headers=headers).status_code == 403


def test_a_request_from_another_machine_may_not_tick() -> None:
    answer = client().post("/tick/sweep", headers=SQSD, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    assert answer.status_code == 403


def test_a_tick_during_a_sweep_is_answered_at_once() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def run() -> SweepReport:
        begun.set()
        assert go_on.wait(10)
        return REPORT

    app = create_app(run, lambda: 0.0)
    first: list[int] = []
    thread = threading.Thread(
        target=lambda: first.append(app.test_client().post("/tick/sweep", headers=SQSD).status_code)
    )
    thread.start()
    assert begun.wait(10)
    second = app.test_client().post("/tick/sweep", headers=SQSD)
    go_on.set()
    thread.join(10)
    assert (second.status_code, second.json) == (200, {"busy": True})
    assert first == [200]
    assert app.test_client().post("/tick/sweep", headers=SQSD).json != {"busy": True}


def test_the_health_check_answers_and_a_tick_is_a_post() -> None:
    assert client().get("/check-status").status_code == 200
    assert client().get("/tick/sweep", headers=SQSD).status_code == 405


def test_silence_is_counted_from_the_last_completed_poll(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    pulse = Pulse(file)
    pulse._since -= 1000  # an application that has been running for long
    assert pulse.silence_seconds() == pytest.approx(1000, abs=5), "a worker that never showed itself"
    show(file, silent_seconds=40)
    assert pulse.silence_seconds() == pytest.approx(40, abs=5)
    show(file, silent_seconds=0)
    assert pulse.silence_seconds() == pytest.approx(0, abs=5)


def test_a_new_instance_gives_its_worker_time_to_start(tmp_path: Path) -> None:
    assert Pulse(tmp_path / "none").silence_seconds() < 5
    file = tmp_path / "of-the-version-before"
    show(file, silent_seconds=3600)
    assert Pulse(file).silence_seconds() < 5


def test_a_clock_set_back_is_no_sign_of_death(tmp_path: Path) -> None:
    file = tmp_path / "pulse"
    show(file, 0)
    ahead = time.time() + 300
    os.utime(file, (ahead, ahead))
    assert Pulse(file).silence_seconds() == 0


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "pulse").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        show(tmp_path / "pulse", 0)


def test_each_queue_has_a_file_of_its_own() -> None:
    one, other = heartbeat_file("https://sqs/1/one"), heartbeat_file("https://sqs/1/other")
    assert one != other
    assert one == heartbeat_file("https://sqs/1/one")


def test_a_busy_worker_in_health_is_never_silent_for_too_long() -> None:
    assert HARD_TIME_LIMIT_SECONDS + LONG_POLL_SECONDS + BEAT_INTERVAL_SECONDS < STALE_AFTER_SECONDS


@pytest.mark.slow
def test_the_tick_application_loads_no_celery() -> None:
    code = (
        "import sys, worker.alive, worker.sweep.sweep, worker.sweep.tick; sys.exit('celery' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_metrics_tell_of_the_worker_to_this_machine_or_the_tokens_bearer() -> None:
    open_, guarded = (
        client(silence_seconds=7.0),
        create_app(lambda: REPORT, lambda: 7.0, metrics_token="t" * 20).test_client(),
    )
    answer = open_.get("/metrics")
    assert answer.status_code == 200
    assert "\nportal_worker_silent_seconds 7.0\n" in answer.text
    assert open_.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    assert guarded.get("/metrics").status_code == 403
    headers = {"Authorization": f"Bearer {'t' * 20}", "X-Forwarded-For": "203.0.113.9"}
    assert guarded.get("/metrics", headers=headers).status_code == 200

"""A worker's gate keeps the last known answer: a failure decides nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import EVERY_WORKER, Reception, Wish
from shared.ports.unavailable import CatalogueUnavailable
from worker.receiving import Gate, pause_file

PAUSE = Wish(EVERY_WORKER, None, True, Operator("olga", Way.PAGE), "why", datetime.now(UTC), timedelta(), 2)


class Records:
    """What is wanted; None while the database is away."""

    wishes: Mapping[str, Wish] | None = None

    def __call__(self) -> Mapping[str, Wish]:
        if self.wishes is None:
            raise CatalogueUnavailable("down")
        return self.wishes


@pytest.fixture
def records() -> Records:
    return Records()


def look(gate: Gate) -> bool:
    gate.look("w@h")
    return gate.is_open()


def test_it_is_closed_until_it_was_looked_at(records: Records, tmp_path: Path) -> None:
    gate = Gate(records, tmp_path / "paused")
    assert not gate.is_open()
    assert look(gate), "the database is away, and nobody has ever paused here"


def test_the_last_answer_holds_while_the_database_is_away(records: Records, tmp_path: Path) -> None:
    gate = Gate(records, tmp_path / "paused")
    records.wishes = {EVERY_WORKER: PAUSE}
    assert not look(gate)
    records.wishes = None
    assert not look(gate)
    assert gate.reception(holds_messages=True) is Reception.PAUSING
    assert gate.reception(holds_messages=False) is Reception.PAUSED
    assert not look(Gate(records, tmp_path / "paused")), "one that starts meanwhile knows it"
    records.wishes = {EVERY_WORKER: replace(PAUSE, stopped=False)}
    assert look(gate)
    records.wishes = None
    assert look(gate)
    assert look(Gate(records, tmp_path / "paused"))


def test_whatever_goes_wrong_signs_of_life_go_on(records: Records, tmp_path: Path) -> None:
    records.wishes = {EVERY_WORKER: PAUSE}
    gate = Gate(records, tmp_path / "no folder" / "paused")
    assert not look(gate), "paused, though that can't be kept"
    broken = Gate(lambda: 1 / 0, tmp_path / "paused")  # type: ignore[arg-type, return-value]  # as broken as can be
    assert look(broken)


def test_a_drain_is_of_its_own_run_and_is_not_kept(records: Records, tmp_path: Path) -> None:
    gate = Gate(records, tmp_path / "paused")
    mine = replace(PAUSE, scope="w@h", run=gate.run)
    records.wishes = {"w@h": mine, EVERY_WORKER: replace(PAUSE, stopped=False)}
    assert not look(gate)
    assert gate.reception(holds_messages=True) is Reception.DRAINING
    assert gate.reception(holds_messages=False) is Reception.DRAINED
    assert look(Gate(records, tmp_path / "paused"))
    for other in (replace(mine, run=uuid4()), replace(mine, stopped=False)):
        records.wishes = {"w@h": other}
        assert look(gate)


def test_the_line_that_alarms_count_comes_once_a_minute(
    records: Records, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("worker.receiving.time.monotonic", lambda: now[0])
    records.wishes = {EVERY_WORKER: PAUSE}
    gate = Gate(records, tmp_path / "paused")
    for _ in range(61):
        gate.look("w@h")
        now[0] += 2
    assert capsys.readouterr().out.count("receiving is paused by an operator") == 3


def test_somebody_elses_file_pauses_nothing(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = pause_file(tmp_path / "heartbeat")
    file.touch()
    assert not look(Gate(records, file))
    monkeypatch.setattr("worker.receiving.os.getuid", lambda: 4711)
    assert look(Gate(records, file))

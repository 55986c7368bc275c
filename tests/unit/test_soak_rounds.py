"""A long soak that is interrupted goes on, and one that is over or went wrong does not."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.crash.soak.demon import OLDER, Demon
from tests.crash.soak.people import History
from tests.crash.soak.rounds import FLAT, ROUND, Round, Rounds, Unplayed
from tests.crash.stage import Stage
from worker.sweep.sweep import ABANDONED_AFTER


def played(number: int, uploads: int = ROUND, lost: int = 0, grown: float = 1.0) -> Round:
    acts = {"upload": uploads, "demon: freeze": 2}
    return Round(number, uploads, 60.0, acts, (800.0, 800.0 * grown), lost, 0, 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "build" / "rounds.jsonl"


def test_rounds_come_to_what_was_asked_for(file: Path) -> None:
    rounds = Rounds(file, 2 * ROUND + 500)
    assert rounds.left() == {0: ROUND, 1: ROUND, 2: 500}
    for number, count in rounds.left().items():
        rounds.add(played(number, count))
    assert rounds.left() == {}
    total = rounds.total()
    assert (total.uploads, total.seconds, total.good) == (2 * ROUND + 500, 180.0, True)
    assert total.acts == {"upload": 2 * ROUND + 500, "demon: freeze": 6}


def test_one_that_was_interrupted_goes_on_with_the_rounds_that_it_has_not(file: Path) -> None:
    Rounds(file, 3 * ROUND).add(played(1))
    again = Rounds(file, 3 * ROUND)
    assert again.played == [played(1)]
    assert again.left() == {0: ROUND, 2: ROUND}


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([played(0), played(1)], id="over"),
        pytest.param([played(0, lost=1)], id="something was lost"),
        pytest.param([played(0, grown=FLAT + 0.1)], id="memory grew"),
    ],
)
def test_any_other_begins_anew(file: Path, before: list[Round]) -> None:
    rounds = Rounds(file, 2 * ROUND)
    for each in before:
        rounds.add(each)
    again = Rounds(file, 2 * ROUND)
    assert again.played == []
    assert again.left() == {0: ROUND, 1: ROUND}
    again.add(played(0))
    assert Rounds(file, 2 * ROUND).played == [played(0)]


def test_what_is_wrong_in_one_is_wrong_with_all(file: Path) -> None:
    rounds = Rounds(file, 2 * ROUND)
    rounds.add(played(0))
    rounds.add(played(1, lost=2))
    assert (rounds.total().lost, rounds.total().good) == (2, False)


def test_memory_that_grows_from_round_to_round_is_seen(file: Path) -> None:
    rounds = Rounds(file, 3 * ROUND)
    for number, megabytes in enumerate((700.0, 800.0, 900.0)):
        rounds.add(Round(number, ROUND, 60.0, {}, (megabytes, megabytes), 0, 0, 0))
    assert not rounds.total().good
    assert "× 1.29" in str(rounds.total())


def test_all_that_are_left_are_played(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds(file, 3 * ROUND)
    rounds.add(played(1))
    rounds.play(lambda number, count: (played(number, count), []), 2, lambda: None)
    assert sorted(each.number for each in Rounds(file, 4 * ROUND).played) == [0, 1, 2]
    assert "round 1: " in capsys.readouterr().out


@pytest.mark.parametrize("unplayed", [False, True], ids=["something was lost", "it could not be played"])
def test_after_one_that_went_wrong_those_beside_it_end_and_none_begins(
    file: Path, unplayed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds, begun = Rounds(file, 5 * ROUND), set[int]()
    beside, ended = threading.Event(), threading.Event()

    def play(number: int, count: int) -> tuple[Round, list[str]]:
        begun.add(number)
        if number == 0:
            assert beside.wait(10)
            threading.Timer(0.5, ended.set).start()
            if unplayed:
                raise Unplayed("round 1 could not be played: 1")
            return played(0, count, lost=1), ["lost: an upload"]
        beside.set()
        assert ended.wait(10)  # when the first is over
        return played(number, count), []

    if unplayed:
        with pytest.raises(ExceptionGroup) as raised:
            rounds.play(play, 2, lambda: None)
        assert [str(each) for each in raised.value.exceptions] == ["round 1 could not be played: 1"]
    else:
        rounds.play(play, 2, lambda: None)
        assert "lost: an upload" in capsys.readouterr().out
    assert (begun, rounds.played[-1].number) == ({0, 1}, 1)


def test_whoever_stops_it_stops_what_is_played(file: Path) -> None:
    rounds, stopped = Rounds(file, 3 * ROUND), threading.Event()

    def play(number: int, count: int) -> tuple[Round, list[str]]:
        if number == 0:
            raise SystemExit(143)
        assert stopped.wait(10)
        raise Unplayed("ended")

    with pytest.raises(SystemExit):
        rounds.play(play, 2, stopped.set)
    assert stopped.is_set()
    assert rounds.played == []


class Clock:
    """All of a stage that the demon asks of it when it hurries."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.oldest = timedelta()

    def let_pass(self, seconds: int) -> None:
        self.ahead += timedelta(seconds=seconds)
        self.oldest = max(self.oldest, self.ahead)

    def now(self) -> None:
        self.ahead = timedelta()


def test_what_a_request_brings_never_looks_as_old_as_what_nobody_will_finish() -> None:
    clock = Clock()
    demon = Demon(cast(Stage, clock), cast(History, None), 0)  # which writes down nothing of this
    for _ in range(200):
        demon._hurry()
    assert OLDER <= clock.oldest < ABANDONED_AFTER - timedelta(minutes=10)

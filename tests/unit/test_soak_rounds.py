"""A long soak that is interrupted goes on, and one that is over or went wrong does not."""

from pathlib import Path

import pytest

from tests.crash.soak.rounds import FLAT, ROUND, Round, Rounds


def played(uploads: int, lost: int = 0, grown: float = 1.0, seconds: float = 60.0) -> Round:
    return Round(
        uploads, seconds, {"upload": uploads, "demon: freeze": 2}, (800.0, 800.0 * grown), lost, 0, 0
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "build" / "rounds.jsonl"


def test_rounds_come_to_what_was_asked_for(file: Path) -> None:
    rounds, seen = Rounds(file, 2 * ROUND + 500), []
    for number, count in rounds.left():
        seen.append((number, count))
        rounds.add(played(count))
    assert seen == [(0, ROUND), (1, ROUND), (2, 500)]
    total = rounds.total()
    assert (total.uploads, total.seconds, total.good) == (2 * ROUND + 500, 180.0, True)
    assert total.acts == {"upload": 2 * ROUND + 500, "demon: freeze": 6}


def test_one_that_was_interrupted_goes_on(file: Path) -> None:
    Rounds(file, 2 * ROUND).add(played(ROUND))
    again = Rounds(file, 2 * ROUND)
    assert again.played == [played(ROUND)]
    assert next(again.left()) == (1, ROUND)


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        pytest.param([played(ROUND), played(ROUND)], 2 * ROUND, id="over"),
        pytest.param([played(ROUND, lost=1)], 2 * ROUND, id="something was lost"),
        pytest.param([played(ROUND, grown=FLAT + 0.1)], 2 * ROUND, id="memory grew"),
        pytest.param([played(ROUND)], 3 * ROUND, id="another number"),
    ],
)
def test_any_other_begins_anew(file: Path, before: list[Round], asked: int) -> None:
    rounds = Rounds(file, 2 * ROUND)
    for each in before:
        rounds.add(each)
    assert Rounds(file, asked).played == []
    assert next(Rounds(file, asked).left()) == (0, ROUND)


def test_what_is_wrong_in_one_is_wrong_with_all(file: Path) -> None:
    rounds = Rounds(file, 2 * ROUND)
    rounds.add(played(ROUND))
    rounds.add(played(ROUND, lost=2))
    assert (rounds.total().lost, rounds.total().good) == (2, False)


def test_memory_that_grows_from_round_to_round_is_seen(file: Path) -> None:
    rounds = Rounds(file, 3 * ROUND)
    for megabytes in (700.0, 800.0, 900.0):
        rounds.add(Round(ROUND, 60.0, {}, (megabytes, megabytes), 0, 0, 0))
    assert not rounds.total().good
    assert "× 1.29" in str(rounds.total())

"""What the pages do about consistency, at a terminal."""

import argparse
import json
from typing import Any
from uuid import UUID

import pytest

from shared.domain.taking_back import UNDO_FOR
from tests.support_memory import World
from tests.unit.test_consistency import DAY, add_stray, lose_original, named, portal
from worker.ops.__main__ import COMMANDS

pytestmark = pytest.mark.slow


def run(world: World, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """A command's exit code, and its rows; each has a form in words, and in JSON."""
    command = COMMANDS[arguments[0]]
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    answer = command.run(world.worker, parser.parse_args(arguments[1:]))
    rows = [dict(row) for row in answer.rows]
    assert all(answer.told(row) and json.dumps(row) for row in rows)
    return answer.status, rows


def test_a_check_says_by_its_exit_code_whether_both_sides_agree() -> None:
    world = portal(2)
    assert run(world, "findings") == (0, [{"sentence": "Nothing was compared yet."}])
    assert run(world, "repair", "missing")[0] == 1
    status, [summary] = run(world, "check", "--full-hash")
    assert (status, summary["unrepaired"], summary["looked"]["hashed"]) == (0, 0, 2)

    lose_original(world, named(world))
    add_stray(world, named(world))
    status, [*found, summary] = run(world, "check")
    assert (status, summary["unrepaired"], [row["fault"] for row in found]) == (1, 2, ["missing", "stray"])
    assert run(world, "findings") == (0, [*found, summary])

    status, [row, counts] = run(world, "repair", "stray")
    assert (status, row["state"], counts["repaired"], counts["asked"]) == (0, "repaired", 1, 1)
    assert run(world, "repair", "stray") == (0, [{"sentence": "Nothing is left to repair."}])
    status, [row, counts] = run(world, "repair", found[0]["id"])
    assert (status, row["state"], counts["repaired"]) == (0, "repaired", 1)
    assert run(world, "repair", str(UUID(int=1)))[1][-1]["gone"] == 1
    assert run(world, "check")[0] == 0
    assert {act.by.way for act in world.worker.operator_acts.page(None, 99)} == {"terminal"}


def test_a_check_that_runs_already_is_gone_on_with() -> None:
    world = portal()
    world.worker.checks.start("the page", full_hash=True)
    status, [summary] = run(world, "check")
    assert (status, summary["looked"]["hashed"]) == (0, 1)


@pytest.mark.parametrize("what", ["nonsense", ""])
def test_what_is_neither_a_fault_nor_an_id_is_refused(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(portal(0), "repair", what)
    assert "argument FAULT|ID" in capsys.readouterr().err


def test_what_was_put_aside_is_put_back_unless_its_owner_took_it_back() -> None:
    world = portal()
    image = named(world)
    key = image.renditions[0].replace("previews/", "images/")
    world.store.put(key + ".old", b"aside", "image/jpeg")
    world.clock.advance(DAY)
    run(world, "check")
    run(world, "repair", "stray")
    [aside] = [entry.key for entry in world.store.list("quarantine/")]
    assert run(world, "put-back", aside)[0] == 0
    assert run(world, "put-back", aside)[0] == 1
    world.clock.advance(DAY)
    run(world, "check")
    run(world, "repair", "stray")
    [aside] = [entry.key for entry in world.store.list("quarantine/")]
    world.web.taking_back.take_back(image.upload_id, image.owner)
    world.clock.advance(UNDO_FOR)
    status, [told] = run(world, "put-back", aside)
    assert (status, told["sentence"]) == (1, "Its owner took it back: it may not come back.")

"""Commands of operators for cron: what each says as JSON, and its exit code."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.domain.uploads import Attempt
from shared.ports.operations import WorkerStatus
from shared.staging import Staging
from tests.support_memory import SETTINGS, World, file, portal_of_an_operator, small_photo
from worker.ops.__main__ import COMMANDS, main

pytestmark = pytest.mark.slow

Typed = Callable[..., tuple[int, list[dict[str, Any]]]]
NOBODYS = "00000000-0000-0000-0000-000000000001"
WELL = (
    "status",
    "watch --times 1",
    "workers",
    "uploads",
    "dead-letters",
    "failed",
    "redrive --all",
    "discard --all",
    "move-dead-letters discard unreadable",
    "pause --why disks",
    "resume",
    "forecast",
    "reingest list",
    "check",
    "findings",
    "repair stray",
    "audit",
)
UNDONE = (
    f"upload {NOBODYS}",
    "uploads nothing-is-called-so",
    f"redrive {NOBODYS}",
    f"discard {NOBODYS}",
    "drain nobody --why disks",
    "undrain nobody",
    f"reingest pause {NOBODYS}",
    "put-back quarantine/nothing",
)
MISTYPED = {
    "no-such-command": "invalid choice: 'no-such-command'",
    "watch --times 0": "argument --times: a whole number from 1 to 1,000,000,000",
    "uploads --limit -3": "argument --limit: a whole number from 1 to 1,000",
    "uploads --limit 1001": "argument --limit: a whole number from 1 to 1,000",
    "redrive": "give ids of uploads, or say which others",
    "failed --since soon": "argument --since: 'soon' is no time like 2026-03-04T05:06",
    "repair something": "argument FAULT|ID: 'something' is neither a fault nor a finding’s id",
    "move-dead-letters redrive failed": "(choose from 'settled', 'unrecorded', 'unreadable')",
    "pause": "the following arguments are required: --why",
    "reingest start": "say which images, or --all",
}


@pytest.fixture
def world() -> World:
    """One upload waits."""
    made = portal_of_an_operator()
    made.app.test_client().post("/api/v1/images", data={"file": file(small_photo())}, headers=made.token())
    return made


@pytest.fixture
def typed(world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types a command with `--json`: its exit code and rows."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("worker.ops.__main__.worker_parts", lambda _settings: world.worker)
    monkeypatch.setattr("worker.ops.__main__.configure_logs", lambda _level: None)  # other tests read theirs

    def type_it(*words: str) -> tuple[int, list[dict[str, Any]]]:
        status = main([*words, "--json"])
        lines = capsys.readouterr().out.splitlines()
        return status, [json.loads(line) for line in lines if line.startswith("{")]  # no logs

    return type_it


def test_every_command_has_its_example() -> None:
    assert {line.split()[0] for line in (*WELL, *UNDONE)} == COMMANDS.keys()


def test_what_is_well_ends_with_0(world: World, typed: Typed) -> None:
    world.worker.operations.beat(WorkerStatus("w", "host", "1", datetime.now(UTC), 1.0))
    for line in WELL:
        assert typed(*line.split())[0] == 0, line


def test_what_is_unknown_or_undone_ends_with_1(typed: Typed) -> None:
    for line in UNDONE:
        assert typed(*line.split())[0] == 1, line


@pytest.mark.parametrize("line", MISTYPED)
def test_what_is_mistyped_ends_with_2_and_says_what_to_type(
    typed: Typed, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        typed(*line.split())
    assert ended.value.code == 2
    assert MISTYPED[line] in capsys.readouterr().err


def test_uploads_that_have_nothing_staged_stay_failed_which_is_no_success(world: World, typed: Typed) -> None:
    [staged] = Staging(world.store).accepted_by(world.owner_of("ann"))
    manifest = Staging(world.store).manifest(world.owner_of("ann"), staged)
    assert manifest is not None
    world.worker.attempts.begin(manifest, Attempt(5, "w", datetime.now(UTC)))
    world.worker.attempts.fail(staged, Attempt(5, "w", datetime.now(UTC)), "OSError at fetch: x")
    held = Staging(world.store).find(world.owner_of("ann"), staged)
    assert held is not None
    Staging(world.store).clear(held)
    status, [row] = typed("redrive", str(staged))
    assert (status, row["asked"], row["not_staged"]) == (1, 1, 1)


def test_a_list_that_goes_on_and_lacks_a_part_is_unknown(world: World, typed: Typed) -> None:
    for _ in range(2):
        world.app.test_client().post(
            "/api/v1/images", data={"file": file(small_photo())}, headers=world.token()
        )
    ids: list[UUID] = list(Staging(world.store).accepted_by(world.owner_of("ann")))
    for upload_id in ids:
        manifest = Staging(world.store).manifest(world.owner_of("ann"), upload_id)
        assert manifest is not None
        world.worker.attempts.begin(manifest, Attempt(1, "w", datetime.now(UTC)))
    assert typed("uploads", "@ann", "--limit", "2")[0] == 0
    world.store.away = True
    status, rows = typed("uploads", "@ann", "--limit", "2")
    assert (status, "more" in rows[-1], "unknown" in rows[-2]) == (1, True, True)

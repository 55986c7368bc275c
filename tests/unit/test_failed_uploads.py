"""Failed uploads as operators choose among them: by hand, by time, and by what is known of one that stands for many."""

import argparse
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.domain.failures import advice
from shared.domain.formats import BY_NAME
from shared.domain.keys import final_key
from shared.domain.operator_acts import Operator, Way
from shared.staging import Staging
from tests.support_memory import Browser, World
from tests.unit.test_operators import AWAY, DISK, act, confirmed, fail, operator, status, world
from worker.ops import failed as terminal

__all__ = ["operator", "world"]  # fixtures
pytestmark = pytest.mark.slow


def test_a_chosen_few_are_sent_again_and_no_others(world: World, operator: Browser) -> None:
    ids = [str(fail(world, f"{DISK}: full")) for _ in range(3)]
    page = operator.get(f"/ops/failed?reason={DISK}")
    assert re.findall(r'type="checkbox" name="id" value="([^"]+)"', page) == ids
    query = "&".join(f"id={i}" for i in ids[:2])
    act(operator, ids[:1], "redrive")
    confirmation = f"/ops/failed/confirm?verb=discard&reason={DISK}&{query}"
    assert "1 of your 2 is no longer failed" in operator.get(confirmation)
    assert confirmed(operator, confirmation) == ([ids[1]], "discard")
    assert "Nothing to do" in operator.get(f"/ops/failed/confirm?verb=redrive&id={ids[0]}")


def test_only_what_failed_within_a_time_is_shown_and_acted_on(world: World, operator: Browser) -> None:
    early = fail(world, f"{DISK}: full")
    world.clock.advance(timedelta(hours=2))
    late = fail(world, f"{DISK}: full")
    since = f"since={world.clock() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    assert "1 waits for you, of the time that you chose." in operator.get(f"/ops/failed?{since}")
    assert str(early) not in operator.get(f"/ops/failed?reason={DISK}&{since}")
    ids, verb = confirmed(operator, f"/ops/failed/confirm?verb=redrive&{since}")
    assert ids == [str(late)]
    operator.submit("/ops/failed", "/ops/failed/acts", id=ids, verb=verb, since=since[6:])
    assert world.web.operator_acts.page(None, 1)[0].subject == str(late)
    assert "Nothing failed in that time" in operator.get("/ops/failed?until=2020-01-01T00:00")
    assert operator.client.get("/ops/failed?since=soon").status_code == 422


def test_each_kind_of_failure_has_its_advice() -> None:
    for reason, word in (
        (AWAY, "S3"),
        ("CatalogueUnavailable at x/y.z", "MySQL"),
        ("MemoryError at x/y.z", "one again first"),
        ("The last permitted attempt was cut off.", "one again first"),
        ("KeyError at x/y.z", "Deploy"),
        ("", "Deploy"),
    ):
        assert word in advice(reason), reason


def test_a_preview_is_shown_only_of_what_was_rendered(world: World, operator: Browser) -> None:
    upload_id = fail(world, f"{AWAY}: down")
    path = f"/ops/failed?reason={AWAY}"
    page = operator.get(path)
    assert "There is no preview" in page
    assert "JPEG" in page
    assert "staging/" not in page
    manifest = Staging(world.store).manifest(world.owner_of("ann"), upload_id)
    assert manifest is not None
    key = final_key("thumbnails", manifest, BY_NAME["webp"])
    world.store.put(key, b"x", "image/webp")
    assert key in operator.get(path)
    world.store.away = True
    assert "can’t be asked" in operator.get(path)


def call(world: World, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The API's answer to the operator."""
    answer = world.app.test_client().open(
        f"/api/v1{path}", method=method, json=body, headers=world.token("ann")
    )
    assert answer.status_code == 200, answer.text
    return answer.json or {}


def test_the_api_tells_groups_and_acts_so_that_it_adds_up(world: World) -> None:
    disks = [str(fail(world, f"{DISK}: full")) for _ in range(3)]
    away = str(fail(world, f"{AWAY}: down"))
    told = call(world, "GET", "/dead-letters")
    assert [(g["reason"], g["count"]) for g in told["groups"]] == [(DISK, 3), (AWAY, 1)]
    assert (told["count"], told["items"]) == (4, [])
    page = call(world, "GET", f"/dead-letters?reason={DISK}&limit=2")
    assert [item["id"] for item in page["items"]] == disks[:2]
    rest = call(world, "GET", f"/dead-letters?reason={DISK}&limit=2&cursor={page['next_cursor']}")
    assert [item["id"] for item in rest["items"]] == disks[2:]
    done = call(world, "POST", "/dead-letters/redrive", {"ids": disks[:1]})
    assert (done["asked"], done["moved"], done["gone"], done["failed"]) == (1, 1, 0, 0)
    done = call(world, "POST", "/dead-letters/redrive", {"ids": disks[:2]})
    assert (done["asked"], done["moved"], done["gone"], done["failed"]) == (2, 1, 1, 0)
    done = call(world, "POST", "/dead-letters/discard", {"reason": DISK})
    assert (done["asked"], done["moved"], done["left"]) == (1, 1, 0)
    done = call(world, "POST", "/dead-letters/redrive", {"all": True, "until": "2020-01-01T00:00:00Z"})
    assert (done["asked"], done["left"]) == (0, 0)
    assert world.web.operator_acts.page(None, 1)[0].subject == "every reason before 2020-01-01T00:00Z"
    done = call(world, "POST", "/dead-letters/redrive", {"all": True})
    assert (done["asked"], done["moved"]) == (1, 1)
    assert world.web.operator_acts.page(None, 1)[0].by == Operator("ann", Way.API)
    assert status(world, UUID(away)) == "queued"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("redrive", {}),
        ("redrive", {"ids": ["x"]}),
        ("redrive", {"all": True, "reason": "x"}),
        ("redrive", {"all": True, "since": "soon"}),
        ("messages/discard", {}),
        ("messages/discard", {"ids": ["x"], "kind": "settled"}),
        ("messages/redrive", {"kind": "failed"}),
    ],
)
def test_what_the_api_cannot_make_sense_of_is_refused(world: World, path: str, body: dict[str, Any]) -> None:
    answer = world.app.test_client().post(
        f"/api/v1/dead-letters/{path}", json=body, headers=world.token("ann")
    )
    assert (answer.status_code, (answer.json or {})["code"]) == (422, "invalid_field")


def test_the_api_moves_messages_too(world: World) -> None:
    world.dead_letters.plant("rubbish")
    world.dead_letters.plant("rubbish")
    told = call(world, "GET", "/dead-letters/messages")
    assert (told["looked_at"], told["about"], {i["kind"] for i in told["items"]}) == (2, 2, {"unreadable"})
    one = told["items"][0]["id"]
    done = call(world, "POST", "/dead-letters/messages/discard", {"ids": [one, "another"]})
    assert (done["asked"], done["moved"], done["gone"], done["left"]) == (2, 1, 1, 1)
    done = call(world, "POST", "/dead-letters/messages/redrive", {"kind": "unreadable"})
    assert done["asked"] == 0
    done = call(world, "POST", "/dead-letters/messages/discard", {"kind": "unreadable"})
    assert (done["asked"], done["moved"], done["left"]) == (1, 1, 0)


def at_a_terminal(world: World, *words: str) -> list[str]:
    """What a command says."""
    command = {command.name: command for command in terminal.COMMANDS}[words[0]]
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    answer = command.run(world.worker, parser.parse_args(words[1:]))
    return [answer.told(row) for row in answer.rows]


def test_a_terminal_acts_on_a_time_too(world: World) -> None:
    early = fail(world, f"{DISK}: full")
    world.clock.advance(timedelta(hours=2))
    late = fail(world, f"{AWAY}: down")
    since = f"{world.clock() - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    [line] = at_a_terminal(world, "failed", "--since", since)
    assert line.startswith(str(late))
    [said] = at_a_terminal(world, "redrive", "--all", "--since", since)
    assert said.startswith("Asked for 1: 1 sent again")
    assert world.web.operator_acts.page(None, 1)[0].subject == f"every reason from {since}Z"
    assert [status(world, i) for i in (early, late)] == ["failed", "queued"]
    with pytest.raises(SystemExit):
        at_a_terminal(world, "redrive", str(early), "--since", since)

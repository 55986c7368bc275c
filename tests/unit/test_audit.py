"""The audit tells one story: on the page, in files, to programs and at a terminal."""

import argparse
import csv
import io
import json
from datetime import timedelta
from uuid import UUID

import pytest

from shared.domain.moderation import Decision, Reason, Seen
from shared.domain.moderation import Verb as Deed
from shared.domain.operator_acts import Operator, Verb, Way
from shared.operating.audit import Filter, Role, every, lines
from tests.support_memory import Browser, World
from tests.unit.test_operators import accept, operator, world
from worker.ops import audit as command

__all__ = ["operator", "world"]  # fixtures
pytestmark = pytest.mark.slow
ANN, ROOT = Operator("ann", Way.PAGE), Operator("root@worker-1", Way.TERMINAL)
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.fixture
def told(world: World) -> World:
    """Three acts of operators, one of them cut off, and one of a moderator in their midst."""
    acts = world.web.operator_acts
    acts.end(acts.begin(ANN, Verb.REDRIVE, FORMULA, 3), {"done": 2, "not_failed": 1})
    image_id = accept(world)
    assert world.work() == ["published"]
    decided = Decision(UUID(int=5), "mia", image_id, Deed.HIDE, Reason.SPAM, "a note", Seen(0, 0))
    world.web.moderation.act(decided)
    world.clock.advance(timedelta(hours=2))
    acts.end(acts.begin(ROOT, Verb.DISCARD, "<b>a reason</b>", 1), {"done": 1})
    acts.begin(ANN, Verb.DISCARD, "cut off", 7)
    return world


def whos(world: World, **fields: object) -> list[str]:
    return [line.who for line in every(world.web, Filter(**fields))]  # type: ignore[arg-type]


def test_both_roles_are_in_one_list_newest_first(told: World) -> None:
    assert whos(told) == ["ann", "root@worker-1", "mia", "ann"]
    first = lines(told.web, Filter(), None, 2)
    assert [line.who for line in lines(told.web, Filter(), first[-1].id, 9)] == ["mia", "ann"]
    assert first[0].ended_at is None
    assert whos(told, who="ann") == ["ann", "ann"]
    assert whos(told, verb="discard") == ["ann", "root@worker-1"]
    assert whos(told, verb="hide") == ["mia"]
    assert whos(told, role=Role.MODERATOR) == ["mia"]
    assert whos(told, role=Role.OPERATOR, verb="hide") == []


def test_the_page_is_filtered_and_says_what_was_cut_off(told: World, operator: Browser) -> None:
    page = operator.get("/ops/audit")
    assert "2 done, 1 not failed" in page
    assert "no end is written down" in page
    assert "&lt;b&gt;a reason" in page
    assert "a note" not in page, "moderators' words stay in their own audit"
    since = told.clock() - timedelta(hours=1)
    page = operator.get(f"/ops/audit?since={since:%Y-%m-%dT%H:%M}&who=root@worker-1")
    assert "a reason" in page
    assert "cut off" not in page.partition("<ol")[2]
    assert "No act fits" in operator.get("/ops/audit?who=nobody")
    for bad in ("verb=erase", "role=king", "since=soon", "cursor=x"):
        assert operator.client.get(f"/ops/audit?{bad}").status_code == 422, bad


def test_a_long_audit_is_read_page_by_page(world: World, operator: Browser) -> None:
    for number in range(120):
        world.web.operator_acts.begin(ANN, Verb.REDRIVE, f"act-{number:03}", 1)
    page = operator.get("/ops/audit?verb=redrive")
    assert "act-070" in page
    assert "act-069" not in page
    [link] = [part.partition('"')[0] for part in page.split('rel="next" href="')[1:]]
    assert "act-069" in operator.get(link.replace("&amp;", "&"))


def test_files_hold_every_line_and_no_formula(told: World, operator: Browser) -> None:
    rows = list(csv.DictReader(io.StringIO(operator.get("/ops/audit.csv"))))
    assert [row["who"] for row in rows] == ["ann", "root@worker-1", "mia", "ann"]
    assert rows[-1]["subject"] == f"'{FORMULA}"
    assert rows[-1]["counts"] == "done:2 not_failed:1"
    assert rows[0]["ended_at"] == ""
    objects = [json.loads(line) for line in operator.get("/ops/audit.jsonl?role=operator").splitlines()]
    assert [o["asked"] for o in objects] == [7, 1, 3]
    assert objects[-1]["subject"] == FORMULA
    answer = told.app.test_client().get("/api/v1/audit?limit=1&who=ann", headers=told.token("ann"))
    told_of = answer.json or {}
    assert told_of["items"] == objects[:1]
    following = f"/api/v1/audit?limit=1&who=ann&cursor={told_of['next_cursor']}"
    answer = told.app.test_client().get(following, headers=told.token("ann"))
    assert ((answer.json or {})["items"], (answer.json or {})["next_cursor"]) == (objects[-1:], None)


def test_files_are_sent_while_they_are_read(world: World, operator: Browser) -> None:
    for _ in range(1200):
        world.web.operator_acts.begin(ANN, Verb.REDRIVE, "x", 1)
    answer = operator.client.get("/ops/audit.jsonl", buffered=False)
    pieces = iter(answer.response)
    next(pieces)
    world.database.away = True
    with pytest.raises(Exception, match="away"):
        list(pieces)
    world.database.away = False
    assert len(operator.get("/ops/audit.jsonl").splitlines()) == 1200


def test_the_command_says_the_same(told: World) -> None:
    parser = argparse.ArgumentParser()
    [audit] = command.COMMANDS
    audit.arguments(parser)
    answer = audit.run(told.worker, parser.parse_args(["--who", "ann", "--since", "2020-01-01T00:00"]))
    rows = list(answer.rows)
    assert [row["subject"] for row in rows] == ["cut off", FORMULA]
    assert [answer.told(row).partition(" ")[2] for row in rows] == [
        "ann discard 7 (no end is written down): cut off",
        f"ann redrive 3 (2 done, 1 not_failed): {FORMULA}",
    ]
    none = audit.run(told.worker, parser.parse_args(["--until", "2020-01-01T00:00Z"]))
    assert list(none.rows) == []


def test_others_see_none_of_it(world: World) -> None:
    bob = world.sign_up("bob")
    for path in ("/ops/audit", "/ops/audit.csv", "/ops/audit.jsonl"):
        assert bob.client.get(path).status_code == 403
    assert world.app.test_client().get("/api/v1/audit", headers=world.token("bob")).status_code == 403

"""Operators see what a check found, ask for exactly what they counted, and the counts add up."""

import html
import re
from uuid import UUID

import pytest

from shared.domain.consistency import Fault
from shared.ports.inventory import Named
from tests.support_memory import Browser, World
from tests.unit.test_consistency import check, found, lose_original, named, portal
from worker.consistency import repair_asked

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    """Three images and an operator, ann."""
    made = portal(3)
    made.identity.add_to_group("ann", "operators")
    return made


@pytest.fixture
def ann(world: World) -> Browser:
    return world.log_in("ann")


def lose_all(world: World) -> list[Named]:
    images = world.worker.inventory.page("", 9)
    for image in images:
        lose_original(world, image)
    return images


def flashed(browser: Browser) -> str:
    text = re.search(r'class="flash[^>]*>.*?<p>(.*?)</p>', browser.get("/ops/consistency"), re.DOTALL)
    assert text
    return html.unescape(text[1])


def test_what_was_never_compared_is_said_so(ann: Browser) -> None:
    assert "Never compared yet" in ann.get("/ops/consistency")
    assert "is unknown: no check has ended yet" in ann.get("/ops")
    for path in ("findings?fault=missing", "confirm?fault=missing"):
        assert ann.client.get(f"/ops/consistency/{path}").status_code == 404


def test_a_check_is_asked_for_once_and_seen_running(world: World, ann: Browser) -> None:
    for words in ("A worker begins within a minute.", "A check is running already."):
        assert ann.submit("/ops/consistency", "/ops/consistency/checks", full_hash="yes").status_code == 303
        assert flashed(ann) == words
    running = ann.get("/ops/consistency")
    assert "A check is running." in running
    assert "Never compared yet" not in running
    world.sweep()
    assert "Both sides agree" in ann.get("/ops/consistency")
    assert "Every original was read." in ann.get("/ops/consistency")
    assert "The records and what is stored agree." in ann.get("/ops")


def test_all_of_a_fault_are_repaired_as_counted_and_a_second_click_changes_nothing(
    world: World, ann: Browser
) -> None:
    lose_all(world)
    seen = check(world)
    assert "3 things are not as they should be" in ann.get("/ops/consistency")
    assert "3 things are not as they should be" in ann.get("/ops")
    confirm = ann.get("/ops/consistency/confirm?fault=missing")
    assert "Repair 3 findings?" in confirm
    form = {"check": str(seen.id), "fault": "missing"}
    ann.submit("/ops/consistency/confirm?fault=missing", "/ops/consistency/repairs", **form)
    said = "Asked for 3: 0 repaired, 0 in order meanwhile, 0 not repaired, 3 waiting for a worker"
    assert flashed(ann).startswith(said)
    ann.submit("/ops/consistency", "/ops/consistency/repairs", **form)
    assert flashed(ann).startswith("Nothing is left to repair")
    repair_asked(world.worker)
    page = ann.get("/ops/consistency")
    assert "3 asked = 3 repaired + 0 in order meanwhile + 0 not repaired" in page
    assert "All 3 findings are settled" in page
    assert "Nothing to do" in ann.get("/ops/consistency/confirm?fault=missing")
    assert (
        ann.get("/ops/consistency/findings?fault=missing").count("Repaired: A right copy was put back.") == 3
    )


def test_what_is_ticked_is_repaired_and_nothing_else(world: World, ann: Browser) -> None:
    lose_all(world)
    seen = check(world)
    first, *others = found(world, seen)
    listed = ann.get("/ops/consistency/findings?fault=missing")
    assert all(str(finding.id) in listed for finding in (first, *others))
    confirm = ann.get(f"/ops/consistency/confirm?fault=missing&ticked=yes&id={first.id}")
    assert "Repair 1 finding?" in confirm
    form = {"check": str(seen.id), "fault": "missing", "ticked": "yes", "id": str(first.id)}
    ann.submit("/ops/consistency", "/ops/consistency/repairs", **form)
    repair_asked(world.worker)
    assert [f.id for f in found(world, seen)] == [f.id for f in others]
    nothing = ann.get("/ops/consistency/confirm?fault=missing&ticked=yes")
    assert "Nothing is ticked that can be repaired." in nothing
    ann.submit("/ops/consistency", "/ops/consistency/repairs", **(form | {"id": "x"}))
    assert flashed(ann).startswith("Nothing is left to repair")


def test_what_an_older_check_found_is_not_asked_for(world: World, ann: Browser) -> None:
    lose_all(world)
    old = check(world)
    check(world)
    form = {"check": str(old.id), "fault": "missing"}
    ann.submit("/ops/consistency", "/ops/consistency/repairs", **form)
    assert flashed(ann).startswith("Another check has ended meanwhile.")
    assert world.worker.findings.acts(9) == []


def test_long_lists_go_on(world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operators.consistency.PAGE", 2)
    lose_all(world)
    check(world)
    first = ann.get("/ops/consistency/findings?fault=missing")
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more
    rest = ann.get(html.unescape(more[1]))
    assert first.count('type="checkbox"') + rest.count('type="checkbox"') == 3
    assert ann.client.get("/ops/consistency/findings?fault=missing&cursor=x").status_code == 422
    for fault in ("stray", "x"):
        assert ann.client.get(f"/ops/consistency/findings?fault={fault}").status_code == 404


def test_others_are_told_that_it_is_for_operators(world: World) -> None:
    bob = world.sign_up("bob")
    for path in ("", "/findings?fault=missing", "/confirm?fault=missing"):
        assert bob.client.get(f"/ops/consistency{path}").status_code == 403


def test_the_api_tells_the_same(world: World) -> None:
    client, token = world.app.test_client(), world.token()

    def get(path: str) -> dict:  # type: ignore[type-arg]
        answer = client.get(f"/api/v1/consistency{path}", headers=token)
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json, dict)
        return answer.json

    assert get("") == {"running": None, "last": None, "faults": []}
    assert get("/findings") == {"items": [], "next_cursor": None}
    lose_original(world, named(world))
    begun = client.post("/api/v1/consistency/check", json={"full_hash": True}, headers=token)
    assert begun.status_code == 202
    again = client.post("/api/v1/consistency/check", json={}, headers=token)
    assert (again.status_code, (again.json or {})["code"]) == (409, "check_running")
    assert get("")["running"]["id"] == (begun.json or {})["id"]
    world.sweep()
    [fault] = get("")["faults"]
    assert (fault["fault"], fault["found"], fault["to_repair"]) == ("missing", 1, 1)
    [finding] = get("/findings?fault=missing")["items"]
    assert get("/findings?fault=stray")["items"] == []
    assert finding["fault"] == Fault.MISSING
    asked = client.post("/api/v1/consistency/repairs", json={"ids": [finding["id"]]}, headers=token)
    assert asked.status_code == 202, asked.text
    act = asked.json or {}
    assert (act["asked"], act["waiting"]) == (1, 1)
    world.sweep()
    done = get(f"/repairs/{act['id']}")
    assert (done["repaired"], done["waiting"]) == (1, 0)
    for path, code in ((f"/repairs/{UUID(int=1)}", 404), ("/repairs/x", 404), ("/findings?fault=x", 422)):
        assert client.get(f"/api/v1/consistency{path}", headers=token).status_code == code
    many = {"ids": [str(UUID(int=i)) for i in range(201)]}
    assert client.post("/api/v1/consistency/repairs", json=many, headers=token).status_code == 422
    assert client.post("/api/v1/consistency/repairs", json={"ids": ["x"]}, headers=token).status_code == 422

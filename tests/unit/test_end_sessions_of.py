"""An operator ends all sessions of an account."""

import pytest

from shared.domain.operator_acts import EVERY_ACT
from tests.support_memory import World, portal_of_an_operator

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    made = portal_of_an_operator()
    made.sign_up("bob")
    return made


def end(world: World, name: str, who: str = "ann") -> tuple[int, str]:
    path = f"/api/v1/operations/accounts/{name}/sessions"
    answer = world.app.test_client().delete(path, headers=world.token(who))
    return answer.status_code, (answer.json or {}).get("code", "") if answer.data else ""


def test_they_end_with_the_next_request_of_each(world: World) -> None:
    here, there = world.log_in("bob"), world.log_in("bob")
    program = world.token("bob")
    assert end(world, "bob") == (204, "")
    for browser in (here, there):
        assert browser.client.get("/uploads").headers["Location"].startswith("/login")
    assert world.app.test_client().get("/api/v1/account", headers=program).status_code == 401
    assert world.log_in("ann").get("/uploads"), "others' go on"


def test_the_audit_says_who_did_it(world: World) -> None:
    end(world, "bob")
    [act] = world.web.operator_acts.page(None, 9, EVERY_ACT)
    assert (act.by.name, act.verb, act.subject, act.counts) == ("ann", "end-sessions", "bob", {"done": 1})


def test_of_nobody_there_are_none(world: World) -> None:
    assert end(world, "nobody") == (404, "not_found")
    assert world.web.operator_acts.page(None, 9, EVERY_ACT) == []


def test_others_may_not(world: World) -> None:
    assert end(world, "ann", "bob") == (403, "not_operator")


def test_without_the_database_nothing_is_done_unrecorded(world: World) -> None:
    browser, token = world.log_in("bob"), world.token("ann")
    world.database.away = True
    path = "/api/v1/operations/accounts/bob/sessions"
    assert world.app.test_client().delete(path, headers=token).status_code == 503
    world.database.away = False
    assert browser.get("/uploads")

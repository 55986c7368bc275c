"""Who may look, who may act, and since when no more."""

import re

import pytest

from tests.support_memory import PASSWORD, Browser, World
from tests.unit.test_operators import DISK, fail, operator, status, world

__all__ = ["operator", "world"]  # fixtures
pytestmark = pytest.mark.slow
PAGES = (
    "/ops",
    "/ops/strip",
    "/ops/failed",
    f"/ops/failed?reason={DISK}",
    "/ops/dead-letters",
    "/ops/audit",
    "/ops/reingest",
    "/ops/trends",
    "/ops/workers",
    "/ops/uploads",
)
ACTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/ops/failed/acts", {"verb": "redrive"}),
    ("/ops/dead-letters/confirm", {"verb": "discard"}),
    ("/ops/dead-letters/acts", {"verb": "discard"}),
    ("/ops/dead-letters/leave", {}),
    ("/ops/workers/acts", {"verb": "pause", "why": "x"}),
)


@pytest.fixture
def watcher(world: World) -> Browser:
    """The browser of somebody who may only look."""
    world.sign_up("wim")
    world.identity.add_to_group("wim", "viewers")
    browser = Browser(world)
    browser.submit("/login", "/login", username="wim", password=PASSWORD)
    return browser


def test_who_may_only_look_sees_every_page_and_no_button(world: World, watcher: Browser) -> None:
    upload_id = fail(world, f"{DISK}: full")
    world.dead_letters.plant("rubbish")
    one = f"/ops/uploads/{upload_id}"
    assert 'href="/ops"' in watcher.get("/")
    for path in (*PAGES, one):
        page = watcher.get(path)
        main = page.partition("<main")[2]
        assert "Send again" not in main, path
        assert not re.search("(?:btn|<h[12])[^>]*>Discard", main), path
        assert "Pause receiving" not in main, path
        assert "Count them" not in main, path
        assert not re.findall(r"checkbox|method=.post", main), path


def test_who_may_only_look_does_nothing(world: World, watcher: Browser) -> None:
    upload_id = fail(world, f"{DISK}: full")
    for path, form in ACTS:
        assert watcher.submit("/upload", path, id=str(upload_id), **form).status_code == 403, path
    assert watcher.client.get("/ops/failed/confirm?verb=redrive").status_code == 403
    client, headers = world.app.test_client(), world.token("wim")
    assert client.get("/api/v1/dead-letters", headers=headers).status_code == 200
    for path in ("dead-letters/redrive", "dead-letters/messages/discard"):
        answer = client.post(f"/api/v1/{path}", json={"ids": [str(upload_id)]}, headers=headers)
        assert (answer.status_code, (answer.json or {})["code"]) == (403, "not_operator")
    assert status(world, upload_id) == "failed"
    assert world.web.operator_acts.page(None, 9) == []


def test_who_was_taken_out_a_moment_ago_acts_no_more(world: World, operator: Browser) -> None:
    upload_id = fail(world, f"{DISK}: full")
    headers = world.token("ann")
    world.identity.take_from_group("ann", "operators")
    assert operator.get("/ops"), "the token, of half an hour at most, still shows them what there is"
    for path, form in ACTS:
        assert operator.submit("/upload", path, id=str(upload_id), **form).status_code == 403, path
    body = {"ids": [str(upload_id)]}
    answer = world.app.test_client().post("/api/v1/dead-letters/redrive", json=body, headers=headers)
    assert answer.status_code == 403
    assert status(world, upload_id) == "failed"


def test_nobody_acts_while_it_cannot_be_told_who_may(
    world: World, operator: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload_id = fail(world, f"{DISK}: full")
    [token] = re.findall(r'name="csrf-token" content="([^"]+)"', operator.get("/ops"))
    asked = []

    def groups(username: str) -> frozenset[str]:
        asked.append(username)
        world.identity.away = True
        world.identity.check()
        return frozenset()

    monkeypatch.setattr(world.identity, "groups", groups)
    form = {"csrf_token": token, "verb": "redrive", "id": str(upload_id)}
    assert operator.client.post("/ops/failed/acts", data=form).status_code == 503
    assert asked == ["ann"]
    assert status(world, upload_id) == "failed"


def test_a_moderator_of_a_moment_ago_decides_nothing(world: World) -> None:
    world.sign_up("mia")
    world.identity.add_to_group("mia", "moderators")
    headers = world.token("mia")
    client = world.app.test_client()
    assert client.get("/api/v1/moderation/acts", headers=headers).status_code == 200
    world.identity.take_from_group("mia", "moderators")
    path = "/api/v1/images/01937f3a-5c1e-7d4b-9a6f-2f1c8e5b7a90/hide"
    answer = client.post(path, json={"reason": "spam"}, headers=headers)
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "not_moderator")

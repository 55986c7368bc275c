"""What a moderator removed comes again: it is held, and a moderator lets it be shared or rejects it."""

import re
from typing import Any
from uuid import UUID

import pytest

from local.drive.landscapes import landscape
from shared.domain.loss import RESEND_AFTER
from shared.domain.refusals import Refusal
from tests.support_memory import PASSWORD, Browser, file
from tests.unit.test_moderation import Scene

pytestmark = pytest.mark.slow


@pytest.fixture
def scene() -> Scene:
    """One in which Ann's photo was removed for spam, and Bob has sent it once more."""
    scene = Scene()
    scene.image = send(scene, "ann")
    assert scene.world.work() == ["published"]
    scene.report("bob")
    scene.done("remove")
    scene.image = send(scene, "bob")
    assert "held" in scene.world.work()
    return scene


def send(scene: Scene, who: str) -> str:
    form = {"file": file(landscape(2, 0.2)), "licence": "cc-by"}
    answer = scene.world.app.test_client().post("/api/v1/images", data=form, headers=scene.world.token(who))
    return str((answer.json or {})["id"])


def decide(scene: Scene, verb: str, who: Browser | None = None) -> Any:
    return (who or scene.moe).submit("/moderation", f"/moderation/held/{scene.image}/{verb}")


def state(scene: Scene) -> str:
    return str(scene.call("bob", "GET", f"/uploads/{scene.image}")[1]["status"])


def test_moderators_see_it_with_why_it_was_removed_and_its_owner_waits(scene: Scene) -> None:
    page = scene.moe.get("/moderation")
    assert f"/moderation/held/{scene.image}/release" in page
    [thumbnail] = re.findall(rf'src="([^"]*thumbnails/[^"]*{scene.image}[^"]*)"', page)
    key = thumbnail[thumbnail.index("thumbnails/") :].partition("?")[0]
    assert scene.world.store.get(key), "the picture that they decide about"
    assert "removed before: " in page
    assert "A moderator looks at it first" in scene.bob.get("/uploads")
    assert scene.ann.client.get(f"/image/{scene.image}").status_code == 404


def test_who_is_an_operator_as_well_comes_to_its_timeline(scene: Scene) -> None:
    link = f'href="/ops/uploads/{scene.image}"'
    assert link not in scene.moe.get("/moderation")
    scene.world.identity.add_to_group("moe", "operators")
    moe = Browser(scene.world)
    moe.submit("/login", "/login", username="moe", password=PASSWORD)
    assert link in moe.get("/moderation")


def test_let_through_it_is_published_once(scene: Scene) -> None:
    assert decide(scene, "release").status_code == 303
    assert decide(scene, "release").status_code == 303, "a double click"
    assert "does not wait any more" in scene.moe.get("/moderation")
    assert decide(scene, "refuse", scene.mia).status_code == 303, "another moderator, too late"

    assert scene.world.work().count("published") == 1
    assert state(scene) == "published"
    assert scene.image in scene.ann.get("/")
    audit = scene.moe.get("/moderation/audit?verb=release")
    assert scene.image in audit
    assert scene.image not in scene.moe.get("/moderation/audit?verb=refuse")


def test_without_the_queue_the_sweep_sends_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene.world.queue, "away", True)
    assert decide(scene, "release").status_code == 303
    monkeypatch.setattr(scene.world.queue, "away", False)
    scene.world.sweep(after=RESEND_AFTER)
    assert "published" in scene.world.work()


def test_rejected_its_owner_reads_why_and_nothing_is_kept(scene: Scene) -> None:
    assert decide(scene, "refuse").status_code == 303
    scene.world.sweep()
    assert state(scene) == "rejected"
    assert not [entry for entry in scene.world.store.list("") if scene.image in entry.key]


def test_nobody_else_decides(scene: Scene) -> None:
    for who in (scene.ann, scene.bob):
        assert who.submit("/uploads", f"/moderation/held/{scene.image}/release").status_code == 403
    assert scene.moe.submit("/moderation", "/moderation/held/none/release").status_code == 404
    assert state(scene) == "held"


def test_the_api_lists_them_and_lets_one_be_shared_once(scene: Scene) -> None:
    [one] = scene.call("moe", "GET", "/moderation/held")[1]["items"]
    assert (one["id"], one["username"], one["filename"]) == (scene.image, "bob", "boat.jpg")
    assert (one["removed_for"], scene.image in one["thumbnail_url"]) == ("spam", True)
    road = f"/moderation/held/{scene.image}"
    assert scene.call("moe", "POST", f"{road}/release")[0] == 204
    for verb, who, body in (("release", "moe", None), ("refuse", "mia", {})):
        status, told = scene.call(who, "POST", f"{road}/{verb}", body)
        assert (status, told["code"]) == (409, "not_possible"), "a repeated call, and a moderator too late"
    assert scene.call("moe", "GET", "/moderation/held")[1] == {"items": [], "next_cursor": None}
    assert scene.world.work().count("published") == 1
    [act] = scene.call("moe", "GET", "/moderation/acts?verb=release")[1]["items"]
    assert (act["image_id"], act["moderator"]) == (scene.image, "moe")


@pytest.mark.parametrize(
    ("because", "read"),
    [
        ("  It shows\u0000 Ann. ", "It shows Ann."),
        ("", Refusal.BARRED.sentence),
        (None, Refusal.BARRED.sentence),
    ],
)
def test_the_owner_reads_why_the_api_rejected_it(scene: Scene, because: str | None, read: str) -> None:
    road, body = f"/moderation/held/{scene.image}/refuse", {} if because is None else {"because": because}
    assert scene.call("moe", "POST", road, {"because": "x" * 501})[0] == 422
    assert state(scene) == "held"
    assert scene.call("moe", "POST", road, body)[0] == 204
    told = scene.call("bob", "GET", f"/uploads/{scene.image}")[1]
    assert (told["status"], told["reason"]) == ("rejected", {"code": "barred", "message": read})


def test_the_api_decides_about_nothing_that_is_not_held(scene: Scene) -> None:
    for upload_id in ("none", str(UUID(int=1))):
        assert scene.call("moe", "POST", f"/moderation/held/{upload_id}/release")[0] == 404
    assert scene.call("moe", "GET", "/moderation/held?cursor=x")[1]["code"] == "invalid_cursor"
    assert state(scene) == "held"


def test_the_list_is_paged_on_the_page_and_over_the_api(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.moderation.pages.HELD", 2)
    ids = [scene.image, *(send(scene, who) for who in ("bob", "ann"))]
    assert scene.world.work().count("held") == 2
    page = scene.moe.get("/moderation")
    assert shown(page) == [ids[2], ids[1]]
    [older] = re.findall(r'rel="next" href="([^"]+)">Older held uploads', page)
    rest = scene.moe.get(older.partition("#")[0])
    assert shown(rest) == [ids[0]]
    assert "Older held uploads" not in rest
    assert "Back to the newest" in rest

    answer = scene.moe.submit(older, re.findall(r'action="([^"]+/release[^"]*)"', rest)[0])
    assert answer.location == older.partition("#")[0], "to where the moderator was"
    assert "No older ones wait" in scene.moe.get(answer.location)
    assert scene.moe.client.get("/moderation?held=x").status_code == 422

    first = scene.call("moe", "GET", "/moderation/held?limit=1")[1]
    second = scene.call("moe", "GET", f"/moderation/held?limit=1&cursor={first['next_cursor']}")[1]
    assert [one["id"] for one in first["items"] + second["items"]] == [ids[2], ids[1]]
    assert second["next_cursor"] is None


def shown(page: str) -> list[str]:
    return re.findall(r'action="/moderation/held/([^/"]+)/release', page)

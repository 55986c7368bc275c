"""Asking an owner to use an image: from the form to the answer, in bad forms, and by the API."""

import re
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.support_app import app_over
from tests.support_memory import Browser, World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow

NEVER = 10**6


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


@pytest.fixture
def ben(world: World) -> Browser:
    return world.sign_up("ben")


def share(world: World, licence: str = "all-rights-reserved") -> str:
    answer = world.app.test_client().post(
        "/api/v1/images",
        data={"file": file(small_photo()), "licence": licence},
        headers=world.token("ann"),
    )
    assert answer.status_code == 202, answer.text
    assert world.work() == ["published"]
    return str((answer.json or {})["id"])


def call(world: World, method: str, path: str, user: str, **json: object) -> tuple[int, dict[str, object]]:
    answer = world.app.test_client().open(
        f"/api/v1{path}", method=method, headers=world.token(user), json=json or None
    )
    return answer.status_code, (answer.json or {}) if answer.data else {}


def test_from_the_question_to_the_answer(world: World, ann: Browser, ben: Browser) -> None:
    image = share(world)
    assert "Ask to use it" in ben.get(f"/image/{image}")
    assert "Ask to use it" not in ann.get(f"/image/{image}")
    asked = ben.submit(f"/image/{image}/ask", f"/image/{image}/ask", text=" For a poster.\r\nIndoors. ")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/requests/sent")
    assert "Waits for an answer" in ben.get("/requests/sent")
    assert "has not answered yet" in ben.get(f"/image/{image}/ask")
    page = ann.get("/requests")
    assert "For a poster.\nIndoors." in page
    assert "Your menu, ann, to answer: 1" in page
    found = re.search(r'id="r-([^"]+)"', page)
    assert found
    path = f"/requests/{found[1]}/answer"
    answered = ann.submit("/requests", path, granted="yes", text="With my name.")
    assert answered.status_code == 303
    again = ann.submit("/requests", path, granted="yes", text="With my name.")
    assert again.status_code == 303, "a double click"
    assert ann.submit("/requests", path, granted="no").status_code == 409, "another word comes too late"
    assert "to answer" not in ann.get("/requests")
    told = ben.get("/requests/sent")
    assert "ann said yes" in told
    assert "With my name." in told
    assert "ann answered your last request: yes" in ben.get(f"/image/{image}/ask")
    assert "example.com" not in told + page, "addresses stay hidden"


def test_forms_come_back_with_what_was_typed(world: World, ann: Browser, ben: Browser) -> None:
    image = share(world)
    path = f"/image/{image}/ask"
    assert "Write what you want to use it for." in ben.submit(path, path, text=" \n ").text
    long = ben.submit(path, path, text="x" * 2001)
    assert long.status_code == 422
    assert "This has 2,001 characters; 2,000 are the most." in long.text
    assert "x" * 2001 in long.text
    assert ben.submit(path, path, text="First").status_code == 303
    second = ben.client.post(path, data={"csrf_token": token(ben), "text": "Second"})
    assert second.status_code == 409
    assert "Second" in second.text
    ask = re.findall(r'id="r-([^"]+)"', ann.get("/requests"))[0]
    undecided = ann.submit("/requests", f"/requests/{ask}/answer", text="Hmm")
    assert undecided.status_code == 422
    assert "Say yes or no." in undecided.text
    assert "\nHmm</textarea>" in undecided.text
    assert ben.submit("/requests", f"/requests/{ask}/answer", text="Hmm").status_code == 404
    assert ben.submit("/requests", "/requests/nonsense/answer", granted="yes").status_code == 404


def token(browser: Browser) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get("/requests"))
    assert found
    return found[1]


def test_where_nobody_need_ask_the_form_leads_to_the_image(world: World, ann: Browser, ben: Browser) -> None:
    free = share(world, "cc-by")
    assert "Ask to use it" not in ben.get(f"/image/{free}")
    answer = ben.client.get(f"/image/{free}/ask")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/image/{free}")
    assert call(world, "POST", f"/images/{free}/asks", "ben", text="May I?")[1]["code"] == "need_not_ask"
    own = share(world)
    assert call(world, "POST", f"/images/{own}/asks", "ann", text="May I?")[1]["code"] == "own_image"
    assert call(world, "DELETE", f"/images/{own}", "ann")[0] == 204
    assert call(world, "POST", f"/images/{own}/asks", "ben", text="May I?")[0] == 410
    assert ben.client.get("/image/nonsense/ask").status_code == 404


def test_by_the_api(world: World, ann: Browser, ben: Browser) -> None:
    image = share(world)
    made, ask = call(world, "POST", f"/images/{image}/asks", "ben", text="May I?")
    again, same = call(world, "POST", f"/images/{image}/asks", "ben", text="May I?")
    assert (made, again, ask) == (201, 201, same)
    assert call(world, "POST", f"/images/{image}/asks", "ben", text="Now?")[1]["code"] == "asked_before"
    assert call(world, "GET", "/asks", "ann")[1] == {"items": [ask], "next_cursor": None}
    assert call(world, "GET", "/asks?box=sent", "ben")[1]["items"] == [ask]
    assert call(world, "GET", "/asks", "ben")[1]["items"] == []
    assert call(world, "GET", "/asks?box=all", "ben")[0] == 422
    path = f"/asks/{ask['id']}/answer"
    assert call(world, "POST", path, "ben", granted=True)[0] == 404
    code, answered = call(world, "POST", path, "ann", granted=False, text="Not this one.")
    assert (code, answered["granted"], answered["answer"]) == (200, False, "Not this one.")
    assert call(world, "POST", path, "ann", granted=True)[1]["code"] == "answered_before"


def test_a_flood_ends(world: World, ann: Browser, ben: Browser) -> None:
    for _ in range(20):
        assert call(world, "POST", f"/images/{share(world)}/asks", "ben", text="May I?")[0] == 201
    last = share(world)
    code, told = call(world, "POST", f"/images/{last}/asks", "ben", text="May I?")
    assert (code, told["code"]) == (429, "too_many_asks")


def test_the_menu_fails_for_nothing(world: World, ann: Browser) -> None:
    world.database.away = True
    assert "Requests" in ann.get("/upload")


@SIDES
def test_a_question_that_is_cut_off_and_repeated_is_one(after: bool) -> None:
    calls = asked_through(Fuse(NEVER, after=after))
    assert calls >= 2
    for at in range(1, calls + 1):
        asked_through(Fuse(at, after=after))


def asked_through(fuse: Fuse) -> int:
    """One question through the fuse, and once more as it is; the calls that the fuse saw."""
    world = World()
    world.sign_up("ann")
    world.sign_up("ben")
    image, headers = share(world), world.token("ben")
    wired = {name: fuse.wire(getattr(world.web, name)) for name in ("asks", "images")}
    cut_off = app_over(replace(world.web, **wired)).test_client()
    with suppress(Cut):
        cut_off.post(f"/api/v1/images/{image}/asks", headers=headers, json={"text": "May I?"})
    assert call(world, "POST", f"/images/{image}/asks", "ben", text="May I?")[0] == 201
    assert len(world.database.read().asks) == 1
    return fuse.calls

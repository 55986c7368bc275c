"""Operators begin and steer runs that make renditions anew: by page, API and terminal."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import Standing, Which
from shared.operating.reingest import WhichFault, which_of
from tests.support_memory import Browser, World, file, portal_of_an_operator, small_photo
from worker.ops.__main__ import main

pytestmark = pytest.mark.slow

TOM = Operator("tom", Way.TERMINAL)


@pytest.fixture
def world() -> World:
    """A portal whose operator is ann, with two images."""
    made = portal_of_an_operator()
    for _ in range(2):
        answer = made.app.test_client().post(
            "/api/v1/images", data={"file": file(small_photo()), "licence": "cc0"}, headers=made.token()
        )
        assert answer.status_code == 202, answer.text
    assert made.work() == ["published"] * 2
    return made


@pytest.fixture
def ann(world: World) -> Browser:
    return world.log_in("ann")


def call(world: World, method: str, path: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().open(
        f"/api/v1/operations/reingest{path}", method=method, headers=world.token(), json=body or None
    )
    return answer.status_code, answer.json or {}


def run_of(page: str) -> str:
    found = re.search(r'name="run" value="([^"]+)"', page)
    assert found
    return found[1]


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_page_counts_first_and_begins_once(world: World, ann: Browser) -> None:
    assert "Nothing was made anew yet" in ann.get("/ops/reingest")
    confirm = ann.get("/ops/reingest/confirm?username=ann&since=&before=")
    assert "Make renditions of 2 images anew?" in confirm
    assert "Every image by ann" in confirm
    assert world.web.reingest.runs(None, 9) == [], "nothing happened yet"
    run = run_of(confirm)
    for told in ("Begun for 2 images. New uploads go first.", "It is running already: begun by ann"):
        answer = ann.submit("/ops/reingest", "/ops/reingest/runs", run=run, username="ann")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/reingest")
        assert told in ann.get("/ops/reingest")
    [begun] = world.web.reingest.runs(None, 9)
    assert (str(begun.id), begun.asked, begun.by) == (run, 2, "ann")
    listed = words(ann.get("/ops/reingest"))
    assert "0 made anew 0 unchanged 0 gone 0 failed 2 waiting" in listed
    [act] = [a for a in world.web.operator_acts.page(None, 9) if a.verb is Verb.REINGEST]
    assert (act.by, act.subject, act.asked) == (Operator("ann", Way.PAGE), "Every image by ann", 2)


def test_pause_resume_and_cancel_by_page(world: World, ann: Browser) -> None:
    run = world.web.reingest.start(new_upload_id(), TOM, Which())
    assert run is not None

    def press(verb: str) -> str:
        assert ann.submit("/ops/reingest", "/ops/reingest/acts", run=run.id, verb=verb).status_code == 303
        return words(ann.get("/ops/reingest"))

    paused = press("pause-reingest")
    assert "Paused. What is being made is finished; 2 images wait." in paused
    assert "It is paused already." in press("pause-reingest")
    assert "It goes on. 2 images wait." in press("resume-reingest")
    world.sweep()
    delivery = world.queue.receive()
    assert delivery is not None
    world.work_on(delivery)
    assert "1 of 2 images still waits" in ann.get(f"/ops/reingest/{run.id}/cancel")
    cancelled = press("cancel-reingest")
    assert "Cancelled. 1 image keeps what there is." in cancelled
    assert "1 unchanged 0 gone 0 failed 1 left as they were" in cancelled
    assert "Nothing was changed: it is cancelled." in press("resume-reingest")
    assert "It is over" in ann.get(f"/ops/reingest/{run.id}/cancel")
    assert ann.submit("/ops/reingest", "/ops/reingest/acts", run=run.id, verb="redrive").status_code == 404
    assert (
        ann.submit("/ops/reingest", "/ops/reingest/acts", run="x", verb="pause-reingest").status_code == 404
    )
    assert ann.submit("/ops/reingest", "/ops/reingest/runs", run="x").status_code == 404


def test_failures_are_listed_with_their_reasons(world: World, ann: Browser) -> None:
    [image, _] = world.web.images.find_many(list(world.database.read().images)).values()
    world.store.delete([image.original_key])
    run = world.web.reingest.start(new_upload_id(), TOM, Which())
    assert run is not None
    assert "None so far." in ann.get(f"/ops/reingest/{run.id}")
    world.sweep()
    world.work()
    assert "why 1 failed" in ann.get("/ops/reingest/list")
    page = ann.get(f"/ops/reingest/{run.id}")
    assert "Its original is missing." in page
    assert f"/ops/reingest/confirm?image={image.id}" in page
    assert "Make renditions of 1 image anew?" in ann.get(f"/ops/reingest/confirm?image={image.id}")
    assert ann.client.get("/ops/reingest/nonsense").status_code == 404
    code, told = call(world, "GET", f"/{run.id}/failures?limit=1")
    assert (code, told["next_cursor"]) == (200, None)
    assert [(f["image_id"], f["reason"]) for f in told["items"]] == [
        (str(image.id), "Its original is missing.")
    ]


def test_what_can_not_be_understood_is_said_at_its_field(world: World, ann: Browser) -> None:
    answer = ann.client.get("/ops/reingest/confirm?since=soon&image=x")
    assert answer.status_code == 422
    assert answer.text.count("Write a day like 2026-03-31.") == 2, "in the summary and at the field"
    assert 'value="soon"' in answer.text
    assert "Nothing to do" in ann.get("/ops/reingest/confirm?username=nobody")
    assert (
        ann.submit("/ops/reingest", "/ops/reingest/runs", run=new_upload_id(), since="x").status_code == 422
    )
    nobody = ann.submit("/ops/reingest", "/ops/reingest/runs", run=new_upload_id(), username="nobody")
    assert nobody.status_code == 303
    assert "There is no such image, so nothing was begun." in ann.get("/ops/reingest")
    assert world.web.reingest.runs(None, 9) == []


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "2026-02-31"}, "since"),
        ({"since": "2026-03-02", "before": "2026-03-02"}, "before"),
        ({"made_before": "0001-01-01T00:00+14:00"}, "made_before"),
        ({"image": "7"}, "image"),
        ({"username": "a" * 101}, "username"),
        ({"older_than": "0"}, "older_than"),
        ({"older_than": "²"}, "older_than"),
        ({"older_than": "9" * 5000}, "older_than"),
    ],
)
def test_every_fault_has_its_field(asked: dict[str, str], field: str) -> None:
    with pytest.raises(WhichFault) as fault:
        which_of(asked)
    assert list(fault.value.errors) == [field]


def test_what_is_asked_for_is_said_in_words_and_survives_json() -> None:
    image = UUID(int=7)
    asked = {
        "": {},
        f"Image {image}": {"image": f" {image} "},
        "Every image by ann uploaded from 2026-03-01 and before 2026-04-01": {
            "username": "@ann",
            "since": "2026-03-01",
            "before": "2026-04-01",
        },
        "Every image uploaded before 2026-03-01 09:30 UTC": {"before": "2026-03-01T10:30+01:00"},
        "Every image with renditions made before 2026-03-01": {"made_before": "2026-03-01"},
        "Every image with renditions of a recipe before 1": {"older_than": "1"},
    }
    for sentence, given in asked.items():
        which = which_of(given)
        assert which.sentence == (sentence or "Every image")
        assert Which.of_json(json.loads(json.dumps(which.as_json))) == which


def test_the_api_begins_and_steers(world: World) -> None:
    code, run = call(world, "POST", "", username="ann")
    assert code == 202
    assert call(world, "POST", "", username="ann") == (202, run), "no second one for the same images"
    assert (run["standing"], run["asked"], run["waiting"], run["images"]) == (
        "running",
        2,
        2,
        "Every image by ann",
    )
    code, paused = call(world, "PATCH", f"/{run['id']}", standing="paused")
    assert (code, paused["standing"]) == (200, "paused")
    assert call(world, "GET", f"/{run['id']}") == (200, paused)
    assert call(world, "GET", "?limit=1")[1]["items"] == [paused]
    assert call(world, "PATCH", f"/{run['id']}", standing="cancelled")[1]["standing"] == "cancelled"
    assert call(world, "PATCH", f"/{run['id']}", standing="running")[1]["standing"] == "cancelled"
    assert call(world, "POST", "", username="nobody")[0] == 404
    assert call(world, "POST", "", since="soon")[0] == 422
    for method, path in (("GET", "/x"), ("PATCH", f"/{new_upload_id()}"), ("GET", "/x/failures")):
        body = {"standing": "paused"} if method == "PATCH" else {}
        assert call(world, method, path, **body)[0] == 404
    ways = {a.by.way for a in world.web.operator_acts.page(None, 9)}
    assert ways == {Way.API}


def test_nobody_else_may(world: World) -> None:
    ben = world.sign_up("ben")
    for path in ("", "/list", "/confirm", f"/{new_upload_id()}"):
        assert ben.client.get(f"/ops/reingest{path}").status_code == 403
    assert ben.submit("/", "/ops/reingest/runs", run=new_upload_id()).status_code == 403
    answer = world.app.test_client().post("/api/v1/operations/reingest", json={}, headers=world.token("ben"))
    assert answer.status_code == 403


def test_while_the_database_is_away_the_page_says_so(world: World, ann: Browser) -> None:
    ann.get("/ops/reingest")
    world.database.away = True
    page = ann.client.get("/ops/reingest/list")
    assert page.status_code in (200, 503)
    assert "unknown" in page.text or page.status_code == 503


def test_at_a_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from tests.support_memory import SETTINGS

    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("worker.ops.__main__.worker_parts", lambda _settings: world.worker)
    monkeypatch.setattr("worker.ops.__main__.configure_logs", lambda _level: None)  # other tests read theirs

    def typed(*arguments: str) -> tuple[int, list[str]]:
        status = main(["reingest", *arguments])
        return status, [line for line in capsys.readouterr().out.splitlines() if line[:1] != "["]  # no logs

    assert typed("start", "--all", "--count") == (0, ["Every image: 2"])
    with pytest.raises(SystemExit):
        typed("start")
    with pytest.raises(SystemExit):
        typed("start", "--since", "soon")
    status, [line] = typed("start", "--all", "--json")
    begun = json.loads(line)
    assert (status, begun["standing"], begun["asked"]) == (0, "running", 2)
    run = begun["id"]
    status, [line] = typed("pause", run)
    assert (status, line) == (0, f"{run} Paused. What is being made is finished; 2 images wait.")
    assert typed("pause", run) == (1, [f"{run} It is paused already."])
    assert typed("resume", run)[0] == 0
    world.sweep()
    world.work()
    assert typed("list") == (
        0,
        [f"{run} done: Every image: asked 2 = 0 made anew + 2 unchanged + 0 gone + 0 failed + 0 waiting"],
    )
    assert typed("list", "--failed", run) == (0, [])
    assert typed("cancel", run)[0] == 1
    assert typed("cancel", str(new_upload_id())) == (1, ["There is no such run."])
    assert typed("start", "--username", "nobody") == (1, ["There is no such image, so nothing was begun."])
    found = world.worker.reingest.find(UUID(run))
    assert found is not None
    assert found.standing is Standing.DONE

"""An album is found by its title or made, and filled in steps that may be repeated."""

import json
import time
from pathlib import Path

import pytest

from image_portal_cli import albums
from image_portal_cli.client import Client
from image_portal_cli.faults import Refusal
from image_portal_cli.login import Login
from image_portal_cli.sessions import Session, Sessions
from tests.unit.cli.fake_portal import Answer, FakePortal

pytestmark = pytest.mark.slow

TAKEN = Answer(409, {"code": "title_taken", "detail": "You have it."})
DONE = Answer(200, {"added": [], "present": [], "not_found": []})


@pytest.fixture
def login(portal: FakePortal, tmp_path: Path) -> Login:
    sessions = Sessions(tmp_path)
    sessions.keep(Session(portal.url, "ana", "token", "refresh", time.time() + 3600))
    return Login(Client(portal.url, retries=0), sessions)


def asked(portal: FakePortal) -> list[str]:
    return [f"{one.method} {one.path.partition('?')[0].removeprefix('/api/v1')}" for one in portal.asked]


def test_a_new_album_is_filled_a_thousand_at_a_time(portal: FakePortal, login: Login) -> None:
    portal.answers = [Answer(201, {"id": "a1"}), DONE]
    ids = [f"u{n}" for n in range(1001)]
    albums.put(login, "Boats", ids)
    assert asked(portal) == ["POST /albums", "POST /albums/a1/images", "POST /albums/a1/images"]
    assert [i for one in portal.asked[1:] for i in json.loads(one.body)["ids"]] == ids


def test_an_album_that_is_there_is_found_by_its_title(portal: FakePortal, login: Login) -> None:
    pages = [
        Answer(200, {"items": [{"id": "a1", "title": "Other"}], "next_cursor": "c"}),
        Answer(200, {"items": [{"id": "a2", "title": "Café au lait"}], "next_cursor": None}),
    ]
    portal.answers = [TAKEN, *pages, DONE]
    albums.put(login, " Cafe\u0301  au lait", ["u1"])
    assert asked(portal)[-1] == "POST /albums/a2/images"


def test_one_that_can_not_be_found_is_no_silent_loss(portal: FakePortal, login: Login) -> None:
    portal.answers = [TAKEN, Answer(200, {"items": [], "next_cursor": None})]
    with pytest.raises(Refusal):
        albums.put(login, "Boats", ["u1"])


def test_an_id_needs_no_search_and_nothing_needs_no_album(portal: FakePortal, login: Login) -> None:
    portal.answers = [DONE]
    album = "01937f3a-5c1e-7d4b-9a6f-2f1c8e5b7a90"
    albums.put(login, album, ["u1"])
    albums.put(login, "Boats", [])
    assert asked(portal) == [f"POST /albums/{album}/images"]

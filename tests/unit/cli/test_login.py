"""Sessions: kept for their owner alone, renewed once for all threads."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from image_portal_cli.client import Client
from image_portal_cli.faults import NotLoggedIn
from image_portal_cli.login import Login
from image_portal_cli.sessions import Session, Sessions
from tests.unit.cli.fake_portal import Answer, FakePortal

RENEWED = Answer(200, {"access_token": "new", "refresh_token": None, "expires_in": 3600})
NO = Answer(401, {"code": "bad_credentials", "detail": "No."})


def sessions(tmp_path: Path, url: str, *, seconds: float) -> Sessions:
    kept = Sessions(tmp_path)
    kept.keep(Session(url, "ana", "old", "refresh", time.time() + seconds))
    return kept


def test_a_session_is_kept_for_its_owner_alone_and_read_back(tmp_path: Path) -> None:
    kept = sessions(tmp_path, "https://a.example", seconds=9)
    [file] = (tmp_path / "sessions").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    found = kept.get("https://a.example")
    assert found
    assert (found.username, found.refresh_token) == ("ana", "refresh")
    assert kept.all() == [found]
    kept.forget("https://a.example")
    assert kept.get("https://a.example") is None


def test_a_damaged_file_is_no_session(tmp_path: Path) -> None:
    kept = sessions(tmp_path, "https://a.example", seconds=9)
    [file] = (tmp_path / "sessions").iterdir()
    file.write_text('{"portal": "htt')
    assert kept.get("https://a.example") is None


@pytest.mark.slow
def test_an_old_token_is_renewed_once_for_all_threads_and_kept(portal: FakePortal, tmp_path: Path) -> None:
    kept = sessions(tmp_path, portal.url, seconds=5)
    portal.answers = [RENEWED, Answer(200, {})]
    login = Login(Client(portal.url), kept)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: login.call("GET", "/uploads"), range(4)))
    assert [asked.method for asked in portal.asked].count("POST") == 1
    assert {a.headers["Authorization"] for a in portal.asked if a.method == "GET"} == {"Bearer new"}
    found = kept.get(portal.url)
    assert found
    assert (found.access_token, found.refresh_token) == ("new", "refresh")


@pytest.mark.slow
def test_a_token_that_the_portal_refuses_is_renewed(portal: FakePortal, tmp_path: Path) -> None:
    portal.answers = [NO, RENEWED, Answer(200, {"ok": "yes"})]
    login = Login(Client(portal.url), sessions(tmp_path, portal.url, seconds=3600))
    assert login.call("GET", "/uploads") == {"ok": "yes"}


@pytest.mark.slow
@pytest.mark.parametrize("answers", [[NO, NO], [NO, RENEWED, NO]], ids=["no renewal", "not even renewed"])
def test_a_session_that_is_over_is_told(portal: FakePortal, tmp_path: Path, answers: list[Answer]) -> None:
    portal.answers = list(answers)
    login = Login(Client(portal.url), sessions(tmp_path, portal.url, seconds=3600))
    with pytest.raises(NotLoggedIn, match="is over"):
        login.call("GET", "/uploads")


def test_without_a_session_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(NotLoggedIn, match=r"image-portal login --portal https://a\.example"):
        Login(Client("https://a.example"), Sessions(tmp_path))

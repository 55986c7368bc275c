"""One run over a folder, with a portal that answers as the test says."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image_portal_cli.__main__ import main
from image_portal_cli.client import Client
from image_portal_cli.entries import Entry
from image_portal_cli.faults import UsageFault
from image_portal_cli.login import Login
from image_portal_cli.sessions import Session, Sessions
from image_portal_cli.state import State
from image_portal_cli.uploader import Job, Uploader
from tests.unit.cli.fake_portal import Answer, FakePortal

pytestmark = pytest.mark.slow

ACCEPTED = Answer(202, {"id": "u1"})
PUBLISHED = Answer(200, {"items": [{"id": "u1", "status": "published", "image": {"page_url": "p"}}]})
UNKNOWN = Answer(200, {"items": []})


@pytest.fixture
def login(portal: FakePortal, tmp_path: Path) -> Login:
    sessions = Sessions(tmp_path / "config" / "image-portal")
    sessions.keep(Session(portal.url, "ana", "token", "refresh", time.time() + 3600))
    return Login(Client(portal.url, retries=0), sessions)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.sqlite3")
    yield state
    state.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"picture")
    return tmp_path / "pictures"


def upload(login: Login, state: State, folder: Path, *paths: str) -> list[Entry]:
    told: list[Entry] = []
    uploader = Uploader(login, state, Job(folder), told.append)
    uploader.run(list(paths))
    assert sorted(entry.path for entry in told) == sorted(paths), "each is told once"
    return uploader.entries


def keys(portal: FakePortal) -> list[str]:
    return [asked.headers["Idempotency-Key"] for asked in portal.asked if asked.method == "POST"]


def test_copies_are_sent_once(portal: FakePortal, login: Login, state: State, folder: Path) -> None:
    (folder / "b.jpg").write_bytes(b"picture")
    portal.answers = [ACCEPTED, PUBLISHED]
    entries = upload(login, state, folder, "a.jpg", "b.jpg")
    assert [entry.status for entry in entries] == ["published"] * 2
    assert sorted(entry.same_as for entry in entries)[0] == ""
    assert sorted(entry.same_as for entry in entries)[1] in ("a.jpg", "b.jpg")
    assert len(keys(portal)) == 1


def test_what_is_published_is_neither_sent_nor_asked_about_again(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.answers = [ACCEPTED, PUBLISHED]
    upload(login, state, folder, "a.jpg")
    asked = len(portal.asked)
    [entry] = upload(login, state, folder, "a.jpg")
    assert (entry.status, entry.earlier, entry.page_url) == ("published", True, "p")
    assert len(portal.asked) == asked


def test_an_edited_file_goes_with_another_key(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.answers = [ACCEPTED, PUBLISHED, Answer(202, {"id": "u1"}), PUBLISHED]
    upload(login, state, folder, "a.jpg")
    (folder / "a.jpg").write_bytes(b"edited!")
    upload(login, state, folder, "a.jpg")
    first, second = keys(portal)
    assert first != second


def test_an_upload_that_the_portal_does_not_know_any_more_is_sent_again_by_the_next_run(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.answers = [ACCEPTED, UNKNOWN]
    [entry] = upload(login, state, folder, "a.jpg")
    assert (entry.status, entry.code) == ("failed", "unknown_upload")
    portal.answers = [ACCEPTED, PUBLISHED]
    assert [entry.status for entry in upload(login, state, folder, "a.jpg")] == ["published"]
    assert len(set(keys(portal))) == 1


@pytest.mark.parametrize(
    ("status", "code", "kept"), [(415, "unsupported_type", True), (408, "too_slow", False)]
)
def test_only_a_no_to_the_bytes_is_for_good(
    portal: FakePortal, login: Login, state: State, folder: Path, status: int, code: str, kept: bool
) -> None:
    portal.answers = [Answer(status, {"code": code, "detail": "No."})]
    [entry] = upload(login, state, folder, "a.jpg")
    assert (entry.status, entry.code) == ("refused" if kept else "failed", code)
    upload(login, state, folder, "a.jpg")
    assert len(keys(portal)) == (1 if kept else 2)


def test_a_caption_that_cannot_be_used_ends_the_run(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.answers = [Answer(422, {"code": "caption_too_long", "detail": "Too long."})]
    with pytest.raises(UsageFault, match="Too long"):
        upload(login, state, folder, "a.jpg")


def test_a_file_that_cannot_be_read_fails_alone(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.answers = [ACCEPTED, PUBLISHED]
    entries = upload(login, state, folder, "a.jpg", "gone.jpg")
    assert [(entry.status, entry.code) for entry in entries] == [("published", ""), ("failed", "unreadable")]


@pytest.mark.usefixtures("login")
def test_a_portal_that_is_away_is_exit_code_4(
    portal: FakePortal, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portal.answers = [Answer(503)]
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}
    assert main(["upload", str(folder), "--retries", "0", "--quiet"], home) == 4
    assert "can't be reached: it answered 503" in capsys.readouterr().err

"""One run over a folder, with a portal that answers as the test says."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image_portal_cli.__main__ import main
from image_portal_cli.client import Client
from image_portal_cli.entries import Entry
from image_portal_cli.faults import UsageFault
from image_portal_cli.login import Login
from image_portal_cli.progress import Progress
from image_portal_cli.report import as_json, as_lines, exit_code
from image_portal_cli.sessions import Session, Sessions
from image_portal_cli.state import State
from image_portal_cli.uploader import Job, Uploader
from tests.unit.cli.fake_portal import Answer, FakePortal

pytestmark = pytest.mark.slow

ACCEPTED = Answer(202, {"id": "u1"})
PUBLISHED = Answer(200, {"items": [{"id": "u1", "status": "published", "image": {"page_url": "p"}}]})
DIGEST = hashlib.sha256(b"picture").hexdigest()
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


def upload(login: Login, state: State, folder: Path, *paths: str, again: bool = False) -> list[Entry]:
    told: list[Entry] = []
    uploader = Uploader(login, state, Job(folder, again=again), told.append)
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


def test_what_the_portal_has_already_is_not_sent(
    portal: FakePortal, login: Login, state: State, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "copy.jpg").write_bytes(b"picture")
    (folder / "new.jpg").write_bytes(b"new")
    portal.known = {DIGEST: "i1"}
    portal.answers = [ACCEPTED, PUBLISHED]
    for run in (1, 2):
        entries = upload(login, state, folder, "a.jpg", "copy.jpg", "new.jpg")
        assert [entry.status for entry in entries] == ["already_there", "already_there", "published"], run
        assert {entry.page_url for entry in entries[:2]} == {f"{portal.url}/image/i1"}
        assert {entry.upload_id for entry in entries[:2]} == {"i1"}
    assert len(keys(portal)) == 1, "new.jpg alone"
    assert portal.questions == 3, "once for the same bytes; not about what this folder's record knows"
    assert exit_code(entries, wait=True) == 0
    written = as_json(entries, portal="p", username="ana", folder="f", seconds=0.1)
    assert written["counts"] == {"already_there": 2, "published": 1}
    assert "2 already there, 1 published" in as_lines(written)[0]
    Progress().finished(entries[0])
    assert f"already there a.jpg: {portal.url}/image/i1" in capsys.readouterr().err

    portal.known = {}  # it was taken back meanwhile
    portal.answers = [ACCEPTED, PUBLISHED]
    assert upload(login, state, folder, "a.jpg")[0].status == "published"


def test_it_is_sent_again_when_that_is_said(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.known = {DIGEST: "i1"}
    portal.answers = [ACCEPTED, PUBLISHED]
    [entry] = upload(login, state, folder, "a.jpg", again=True)
    assert (entry.status, portal.questions) == ("published", 0)
    assert keys(portal) == [f"image-portal-cli/1 again {DIGEST}"], "the portal may remember the usual one"
    upload(login, state, folder, "a.jpg", again=True)
    assert len(keys(portal)) == 1, "and only once"


def test_a_portal_that_cannot_be_asked_is_sent_everything(
    portal: FakePortal, login: Login, state: State, folder: Path
) -> None:
    portal.known = None
    portal.answers = [ACCEPTED, PUBLISHED]
    assert [entry.status for entry in upload(login, state, folder, "a.jpg")] == ["published"]


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

"""`image-portal` against the real portal: each image of a folder once, whatever happens to the program."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person, new_person
from local.drive.photos import scene, variant
from local.drive.portal_process import ROOT, PortalProcess
from local.drive.waiting import wait_until

Run = Callable[..., "subprocess.CompletedProcess[str]"]
GOOD = 7
COMMAND = [sys.executable, "-m", "image_portal_cli"]


@pytest.fixture
def somebody(portal: PortalProcess) -> Person:
    return new_person(portal)


@pytest.fixture
def environment(portal: PortalProcess, tmp_path: Path) -> dict[str, str]:
    """A home of its own; the uploader alone is on Python's path."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "cli"),
        "HOME": str(tmp_path / "home"),
        "IMAGE_PORTAL_URL": portal.url,
        "IMAGE_PORTAL_PASSWORD": PASSWORD,
    }


@pytest.fixture
def run(environment: dict[str, str], somebody: Person) -> Run:
    """Runs a command as somebody who has logged in."""

    def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*COMMAND, *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    said = command("login", "--username", somebody.username)
    assert said.returncode == 0, said.stderr
    return command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven photos and one that is cut off, on two levels."""
    (tmp_path / "pictures" / "more").mkdir(parents=True)
    for number in range(GOOD):
        (tmp_path / "pictures" / f"{'more/' * (number % 2)}{number}.jpg").write_bytes(photo(number))
    (tmp_path / "pictures" / "cut.jpg").write_bytes(photo(GOOD)[:200_000])
    return tmp_path / "pictures"


def photo(number: int) -> bytes:
    """Of the smallest size: large enough to be on its way for a moment."""
    return variant(scene(0), number)


def report(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sent(person: Person) -> list[str]:
    """Names of all that a person has uploaded."""
    return sorted(upload["filename"] for upload in person.get("/uploads", limit=100)["items"])


def noted(environment: dict[str, str]) -> int:
    """How many files the program has written down as sent."""
    files = list(Path(environment["HOME"], ".local/state/image-portal").glob("*[!l]"))  # its journal aside
    if not files:
        return 0
    with closing(sqlite3.connect(f"file:{files[0]}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM uploads").fetchone()[0])
        except sqlite3.OperationalError:  # it is being made
            return 0


def test_a_killed_upload_goes_on_and_everything_is_published_once(
    run: Run, environment: dict[str, str], somebody: Person, folder: Path
) -> None:
    arguments = ["upload", str(folder), "--caption", "From a script #cli", "--licence", "cc-by", "--json"]
    with subprocess.Popen(
        [*COMMAND, *arguments, "--parallel", "1"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as killed:
        wait_until(lambda: len(sent(somebody)) >= 2, 30, "two photos are sent")
        killed.send_signal(signal.SIGKILL)
    assert len(sent(somebody)) <= GOOD, "the program was killed too late to show anything"

    done = run(*arguments)
    assert done.returncode == 1, done.stderr
    counts = report(done)["counts"]
    there = counts.pop("already_there", 0)  # sent by the killed run, which did not hear so
    assert counts == {"published": GOOD - there, "refused": 1}
    assert sent(somebody) == [*(f"{number}.jpg" for number in range(GOOD)), "cut.jpg"]
    found = somebody.images(user=somebody.username)
    assert len(found) == GOOD
    assert {(image["caption"], image["licence"]) for image in found} == {("From a script #cli", "cc-by")}
    [refused] = [file for file in report(done)["files"] if file["status"] == "refused"]
    assert (refused["path"], refused["code"]) == ("cut.jpg", "truncated")

    again = run(*arguments)
    assert (again.returncode, report(again)["earlier"]) == (1, GOOD + 1 - there)
    run(*arguments, "--album", "From a script")
    [album] = somebody.get("/albums")["items"]
    assert (album["title"], album["count"]) == ("From a script", GOOD), "what earlier runs have sent"
    (folder / "cut.jpg").unlink()
    (folder / "copy.jpg").write_bytes((folder / "0.jpg").read_bytes())
    state = environment["HOME"] + "/.local/state/image-portal"
    [file] = Path(state).iterdir()
    file.unlink()
    without_state = run(*arguments)
    assert without_state.returncode == 0, without_state.stderr
    assert report(without_state)["counts"] == {"already_there": GOOD + 1}
    assert report(without_state)["files"][0]["page_url"].startswith(
        f"{environment['IMAGE_PORTAL_URL']}/image/"
    )
    assert len(sent(somebody)) == GOOD + 1, "the portal is asked for what it has"

    (folder / "1.jpg" if (folder / "1.jpg").exists() else folder / "more" / "1.jpg").write_bytes(photo(20))
    edited = run(*arguments)
    assert (edited.returncode, report(edited)["counts"]) == (0, {"already_there": GOOD, "published": 1})
    assert len(somebody.images(user=somebody.username)) == GOOD + 1


def test_ctrl_c_reports_and_tells_to_go_on(
    run: Run, environment: dict[str, str], somebody: Person, folder: Path, tmp_path: Path
) -> None:
    for number in range(30):  # so many that it can't be done before it is stopped
        (folder / f"small {number}.jpg").write_bytes(landscape(number % 12, 0.05 + number / 1000))
    written = tmp_path / "report.json"
    with subprocess.Popen(
        [*COMMAND, "upload", str(folder), "--parallel", "1", "--report", str(written)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs tests in the background has them inherit that Ctrl-C is ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as stopped:
        deadline = time.monotonic() + 30
        while not noted(environment):  # no request of ours: what is small is sent in milliseconds
            assert time.monotonic() < deadline, "nothing was sent"
            time.sleep(0.005)
        stopped.send_signal(signal.SIGINT)
        _, said = stopped.communicate(timeout=30)
    assert stopped.returncode == 130
    assert said.splitlines()[-1] == "Stopped. The same command goes on from here."
    assert "Traceback" not in said
    assert json.loads(written.read_text())["counts"]["not_reached"] > 0
    assert run("upload", folder, "--no-recursive", "--no-wait").returncode in (0, 1)


def test_a_portal_that_is_away_and_a_session_that_is_over_have_their_exit_codes(
    run: Run, somebody: Person, folder: Path, environment: dict[str, str]
) -> None:
    assert run("status", folder).stdout.splitlines()[0].endswith(f"as {somebody.username}.")
    unknown = run("upload", folder, "--licence", "cc-everything")
    assert (unknown.returncode, "cc-everything" in unknown.stderr) == (2, True)
    away = run("upload", folder, "--portal", "http://127.0.0.1:9", "--retries", "0")
    assert away.returncode == 3, "nobody is logged in there"
    [session] = Path(environment["HOME"], ".config/image-portal/sessions").iterdir()
    kept = json.loads(session.read_text())
    session.write_text(json.dumps({**kept, "access_token": "x", "refresh_token": "y"}))
    over = run("upload", folder)
    assert (over.returncode, "is over" in over.stderr) == (3, True)
    session.write_text(json.dumps(kept))
    assert run("logout").returncode == 0
    assert run("upload", folder).returncode == 3
    assert sent(somebody) == []

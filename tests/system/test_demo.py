"""`make demo`, small: people, pictures and refused files, and nothing more the second time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.drive.people import PASSWORD, log_in
from local.drive.portal_process import ROOT, PortalProcess

PICTURES, PEOPLE = 12, 3
COUNTS = re.compile(r"^(\d+) pictures published, (\d+) files refused, \d+\.\d s$", re.MULTILINE)


def demo(portal: PortalProcess, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "local.demo", *arguments],
        cwd=ROOT,
        env=portal.environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def small_demo(portal: PortalProcess) -> str:
    done = demo(portal, "--people", str(PEOPLE), "--images", str(PICTURES))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def said(portal: PortalProcess) -> str:
    """What the first run says."""
    return small_demo(portal)


def counts(said: str) -> list[tuple[str, str]]:
    return COUNTS.findall(said)


def test_it_says_what_is_published_and_why_files_are_refused(said: str) -> None:
    assert counts(said) == [(str(PICTURES), "3")]
    reasons = dict(re.findall(r"^  refused  (\S+) +(\S+) ", said, re.MULTILINE))
    assert reasons == {
        "shopping-list.jpg": "unsupported_type",
        "cut-off.jpg": "truncated",
        "63-megapixels.png": "too_many_pixels",
    }


def test_whom_it_names_can_log_in_and_finds_varied_pictures(portal: PortalProcess, said: str) -> None:
    named = re.search(r"^Log in at (\S+)/login as (\S+) with the password (\S+)$", said, re.MULTILINE)
    assert named
    assert named.groups() == (portal.url, "mira", PASSWORD)
    mira = log_in(portal, "mira")
    found = [image for name in ("mira", "jonas.k", "adaeze") for image in mira.images(user=name)]
    assert len(found) == PICTURES
    assert len({image["sha256"] for image in found}) == PICTURES
    assert len({image["licence"] for image in found}) >= 3
    assert {image["width"] > image["height"] for image in found} == {True, False}
    assert sum(bool(image["hashtags"]) for image in found) > PICTURES / 2


def test_some_pictures_are_in_albums(portal: PortalProcess, said: str) -> None:
    assert said
    albums = [
        album
        for name in ("mira", "jonas.k", "adaeze")
        for album in log_in(portal, "mira").get("/albums", by=name)["items"]
    ]
    assert albums
    assert all(album["count"] >= 1 and album["cover"] for album in albums)


def test_the_second_time_nothing_is_added(portal: PortalProcess, said: str) -> None:
    mira = log_in(portal, "mira")
    before = mira.images()
    assert counts(small_demo(portal)) == counts(said)
    assert [image["id"] for image in mira.images()] == [image["id"] for image in before]


def test_without_a_portal_it_says_how_to_start_one(portal: PortalProcess, tmp_path: Path) -> None:
    elsewhere = {**portal.environment(), "LOCAL_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "local.demo"],
        cwd=ROOT,
        env=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "No portal runs at" in done.stderr
    assert "make run" in done.stderr

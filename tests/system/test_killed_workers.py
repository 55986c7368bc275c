"""Many photos on their way while worker processes are killed: each is published exactly once."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.drive.people import Person, new_person
from local.drive.photos import scene, variant
from local.drive.portal_process import PortalProcess
from local.drive.processes import children, descendants, forks
from local.drive.waiting import wait_until
from tests.support_slice import THOROUGH
from tests.system.aws import aws

PHOTOS = 50 if THOROUGH else 24
TILE_PIXELS = 800  # what is no larger has no tile
# A killed worker's messages come back after the queue's visibility timeout, one minute.
PUBLISHED_SECONDS = 180.0


@dataclass
class Crowd:
    """Accepted photos, during whose ingest a pool process and then the whole worker were killed."""

    person: Person
    accepted: list[str]
    said: list[str]


@pytest.fixture(scope="module")
def crowd(portal: PortalProcess) -> Crowd:
    """Send all with four threads, kill twice, and wait until nothing is unfinished."""
    person = new_person(portal)
    # Of the smallest size: how large they are is not what is asked here.
    photos = [variant(scene(0), number) for number in range(PHOTOS)]
    before = len(portal.lines())
    with ThreadPoolExecutor(4) as threads:
        sending = [
            threads.submit(person.upload, data, f"photo {n}.jpg", caption=f"crowd #{n}")
            for n, data in enumerate(photos)
        ]
        kill_pool_child(portal, person)
        kill_worker(portal, person)
        accepted = [upload.result() for upload in sending]
    wait_until(lambda: said_so(portal, before), 20, "the launcher says that it starts the worker again")
    wait_until(lambda: not unfinished(person), PUBLISHED_SECONDS, "no upload is unfinished")
    return Crowd(person, accepted, portal.lines()[before:])


def kill_pool_child(portal: PortalProcess, person: Person) -> None:
    """kill -9 of a process that ingests, once a few photos are through."""
    wait_until(lambda: published(person) >= 3, 60, "three photos are published")
    worker = portal.pid_of("worker")
    pool = forks(worker)
    [imaging] = set(children(worker)) - set(pool)
    # Each pool process has a branch of the imaging server, and that a child for each picture.
    wait_until(lambda: len(descendants(imaging)) > 2 * len(pool), 20, "both pool processes are busy")
    os.kill(pool[0], signal.SIGKILL)


def kill_worker(portal: PortalProcess, person: Person) -> None:
    """kill -9 of the worker's main process while it has work."""
    wait_until(lambda: published(person) >= 8, 60, "eight photos are published")
    worker = portal.pid_of("worker")
    assert unfinished(person)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: portal.pid_of("worker") != worker, 20, "another worker runs")


def said_so(portal: PortalProcess, before: int) -> bool:
    return any("worker stopped (exit -9); starting it again" in line for line in portal.lines()[before:])


def published(person: Person) -> int:
    return int(person.get(f"/users/{person.username}")["images"])


def unfinished(person: Person) -> list[str]:
    return [upload["id"] for upload in person.get("/uploads", status="progress")["items"]]


def objects(portal: PortalProcess, prefix: str) -> list[str]:
    """Every key under a prefix, asked with an ordinary AWS client."""
    pages = (
        aws(portal, "s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=portal.env()["S3_BUCKET"], Prefix=prefix)
    )
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_all_are_accepted_and_published(crowd: Crowd) -> None:
    states = Counter(crowd.person.finished(upload_id)["status"] for upload_id in crowd.accepted)
    assert states == {"published": PHOTOS}


def test_none_is_doubled_in_feed_search_or_count(crowd: Crowd) -> None:
    feed = Counter(image["id"] for image in crowd.person.images())
    assert {feed[upload_id] for upload_id in crowd.accepted} == {1}
    mine = [image["id"] for image in crowd.person.images(q=f"@{crowd.person.username}")]
    assert sorted(mine) == sorted(crowd.accepted)
    assert published(crowd.person) == PHOTOS


@pytest.mark.parametrize("kind", ["images", "previews", "tiles", "thumbnails"])
def test_the_bucket_holds_each_rendition_once(portal: PortalProcess, crowd: Crowd, kind: str) -> None:
    stored = Counter(key.rsplit("_", 1)[1].partition(".")[0] for key in objects(portal, f"{kind}/"))
    assert {stored[upload_id] for upload_id in crowd.accepted} == {1}
    # Beyond these, too, there is nothing that no record names.
    assert stored == Counter(
        image["id"]
        for image in crowd.person.images()
        if kind != "tiles" or max(image["width"], image["height"]) > TILE_PIXELS
    )


def test_nothing_stays_in_staging(portal: PortalProcess, crowd: Crowd) -> None:
    wait_until(lambda: not objects(portal, "staging/"), 30, "staging is empty")


def test_the_launcher_says_that_it_starts_the_killed_worker_again(crowd: Crowd) -> None:
    restarts = [line for line in crowd.said if line.startswith("worker stopped")]
    assert restarts == ["worker stopped (exit -9); starting it again"]

"""An owner's quota on its way: said early where it can be known, decided by the worker, and freed by taking back."""

import io
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from shared.domain.delivery import VISIBILITY_TIMEOUT_SECONDS
from shared.domain.quota import Quota, Usage
from shared.domain.uploads import State
from tests.support_memory import World, file
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow

NEVER = 10**6  # more calls than there are


def photo(seed: int) -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (16, 12), (seed, 9, 9)).save(out, "PNG")
    return out.getvalue()


def send(world: World, seed: int, **headers: str) -> TestResponse:
    return world.app.test_client().post(
        "/api/v1/images", data={"file": file(photo(seed))}, headers=world.token() | headers
    )


@pytest.mark.parametrize(
    ("quota", "used", "size", "said"),
    [
        (Quota(), Usage(10**6, 10**15), 10**9, None),
        (Quota(images=2), Usage(1, 10**15), 10**9, None),
        (Quota(images=2), Usage(2, 0), 1, "You have 2 of 2 images."),
        (Quota(bytes=5 * 2**30), Usage(9, 5 * 2**30 - 10), 10, None),
        (Quota(bytes=5 * 2**30), Usage(9, 2**30), 2**33, "you use 1 GB of 5 GB."),
    ],
)
def test_what_fits_and_what_does_not(quota: Quota, used: Usage, size: int, said: str | None) -> None:
    fault = quota.fault(used, size)
    assert fault is None if said is None else said in (fault or "")


def test_more_than_fits_is_refused_at_once_and_staging_keeps_nothing_of_it() -> None:
    world = World(QUOTA_IMAGES="1")
    world.sign_up()
    assert send(world, 1).status_code == 202
    assert world.work() == ["published"]
    answer = send(world, 2)
    assert (answer.status_code, (answer.json or {})["code"]) == (409, "over_quota")
    assert list(world.store.list("staging/")) == []


def test_a_repeated_request_gets_the_upload_that_it_made_though_nothing_more_fits() -> None:
    world = World(QUOTA_IMAGES="1")
    world.sign_up()
    first = send(world, 1, **{"Idempotency-Key": "one"})
    world.work()
    again = send(world, 1, **{"Idempotency-Key": "one"})
    assert (again.status_code, (again.json or {})["id"]) == (202, (first.json or {})["id"])


def test_while_the_database_is_away_uploads_are_accepted_and_the_worker_decides() -> None:
    world = World(QUOTA_IMAGES="1")
    world.sign_up()
    world.database.away = True
    accepted = [send(world, seed).json or {} for seed in (1, 2)]
    world.database.away = False
    assert world.work() == ["published", "rejected"]
    told = world.app.test_client().get(f"/api/v1/uploads/{accepted[1]['id']}", headers=world.token()).json
    assert told is not None
    assert told["reason"]["code"] == "over_quota"
    # Then nothing is left of the refused one, in any version, though it had been put in its place
    assert [
        v.key for v in world.store.versions("") if accepted[1]["id"] in v.key and "staging" not in v.key
    ] == []
    assert list(world.store.list("staging/")) == []


@SIDES
def test_a_refusal_that_is_cut_off_at_any_call_leaves_nothing_once_it_is_repeated(after: bool) -> None:
    calls = refused_through(Fuse(NEVER, after=after))
    assert calls > 10
    for at in range(1, calls + 1):
        refused_through(Fuse(at, after=after))


def refused_through(fuse: Fuse) -> int:
    """One upload more than fits, attempted through the fuse and then as it is; the calls that the fuse saw."""
    world = World(QUOTA_IMAGES="1")
    world.sign_up()
    world.database.away = True
    refused = [(send(world, seed).json or {})["id"] for seed in (1, 2)][1]
    world.database.away = False
    for through in (None, fuse):
        delivery = world.queue.receive()
        assert delivery is not None
        with suppress(Cut):
            world.work_on(delivery, through)
    world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
    world.work()
    assert [v.key for v in world.store.versions("") if refused in v.key and v.key[:7] != "staging"] == []
    assert list(world.store.list("staging/")) == []
    upload = world.web.uploads.find(UUID(refused))
    assert upload is not None
    assert upload.status is State.REJECTED
    return fuse.calls


def test_the_page_and_the_api_tell_what_is_used() -> None:
    world = World(QUOTA_IMAGES="1000", QUOTA_BYTES=str(5 * 2**30))
    ann = world.sign_up()
    send(world, 1)
    world.work()
    size = len(photo(1))
    assert f"{size} bytes of 5 GB and 1 of 1,000 images used" in ann.get("/upload")
    told = (world.app.test_client().get("/api/v1/account", headers=world.token()).json or {})["quota"]
    assert told == {"images": 1, "bytes": size, "max_images": 1000, "max_bytes": 5 * 2**30}
    world.database.away = True
    assert "images used" not in ann.get("/upload")


def test_without_a_quota_nothing_is_counted() -> None:
    world = World()
    ann = world.sign_up()
    world.database.away = True
    assert 'id="room"' not in ann.get("/upload")
    assert send(world, 1).status_code == 202


def test_what_the_about_page_says_is_what_this_installation_runs_with() -> None:
    world = World(
        QUOTA_IMAGES="1000",
        QUOTA_BYTES=str(5 * 2**30),
        MAX_UPLOAD_BYTES=str(7 * 2**20),
        MAX_IMAGE_PIXELS="40000000",
    )
    page = " ".join(world.app.test_client().get("/about").text.split())
    assert "up to 7 MB and 40 megapixels each" in page
    assert "You can share up to 1,000 images of 5 GB altogether" in page
    assert "Few browsers show HEIC: a JPEG" in page
    page = " ".join(World(QUOTA_BYTES=str(2**30)).app.test_client().get("/about").text.split())
    assert "You can share images of 1 GB altogether" in page
    assert "There is no limit on how many" in World().app.test_client().get("/about").text

"""Everything of one person in one archive, which is made while it is sent."""

import gc
import hashlib
import io
import json
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.domain.images import Image
from shared.domain.uploads import State, Upload
from shared.ports.sessions import Viewer
from shared.ports.unavailable import Unavailable
from tests.contract.uploads import image_of, new_manifest
from tests.support_memory import Browser, World, file, small_photo
from tests.support_slice import THOROUGH
from tests.unit.test_moderation import Scene
from web.account.archive import Archive
from web.account.export import Export, file_name
from web.account.exporting import Sending
from web.account.filenames import safe_name
from web.http.slots import Slots

MANY = 10_000 if THOROUGH else 2000  # each of their allocations is written down

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A small JPEG."""
    return small_photo()


def share(world: World, photo: bytes, name: str = "boat.jpg", username: str = "ann", **fields: str) -> UUID:
    given = {"file": file(photo, name), "caption": "A #boat", "licence": "cc-by"} | fields
    answer = world.app.test_client().post("/api/v1/images", data=given, headers=world.token(username))
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def exported(browser: Browser) -> zipfile.ZipFile:
    answer = browser.client.get("/account/export")
    assert answer.status_code == 200, answer.text
    data = answer.data
    answer.close()
    return opened(data)


def records(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(f"{name}.json"))


def test_originals_and_records_are_in_it_and_nobody_elses(world: World, ann: Browser, photo: bytes) -> None:
    ben = world.sign_up("ben")
    first, second = share(world, photo, "Ærø ved nat.jpg"), share(world, photo, "boat.jpg")
    bens = share(world, photo, "secret.jpg", "ben")
    broken = share(world, photo[:300])
    world.work()
    ann.submit(f"/image/{first}/edit", f"/image/{first}/edit", version="1", caption="Night", licence="cc0")
    ann.client.get(f"/image/{bens}/download")
    ben.client.get(f"/image/{first}/download")
    waiting = share(world, photo, "waiting.jpg")
    archive = exported(ann)

    images = {image["id"]: image for image in records(archive, "images")}
    assert set(images) == {str(first), str(second)}
    for image in images.values():
        stored = archive.getinfo(image["file"])
        assert stored.compress_type == zipfile.ZIP_STORED
        assert hashlib.sha256(archive.read(stored)).hexdigest() == image["sha256"]
    assert "Ærø ved nat" in images[str(first)]["file"]
    assert images[str(first)]["caption"] == "Night"
    assert [g["licence"] for g in images[str(first)]["licence_history"]] == ["cc-by", "cc0"]
    assert images[str(second)]["hashtags"] == ["boat"]
    uploads = {upload["id"]: upload for upload in records(archive, "uploads")}
    assert set(uploads) == {str(i) for i in (first, second, broken, waiting)}
    assert uploads[str(waiting)]["status"] == "queued"
    assert uploads[str(broken)]["reason"]["code"] == "truncated"
    assert [e["step"] for e in uploads[str(second)]["events"]] == ["fetch", "validate", "publish"]
    assert [d["shared_by"] for d in records(archive, "downloads")] == ["ben"]
    account = records(archive, "account")
    assert (account["username"], account["default_licence"]) == ("ann", "all-rights-reserved")
    assert account["email"] == "ann@example.com"
    assert records(archive, "left-out") == []
    assert len(archive.namelist()) == 2 + 9


def test_who_has_nothing_gets_an_archive_of_that(ann: Browser) -> None:
    archive = exported(ann)
    assert [records(archive, name) for name in ("images", "uploads", "downloads", "left-out")] == [[]] * 4


def test_what_is_gone_when_its_turn_comes_is_left_out_and_named(
    world: World, ann: Browser, photo: bytes
) -> None:
    missing, hidden, erased, kept = (share(world, photo, f"{n}.jpg") for n in range(4))
    world.work()
    shown = world.web.images.find_many([missing, hidden, erased, kept])
    world.store.delete([shown[missing].original_key])
    me = Viewer(shown[kept].owner, "ann")

    class Meanwhile:
        """A catalogue of which the owner takes an image back between two looks."""

        def with_hidden(self, ids: list[UUID]) -> dict[UUID, Image]:
            return {i: image for i, image in world.web.images.find_many(ids).items() if i != hidden}

    class Erasing:
        """A store that erases an original while it is read."""

        def pieces(self, key: str) -> Iterator[bytes] | None:
            found = world.store.pieces(key)
            return iter([b"half"]) if key == shown[erased].original_key else found

        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

    parts = replace(world.web, images=Meanwhile(), store=Erasing())  # type: ignore[arg-type]  # what an export asks for
    archive = opened(b"".join(Export(parts, me, "ann@example.com")))
    left = {entry["id"]: entry["why"] for entry in records(archive, "left-out")}
    assert set(left) == {str(missing), str(hidden), str(erased)}
    assert "not whole" in left[str(erased)]
    files = {image["id"]: image["file"] for image in records(archive, "images")}
    assert files == {str(missing): None, str(erased): None, str(kept): file_name(shown[kept])}


def test_programs_get_it_too_and_a_look_ahead_makes_none(world: World, ann: Browser, photo: bytes) -> None:
    share(world, photo)
    world.work()
    client, token = world.app.test_client(), world.token()
    answer = client.get("/api/v1/account/export", headers=token)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert 'filename="image-portal-ann.zip"' in answer.headers["Content-Disposition"]
    assert len(records(opened(answer.data), "images")) == 1
    answer.close()
    with client.head("/api/v1/account/export", headers=token) as looked:
        assert looked.status_code == 200
    assert ann.client.head("/account/export").status_code == 303
    elsewhere = ann.client.get("/account/export", headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 303
    assert client.get("/account/export").status_code == 303
    exported(ann)  # none of these holds a place


def test_one_at_a_time_for_each_and_few_for_all(world: World, ann: Browser) -> None:
    ben, cem = world.sign_up("ben"), world.sign_up("cem")
    first = ann.client.get("/account/export", buffered=False)
    again = ann.client.get("/account/export")
    assert (again.status_code, "on its way already" in again.text) == (409, True)
    second = ben.client.get("/account/export", buffered=False)
    third = cem.client.get("/account/export")
    assert (third.status_code, "Retry-After" in third.headers) == (429, True)
    first.close()
    exported(cem)
    second.close()
    exported(ben)
    exported(ann)


def test_when_the_database_goes_away_the_archive_has_no_end_and_the_place_is_free(
    world: World, ann: Browser, photo: bytes
) -> None:
    share(world, photo)
    world.work()
    answer = ann.client.get("/account/export", buffered=False)
    pieces = answer.iter_encoded()
    begun = next(pieces)
    world.database.away = True
    with pytest.raises(Unavailable):
        begun += b"".join(pieces)
    answer.close()
    assert not zipfile.is_zipfile(io.BytesIO(begun))
    world.database.away = False
    exported(ann)


@pytest.mark.slow
def test_thousands_of_images_take_no_more_memory_than_their_names(world: World) -> None:
    me = Viewer(UUID(int=7), "ann")
    whole, piece = 64 * 1024, bytes(32 * 1024)
    images, rows = {}, []
    for number in range(MANY):
        manifest = replace(new_manifest(f"Boat {number}", owner=me.owner), filename=f"{number}.jpg")
        image = replace(image_of(manifest), size_bytes=whole)
        images[image.id] = image
        rows.append(replace(Upload.queued(manifest), status=State.PUBLISHED, unchanged_for=timedelta()))

    class Big:
        """A store of large objects that are nowhere."""

        def pieces(self, _key: str) -> Iterator[bytes]:
            return iter([piece, piece])

        def list(self, _prefix: str, **_: Any) -> Iterator[Any]:
            return iter(())

    class Catalogue:
        """Their records."""

        def with_hidden(self, ids: list[UUID]) -> dict[UUID, Image]:
            return {i: images[i] for i in ids}

    uploads = Newest(rows[::-1])
    parts = replace(world.web, store=Big(), images=Catalogue(), uploads=uploads)  # type: ignore[arg-type]  # as above
    sent = 0
    tracemalloc.start()
    try:
        for data in Export(parts, me, "ann@example.com"):
            sent += len(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent > MANY * whole
    assert peak < 1600 * MANY, f"{peak / 2**20:.1f} MiB for {sent / 2**20:.0f} MiB"


class Newest:
    """Records of uploads by their place, as an index gives them."""

    def __init__(self, uploads: list[Upload]) -> None:
        self._uploads = uploads
        self._places = {upload.id: place for place, upload in enumerate(uploads)}

    def of_owner(self, _owner: UUID, _states: Any, before: UUID | None, limit: int) -> list[Upload]:
        start = self._places[before] + 1 if before else 0
        return self._uploads[start : start + limit]

    def find_many(self, _ids: Any) -> dict[UUID, Upload]:
        return {}

    def events(self, _id: UUID) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("boat.jpg", "boat.jpg"),
        ("../../etc/passwd.jpg", "_.._etc_passwd.jpg"),
        ("a\\b:c*?.png", "a_b_c__.png"),
        ("日本語.webp", "日本語.webp"),
        (".jpg", "jpg"),
        ("...", "image"),
        ("con\u202egpj.exe.jpg", "con_gpj.exe.jpg"),
        ("é" * 300 + ".jpg", "é" * 75 + ".jpg"),
    ],
)
def test_names_are_what_every_system_takes(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_two_images_of_one_name_are_two_files() -> None:
    first, second = (image_of(new_manifest()) for _ in range(2))
    assert first.filename == second.filename
    assert file_name(first) != file_name(second)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
@pytest.mark.slow
def test_unzip_takes_it(tmp_path: Path, world: World, ann: Browser, photo: bytes) -> None:
    share(world, photo, "日本語.jpg")
    world.work()
    (tmp_path / "a.zip").write_bytes(ann.client.get("/account/export").data)
    done = subprocess.run(
        ["unzip", "-t", tmp_path / "a.zip"], capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No errors detected" in done.stdout


def test_each_file_may_be_longer_than_four_gigabytes() -> None:
    archive = Archive()
    data = b"".join(archive.file("big", datetime.now(UTC), [b"x"], pack=False)) + b"".join(archive.end())
    assert data[:6] == b"PK\x03\x04\x2d\x00", "version 4.5: ZIP64"
    assert data[18:26] == b"\xff" * 8, "its sizes are where ZIP64 has them"
    assert opened(data).read("big") == b"x"


def test_who_reads_no_further_leaves_no_trouble_behind(world: World, ann: Browser, photo: bytes) -> None:
    share(world, photo)
    world.work()
    for closes in (True, False):
        sending = Sending(
            Export(world.web, Viewer(world.owner_of("ann"), "ann"), ""), Viewer(UUID(int=1), "ann"), Slots(1)
        )
        pieces = iter(sending)
        while b"boat" not in next(pieces):
            pass
        if closes:
            sending.close()
            assert list(pieces) == []
        del sending, pieces
        gc.collect()  # what would be raised now is an error of the test's


def test_what_hangs_on_the_account_is_in_it_and_what_a_moderator_hides(photo: bytes) -> None:
    scene = Scene()
    scene.image = str(share(scene.world, photo))
    scene.world.work()
    album = scene.call("ann", "POST", "/albums", {"title": "Boats"})[1]["id"]
    scene.call("ann", "POST", f"/albums/{album}/images", {"ids": [scene.image]})
    scene.call("ann", "POST", "/account/shares", {"password": "low tide"})
    scene.call("ann", "PATCH", f"/images/{scene.image}", {"licence": "all-rights-reserved"})
    reserved = share(scene.world, photo, licence="all-rights-reserved")
    scene.world.work()
    scene.call("bob", "POST", f"/images/{reserved}/asks", {"text": "May I?"})
    scene.report()
    scene.done("hide")

    archive = exported(scene.ann)

    [boats] = records(archive, "albums")
    assert (boats["title"], boats["images"]) == ("Boats", [])
    [link] = records(archive, "links")
    assert (link["kind"], link["has_password"]) == ("profile", True)
    assert "low tide" not in archive.read("links.json").decode()
    [asked] = records(archive, "requests")
    assert (asked["from"], asked["text"]) == ("bob", "May I?")
    [notice] = records(archive, "notices")
    assert notice["image_id"] == scene.image
    [hidden] = [image for image in records(archive, "images") if image["id"] == scene.image]
    assert archive.getinfo(hidden["file"]).file_size
    assert records(exported(scene.bob), "requests") == [asked]
    assert records(exported(scene.bob), "notices") == []

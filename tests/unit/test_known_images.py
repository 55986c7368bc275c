"""Files that are here already, told by their digests before they are sent."""

import hashlib
import io
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from local.drive.landscapes import landscape
from tests.support_memory import World, file, small_photo

pytestmark = pytest.mark.slow


def ask(world: World, sha256: Any, name: str = "ann") -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().post(
        "/api/v1/known-images", json={"sha256": sha256}, headers=world.token(name)
    )
    return answer.status_code, answer.json or {}


def test_the_digest_of_the_file_as_it_was_sent_finds_the_image_for_its_owner_alone() -> None:
    world, data = World(), small_photo()
    for name in ("ann", "bob"):
        world.sign_up(name)
    digest, other = hashlib.sha256(data).hexdigest(), "0" * 64
    sent = world.app.test_client().post("/api/v1/images", data={"file": file(data)}, headers=world.token())
    assert ask(world, [digest]) == (200, {"items": []}), "it is not published yet"
    world.work()
    status, told = ask(world, [other, digest, digest])
    assert status == 200
    [item] = told["items"]
    assert (item["sha256"], item["image"]["id"]) == (digest, (sent.json or {})["id"])
    assert item["image"]["thumbnail_url"]
    assert item["image"]["page_url"].endswith(f"/image/{item['image']['id']}")
    assert ask(world, [digest], "bob") == (200, {"items": []})
    assert ask(world, []) == (200, {"items": []})


@pytest.mark.parametrize("digests", [["0" * 63], ["G" * 64], ["A" * 64], ["0" * 64] * 101, "0" * 64, [1]])
def test_what_is_no_digest_or_too_many_is_refused(digests: Any) -> None:
    world = World()
    world.sign_up()
    status, told = ask(world, digests)
    assert status == 422
    assert told["code"] in ("invalid_field", "missing_field")


def test_strangers_are_not_told() -> None:
    answer = World().app.test_client().post("/api/v1/known-images", json={"sha256": []})
    assert answer.status_code == 401


def test_what_looks_like_ones_own_is_pointed_out_and_published_all_the_same() -> None:
    world, photo = World(), landscape(1, 0.3)
    ann = world.sign_up()
    out = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(out, "JPEG", quality=50)
    ids = []
    for data in (photo, out.getvalue()):
        sent = world.app.test_client().post(
            "/api/v1/images", data={"file": file(data)}, headers=world.token()
        )
        ids.append((sent.json or {})["id"])
        assert world.work() == ["published"]

    def told(upload_id: str) -> dict[str, Any]:
        call = world.app.test_client()
        return call.get(f"/api/v1/uploads/{upload_id}", headers=world.token()).json or {}

    assert told(ids[1])["similar"] == [ids[0]]
    assert "similar" not in told(ids[0])
    assert f'Looks like <a href="/image/{ids[0]}">one of yours</a>' in ann.get("/uploads")
    world.web.taking_back.take_back(UUID(ids[0]), world.uploads_owner(ids[0]))
    assert "similar" not in told(ids[1])
    assert "Looks like" not in ann.get("/uploads")

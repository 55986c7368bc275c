"""Files that are here already, told by their digests before they are sent."""

import hashlib
from typing import Any

import pytest

from tests.support_memory import World, file, small_photo


def ask(world: World, sha256: Any, name: str = "ann") -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().post(
        "/api/v1/images/known", json={"sha256": sha256}, headers=world.token(name)
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
    answer = World().app.test_client().post("/api/v1/images/known", json={"sha256": []})
    assert answer.status_code == 401

"""Two requests with one Idempotency-Key: whatever comes between two calls of the second, both say the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from shared.domain.manifest import Manifest
from tests.support_app import app_over
from tests.support_memory import World, file, small_photo

CHANGES = ("put", "put_new", "open_sink", "delete", "erase")


class Between:
    """A store before whose `at`-th change (from 1) something else happens."""

    def __init__(self, store: Any, at: int, happens: Any) -> None:
        self._store, self._at, self._happens = store, at, happens
        self.changes = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return self._counted(method) if name in CHANGES else method

    def _counted(self, method: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.changes += 1
            if self.changes == self._at:
                self._happens()
            return method(*args, **kwargs)

        return call


def post(world: World, app: Flask, photo: bytes, caption: str, filename: str) -> UUID:
    answer = app.test_client().post(
        "/api/v1/images",
        data={"file": file(photo, filename), "caption": caption},
        headers=world.token() | {"Idempotency-Key": "k"},
    )
    assert answer.status_code == 202, answer.text
    return UUID((answer.json or {})["id"])


def said(world: World, upload_id: UUID) -> list[Manifest]:
    """What each manifest of an upload says that ever stood in staging, and the first request's; of whatever bytes."""
    found = []
    for version in world.store.versions(""):
        if str(upload_id) in version.key and version.key.endswith(("/manifest", str(upload_id))):
            pieces = world.store.pieces(version.key, version_id=version.version_id)
            if pieces is not None:  # no mark that it was deleted
                found.append(replace(Manifest.from_json(b"".join(pieces)), staged_key=""))
    return found


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_what_is_published_between_two_calls_of_a_second_request_is_what_that_says(call: int) -> None:
    world, photo = World(), small_photo()
    world.sign_up("ann")

    def first() -> None:
        post(world, world.app, photo, "A red boat", "boat.jpg")
        assert world.work() == ["published"]
        world.clock.advance(timedelta(seconds=5))

    between = Between(world.store, call, first)
    app = app_over(replace(world.web, store=between))
    upload_id = post(world, app, photo, "Said otherwise", "renamed.jpg")

    assert between.changes >= call, "the first came between"
    manifests = said(world, upload_id)
    assert len(manifests) >= 2
    assert len(set(manifests)) == 1

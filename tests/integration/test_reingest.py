"""Renditions made anew on a real database, store and queue, while people go on uploading."""

import json
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import boto3
import pytest

from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, Way
from shared.domain.reingest import Standing, Which
from shared.domain.uploads import Attempt
from shared.ports.unavailable import CatalogueUnavailable
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.support_renditions import render_otherwise
from worker.imaging import Limits
from worker.message import handle
from worker.reingest import drip

OLGA = Operator("olga", Way.TERMINAL)
KINDS = ("thumbnail", "preview", "original")


class OneAtATime:
    """Takes a message, works, and acknowledges, as a worker with one process does."""

    def __init__(self, hands: HandWorker) -> None:
        self._hands = hands
        self._sqs: Any = boto3.Session().client("sqs")

    def next(self) -> tuple[UUID, str] | None:
        """Which upload it was about, and what it is now; None when nothing waits."""
        url = self._hands.queue_url
        for message in self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ()):
            ids = json.loads(json.loads(message["Body"])["body"])[1]
            state = self._hands.ingest(UUID(ids["owner"]), UUID(ids["upload_id"]))
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return UUID(ids["upload_id"]), state
        return None


def addresses(person: Person, image_id: str) -> dict[str, bytes]:
    """What an image's addresses answer, by address without its signature."""
    image = person.get(f"/images/{image_id}")
    found = {}
    for kind in KINDS:
        with urllib.request.urlopen(image[f"{kind}_url"]) as answer:  # noqa: S310 -- the local cloud's own address
            assert answer.status == 200
            found[image[f"{kind}_url"].partition("?")[0]] = answer.read()
    return found


def test_all_are_made_anew_while_uploads_go_first(
    own_queue: dict[str, str], person: Person, hands: HandWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given twenty images, and a run for all of them after a setting was changed
    ids = [person.post_image(jpeg(500, 400, seed)).json["id"] for seed in range(20)]
    assert hands.work() == ["published"] * 20
    before = {image_id: addresses(person, image_id) for image_id in ids}
    render_otherwise(monkeypatch)
    monkeypatch.setattr("worker.reingest.STALE_AFTER_SECONDS", 0)  # other tests' workers don't count
    run = hands.parts.reingest.start(new_upload_id(), OLGA, Which(username=person.username))
    assert run is not None
    assert run.asked == 20

    # When ten uploads come in the middle of it
    worker = OneAtATime(hands)
    assert drip(hands.parts) == 1
    assert [done[1] for done in (worker.next(), worker.next(), worker.next()) if done] == ["made"] * 3
    new = [UUID(person.post_image(jpeg(500, 400, seed)).json["id"]) for seed in range(20, 30)]
    order = []
    while done := worker.next():
        order.append(done)

    # Then they wait for one picture at most, and come in their own order
    published = [upload_id for upload_id, state in order if state == "published"]
    assert sorted(published) == sorted(new)
    assert [state for _, state in order[:11]].count("made") <= 1
    # and the rest goes on with the next tick, until all are made anew
    drip(hands.parts)
    while worker.next():
        pass
    ended = hands.parts.reingest.find(run.id)
    assert ended is not None
    assert (ended.standing, ended.made, ended.waiting) == (Standing.DONE, 20, 0)
    for image_id in ids:
        after = addresses(person, image_id)
        assert len(after.keys() & before[image_id].keys()) == 1, "the original's alone"
        assert sum(map(len, after.values())) < sum(map(len, before[image_id].values()))
        assert person.get(f"/uploads/{image_id}")["events"][-1]["result"] == "2 renditions made anew"


def test_a_database_that_goes_away_before_the_commit_changes_nothing(
    own_queue: dict[str, str], person: Person, hands: HandWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id = UUID(person.post_image(jpeg(200, 150)).json["id"])
    hands.work()
    run = hands.parts.reingest.start(new_upload_id(), OLGA, Which(image_id=image_id))
    assert run is not None
    before = addresses(person, str(image_id))
    render_otherwise(monkeypatch)
    real = hands.parts.reingest

    class Away:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def settle(self, *_: Any) -> None:
            raise CatalogueUnavailable("the database is away")

    [(owner, _)] = [taken for taken in real.take(9) if taken[1] == image_id]
    attempt = Attempt(1, "hand", datetime.now(UTC))
    with pytest.raises(CatalogueUnavailable):
        handle(owner, image_id, attempt, replace(hands.parts, reingest=Away()), Limits())
    assert addresses(person, str(image_id)) == before
    assert hands.ingest(owner, image_id, 2) == "made"
    assert addresses(person, str(image_id)) != before

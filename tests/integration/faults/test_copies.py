"""The copy in another region, to which S3 passes on no erasing: what has a mark goes from there when it is pruned."""

from uuid import UUID

import pytest

from deploy.prune_copies import main
from local.stack import Stack
from shared.bootstrap import web_parts, worker_parts
from shared.config import WebSettings, WorkerSettings, load
from shared.taken_back import TakenBackMarks
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.support_app import app_over


def test_what_was_taken_back_is_erased_from_the_copy_in_every_version_and_nothing_else(
    versioned: dict[str, str], stack: Stack, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a bucket as it is copied: two images, cleared staging, and a mark for one, whose files are all still there
    parts = web_parts(load(WebSettings, versioned))
    hands = HandWorker(worker_parts(load(WorkerSettings, versioned)), versioned["SQS_QUEUE_URL"])
    hands.messages()
    person = Person(person.username, person.token, app_over(parts).test_client())
    gone, kept = (UUID(person.post_image(jpeg(200, 150, seed)).json["id"]) for seed in range(2))
    assert hands.work() == ["published"] * 2
    store = hands.parts.store
    TakenBackMarks(store).put(parts.sessions.verify(person.token).owner, gone)
    others = [v for v in store.versions("") if str(gone) not in v.key]

    for _ in range(2):
        main(["--bucket", versioned["S3_BUCKET"]])

    assert [v.key for v in store.versions("") if str(gone) in v.key] == [
        f"taken-back/{parts.sessions.verify(person.token).owner}/{gone}"
    ]
    assert [v for v in store.versions("") if str(gone) not in v.key] == others
    assert any(str(kept) in v.key for v in others)
    assert "nothing is left here of 1 uploads" in capsys.readouterr().out

"""An operator finds any upload, and reads all that is known of it, whatever part of the portal is away."""

import argparse
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from shared.domain.ids import new_upload_id
from shared.domain.operator_acts import Operator, Way
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER
from shared.domain.uploads import State
from shared.operating import finding
from shared.operating.timeline import timeline_of
from shared.refused import RefusedFiles
from tests.support_memory import Browser, World, portal_of_an_operator
from tests.unit.test_operators import accept, beat, begin, fail
from web.operators.diagram import diagram
from worker.ops import upload as command

pytestmark = pytest.mark.slow

OLGA = Operator("ann", Way.PAGE)
REASON = "OSError at worker/pipeline.fetch"


@pytest.fixture
def world() -> World:
    """A portal whose operator is ann."""
    return portal_of_an_operator()


@pytest.fixture
def operator(world: World) -> Browser:
    """The operator's browser."""
    return world.log_in("ann")


def look(world: World, upload_id: object, status: int = 200, query: str = "") -> str:
    answer = world.app.test_client().get(f"/ops/uploads/{upload_id}{query}", headers=world.token())
    assert answer.status_code == status, answer.text
    return answer.text


def search(world: World, text: str, **more: str) -> Any:
    query = {"q": text} | more
    return world.app.test_client().get("/ops/uploads", query_string=query, headers=world.token())


def in_the_way(page: str) -> list[str]:
    [stops] = re.findall(r'<ol class="stops".*?</ol>', page, re.DOTALL)
    return re.findall(r"<strong>(.*?)</strong>", stops)


def published(world: World, name: str = "boat.jpg") -> UUID:
    upload_id = accept(world, name)
    assert "published" in world.work()
    return upload_id


def refused_at_once(world: World, name: str = "notes.txt") -> UUID:
    notes = RefusedFiles(world.store, world.owner_of("ann"))
    notes.add(name, "unsupported_type", "This is not an image.")
    return notes.ids()[0]


def erased(world: World) -> UUID:
    upload_id = published(world, "gone.jpg")
    world.web.taking_back.take_back(upload_id, world.owner_of("ann"))
    world.sweep(ATTEMPTS_OVER_AFTER + timedelta(hours=1))
    assert "erased" in world.work()
    return upload_id


def test_a_published_upload_is_told_from_end_to_end(world: World) -> None:
    upload_id = published(world)
    page = look(world, upload_id)
    assert in_the_way(page) == ["Queued", "Processing", "Published"]
    assert "It is published now." in page, "the diagram in words"
    assert len(re.findall(r'<path class="arrow is-taken"', page)) == 2
    for words in ("Fetching from staging", "Storing original and renditions", "All well.", "Attempt 1"):
        assert words in page
    image = world.web.images.find(upload_id)
    assert image is not None
    assert page.count(image.sha256) >= 1
    for key in (image.original_key, image.preview.key, image.thumbnail.key):
        assert key in page
    assert "deleted, with versions left" in page, "what staging held"
    assert f'href="/image/{upload_id}"' in page
    assert "It was acknowledged" in page
    assert "Send again…" not in page


def test_what_no_attempt_has_begun_for_is_told_by_its_manifest(world: World) -> None:
    upload_id = accept(world, "<b>boat & co.jpg")
    for query in ("", f"?owner={world.owner_of('ann')}", f"?owner={uuid4()}"):
        page = look(world, upload_id, query=query)
        assert in_the_way(page) == ["Queued"]
        assert "No attempt has begun." in page
        assert "&#34;filename&#34;: &#34;&lt;b&gt;boat &amp; co.jpg" in page, (
            "the manifest, pretty and escaped"
        )
        assert "<b>boat" not in page
        assert "Received bytes" in page


def test_a_failed_upload_says_what_can_be_done(world: World) -> None:
    upload_id = fail(world, f"{REASON}: disk full")
    page = look(world, upload_id)
    assert in_the_way(page) == ["Queued", "Failed"]
    for verb in ("redrive", "discard"):
        assert f'href="/ops/failed/confirm?verb={verb}&amp;id={upload_id}"' in page
    assert 'href="/ops/failed?reason=OSError+at+worker/pipeline.fetch"' in page
    assert "disk full" in page
    assert "dead letter" in page


def test_what_was_refused_at_once_is_told_by_its_note(world: World) -> None:
    note = refused_at_once(world)
    for query in ("", f"?owner={world.owner_of('ann')}"):
        page = look(world, note, query=query)
        assert "Refused at once: This is not an image." in page
        assert "notes.txt" in page
        assert 'class="stops"' not in page
        assert "None was ever sent." in page


def test_held_taken_back_and_erased_are_told(world: World) -> None:
    upload_id = published(world)
    with world.database.transaction() as tables:
        row = tables.uploads[upload_id]
        tables.uploads[upload_id] = replace(row, upload=replace(row.upload, status=State.HELD))
    assert in_the_way(look(world, upload_id))[-1] == "Held"

    taken_back = published(world)
    world.web.taking_back.take_back(taken_back, world.owner_of("ann"))
    page = look(world, taken_back)
    assert in_the_way(page) == ["Queued", "Processing", "Published", "Taken back"]
    assert "One is kept back" in page

    gone = erased(world)
    page = look(world, gone)
    assert in_the_way(page)[-2:] == ["Taken back", "Erased"]
    assert "looked again: none" in page
    assert "Mark of the take-back" in page
    assert "gone.jpg" not in page


def test_ids_that_nobody_knows_are_not_there(world: World) -> None:
    for text in (new_upload_id(), uuid4(), "nonsense", "x" * 300):
        look(world, text, 404)
    assert timeline_of(world.web, OLGA, uuid4()) is None


def test_each_part_is_unknown_by_itself(world: World) -> None:
    upload_id = published(world)
    world.store.away = True
    page = look(world, upload_id)
    assert in_the_way(page) == ["Queued", "Processing", "Published"]
    assert page.count("S3 can’t be reached") == 2, "objects and manifest"
    look(world, new_upload_id(), 503)
    world.store.away = False

    waiting = accept(world)
    world.database.away = True
    page = look(world, waiting)
    assert "Accepted. Its state is unknown: the database can’t be reached." in page
    assert "Received bytes" in page
    assert 'class="stops"' not in page
    look(world, upload_id, 503)
    world.store.away = True
    assert "can’t be reached" in look(world, waiting, 503)


def test_a_look_through_staging_has_an_end_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    upload_id = accept(world)
    monkeypatch.setattr(finding, "MOST_WALKED", 0)
    assert "more in staging than one look goes through" in look(world, upload_id, 503)
    assert "more in staging than one look goes through" in search(world, str(upload_id)).text
    refused_at_once(world)
    world.store.delete([entry.key for entry in world.store.list("staging/")])
    assert "more in staging than one look goes through" in look(world, uuid4(), 503), "among the notes"
    upload_id = accept(world)
    assert in_the_way(look(world, upload_id, query=f"?owner={world.owner_of('ann')}")) == ["Queued"]


def test_a_manifest_that_cannot_be_read_is_shown_as_it_is(world: World) -> None:
    upload_id = accept(world)
    key = f"staging/{world.owner_of('ann')}/{upload_id}/manifest"
    for text, shown in (
        (b"{not json", "{not json"),
        (b'{"version": 1}', "&#34;version&#34;: 1"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 100_000, "[[[[["),
    ):
        world.store.put(key, text, "application/json")
        page = look(world, upload_id)
        assert "Upload without a name" in page
        assert shown in page
    assert str(upload_id) in search(world, str(world.owner_of("ann"))).text


def compare(operator: Browser, upload_id: UUID) -> str:
    page = f"/ops/uploads/{upload_id}"
    answer = operator.submit(page, f"{page}/comparison")
    assert (answer.status_code, answer.location) == (303, f"{page}#stored")
    return operator.get(page)


def test_check_now_reads_the_original_and_tells_what_differs(world: World, operator: Browser) -> None:
    upload_id = published(world)
    image = world.web.images.find(upload_id)
    assert image is not None
    told = compare(operator, upload_id)
    assert f"Original: {image.size_bytes:,} bytes were read, and their SHA-256 is the one recorded." in told
    world.store.put(image.original_key, b"damaged", "image/jpeg")
    assert "they are NOT what is recorded" in compare(operator, upload_id)
    world.store.delete([image.original_key])
    told = compare(operator, upload_id)
    assert "Original: nothing is stored at" in told
    assert "missing" in told


def test_check_now_reads_what_waits_and_says_when_it_cannot(world: World, operator: Browser) -> None:
    waiting, gone = accept(world), erased(world)
    page = f"/ops/uploads/{waiting}"
    owner = str(world.owner_of("ann"))
    answer = operator.submit(page, f"{page}/comparison", owner=owner)
    assert answer.location == f"{page}?owner={owner}#stored"
    assert "There is nothing to compare" in compare(operator, gone)
    client = operator.client
    world.store.away = True
    answer = operator.submit("/ops/failed", f"{page}/comparison")
    world.store.away = False
    assert answer.status_code == 303
    assert "Nothing was compared: a part of the portal can’t be reached." in client.get("/ops/failed").text
    assert operator.submit("/ops/failed", f"/ops/uploads/{uuid4()}/comparison").status_code == 404
    assert operator.submit("/ops/failed", "/ops/uploads/x/comparison").status_code == 404


def test_uploads_are_found_by_all_that_is_known_of_them(world: World) -> None:
    one, waiting = published(world, "Boat at low tide.jpg"), accept(world, "boat two.jpg")
    note = refused_at_once(world)
    owner = str(world.owner_of("ann"))
    digest = world.web.uploads.find(one)
    assert digest is not None
    for text in (
        "Boat at",
        "Boat at low tide.jpg",
        one.hex[-8:],
        str(digest.sha256),
        f" {str(digest.sha256).upper()} ",
    ):
        page = search(world, text).text
        assert f'href="/ops/uploads/{one}"' in page, text
        assert str(waiting) not in page
    for text in (owner, "@ann"):
        page = search(world, text).text
        assert all(str(i) in page for i in (one, waiting, note)), text
        assert f'href="/ops/uploads/{waiting}?owner={owner}"' in page
    for upload_id in (one, waiting, note):
        answer = search(world, str(upload_id))
        assert answer.status_code == 302
        assert answer.location.startswith(f"/ops/uploads/{upload_id}")
    for text in ("boat two", "zebra", "@nobody", "0" * 8, "0" * 64, str(uuid4()), "%", "'; --"):
        assert "Nothing is called so" in search(world, text).text, text
    assert "Latest that a worker has begun" in search(world, "").text


def test_a_long_list_goes_on_where_it_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.operators.uploads.PAGE", 2)
    ids = [published(world, f"boat {n}.jpg") for n in range(5)]
    seen: list[str] = []
    page = search(world, "boat")
    while True:
        seen += re.findall(r'<p class="row-name"[^>]*><a href="/ops/uploads/([0-9a-f-]+)"', page.text)
        following = re.findall(r'rel="next" href="[^"]*cursor=([^"]+)"', page.text)
        if not following:
            break
        page = search(world, "boat", cursor=following[0])
    assert seen == [str(i) for i in ids]
    assert search(world, "boat", cursor="x").status_code == 422


def test_a_list_stands_while_a_part_is_away(world: World) -> None:
    upload_id, waiting = published(world), accept(world)
    owner = str(world.owner_of("ann"))
    world.store.away = True
    page = search(world, owner).text
    assert str(upload_id) in page
    assert "What waits in staging is missing here." in page
    world.store.away, world.database.away = False, True
    page = search(world, owner).text
    assert "What attempts have begun is missing here." in page
    assert str(waiting) in page


def test_who_looks_is_logged(world: World) -> None:
    upload_id = accept(world)
    with capture_logs() as lines:
        look(world, upload_id)
        search(world, "@ann")
    looked = [line for line in lines if line["event"] == "an upload was looked at"]
    assert [(line["operator"], line["upload_id"], line["way"]) for line in looked] == [
        ("ann", str(upload_id), "page")
    ]
    [found] = [line for line in lines if line["event"] == "uploads were looked for"]
    assert (found["operator"], found["by"], "@ann" in str(found)) == ("ann", "username", False)


def test_others_are_told_that_it_is_for_operators(world: World) -> None:
    upload_id = accept(world)
    world.sign_up("ben")
    client = world.app.test_client()
    for path in ("/ops/uploads", f"/ops/uploads/{upload_id}"):
        assert client.get(path).status_code == 303
        assert client.get(path, headers=world.token("ben")).status_code == 403
        assert (
            client.get(f"/api/v1{path.replace('ops', 'operations')}", headers=world.token("ben")).status_code
            == 403
        )


def test_the_api_tells_the_same(world: World) -> None:
    upload_id, failed, waiting = published(world), fail(world, f"{REASON}: full"), accept(world)
    client = world.app.test_client()

    def get(path: str) -> dict[str, Any]:
        answer = client.get(f"/api/v1/operations/uploads{path}", headers=world.token())
        assert answer.status_code == 200, answer.text
        return answer.json or {}

    found = get("?q=@ann&limit=1")
    assert [item["id"] for item in found["items"]] == [str(waiting), str(failed)]
    assert get(f"?q=@ann&cursor={found['next_cursor']}")["items"][-1]["id"] == str(upload_id)
    told = get(f"/{upload_id}")
    assert [stop["state"] for stop in told["way"]] == ["queued", "processing", "published"]
    assert {one["kind"] for one in told["objects"]} >= {"Original", "Preview", "Thumbnail"}
    assert (told["unknown"], told["recorded"], told["state"]) == ({}, True, "published")
    assert get(f"/{waiting}")["recorded"] is False
    for text in (uuid4(), "x"):
        assert client.get(f"/api/v1/operations/uploads/{text}", headers=world.token()).status_code == 404
    world.database.away = True
    told = get(f"/{waiting}")
    assert (told["state"], told["recorded"], set(told["unknown"])) == (
        None,
        None,
        {"record", "events", "image"},
    )
    world.store.away = True
    assert get(f"/{waiting}")["state"] is None


def run(world: World, name: str, *arguments: str) -> tuple[list[str], int]:
    [one] = [c for c in command.COMMANDS if c.name == name]
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    one.arguments(parser)
    answer = one.run(world.worker, parser.parse_args(arguments))
    return [answer.told(row) for row in answer.rows] if "--json" not in arguments else [
        json.dumps(dict(row), default=str) for row in answer.rows
    ], answer.status


def test_the_terminal_tells_the_same(world: World) -> None:
    upload_id, failed = published(world), fail(world, f"{REASON}: full")
    lines, status = run(world, "uploads", "@ann", "--limit", "1")
    assert status == 0
    assert lines[0].startswith(f"{failed} ")
    assert lines[1] == f"More: --after {failed}"
    [told], status = run(world, "upload", str(upload_id), "--check")
    assert status == 0
    assert "their SHA-256 is the one recorded." in told
    assert told.splitlines()[-1] == "state: published"
    [row], _ = run(world, "upload", str(failed), "--json")
    assert json.loads(row)["reason_message"] == f"{REASON}: full"
    assert run(world, "upload", str(uuid4()))[1] == 1
    assert run(world, "uploads", "zebra")[1] == 1
    world.store.away = True
    [told], status = run(world, "upload", str(upload_id))
    assert (status, "objects: Unknown: S3 can’t be reached." in told) == (0, True)


def test_every_state_has_a_place_and_no_two_share_one() -> None:
    drawn = diagram([])
    assert len({(box.x, box.y) for box in drawn.boxes}) == len(State)
    assert not any(box.here or box.passed for box in drawn.boxes)
    assert not any(arrow.taken for arrow in drawn.arrows)
    assert all(0 < box.x < drawn.width and 0 < box.y < drawn.height for box in drawn.boxes)


def test_operators_pages_link_to_it(world: World) -> None:
    upload_id = fail(world, f"{REASON}: full")
    begun = accept(world)
    begin(world, begun)
    client = world.app.test_client()
    beat(world)
    for path, linked in (
        ("/ops", begun),
        ("/ops/failed", upload_id),
        (f"/ops/failed?reason={REASON}", upload_id),
        (f"/ops/failed/confirm?verb=redrive&id={upload_id}", upload_id),
    ):
        assert f'href="/ops/uploads/{linked}"' in client.get(path, headers=world.token()).text, path

"""One edit of many images: over the API, and on the owner's own page."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.integration.test_edit import Browser, hidden

NO_HASHTAGS = (
    *("", "#", "two words", "a#b", "##a", "1234", "a,b", "\x00"),
    *("#" + "x" * 65, "e" + "\u0301" * 200),
)


@pytest.fixture
def image_ids(person: Person, hands: HandWorker) -> list[str]:
    """Three published images: with hashtag, without caption, with a caption that is full."""
    captions = ("A red #Boat", "", "x" * 2000)
    ids = [person.post_image(jpeg(64, 48), caption=c, licence="cc-by").json["id"] for c in captions]
    assert hands.work() == ["published"] * 3
    return ids


def patch(person: Person, **body: Any) -> TestResponse:
    return person.client.patch("/api/v1/images", json=body, headers=person.headers)


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, json_of(answer)["code"]


def captions(person: Person, ids: list[str]) -> list[str]:
    return [person.get(f"/images/{i}")["caption"] for i in ids]


def test_each_gets_the_licence_and_the_hashtags_that_it_lacks(person: Person, image_ids: list[str]) -> None:
    answer = patch(person, ids=image_ids, licence="cc0", add_hashtags=["boat", "#Summer_26"])

    assert json_of(answer)["items"] == [
        {"id": image_ids[0], "version": 2},
        {"id": image_ids[1], "version": 2},
        {"id": image_ids[2], "problem": "caption_too_long"},
    ]
    assert captions(person, image_ids[:2]) == ["A red #Boat #summer_26", "#boat #summer_26"]
    found = person.get("/images", user=person.username, tag="summer_26", licence="cc0")["items"]
    assert [image["id"] for image in found] == image_ids[1::-1]


def test_repeating_it_changes_nothing_more(person: Person, image_ids: list[str]) -> None:
    for _ in range(2):
        answer = patch(person, ids=[*image_ids[:2], image_ids[0]], add_hashtags=["sea"])
        assert [item["version"] for item in json_of(answer)["items"]] == [2, 2]
    assert captions(person, image_ids[:2]) == ["A red #Boat #sea", "#sea"]


def test_what_is_not_ones_own_is_left_alone_and_stops_no_other(
    person: Person, sign_in: Callable[[], Person], image_ids: list[str]
) -> None:
    other = sign_in()
    unknown = str(uuid4())
    strange = patch(other, ids=image_ids, licence="cc0")
    assert [item.get("problem") for item in json_of(strange)["items"]] == ["not_found"] * 3
    mixed = patch(person, ids=[unknown, image_ids[0]], licence="cc0")
    assert json_of(mixed)["items"] == [
        {"id": unknown, "problem": "not_found"},
        {"id": image_ids[0], "version": 2},
    ]


def test_what_can_not_be_done_to_any_is_refused_for_all(person: Person, image_ids: list[str]) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"ids": image_ids}, "missing_field"),
        ({"ids": [*image_ids, "no-id"], "licence": "cc0"}, "invalid_field"),
        ({"ids": ["{" + image_ids[0] + "}"], "licence": "cc0"}, "invalid_field"),
        ({"ids": [], "licence": "cc0"}, "invalid_field"),
        ({"licence": "cc0"}, "missing_field"),
        ({"ids": [str(uuid4())] * 101, "licence": "cc0"}, "too_many_ids"),
        ({"ids": image_ids, "licence": "gpl"}, "unknown_licence"),
        ({"ids": image_ids, "caption": "x"}, "unknown_field"),
        *(({"ids": image_ids, "add_hashtags": [text]}, "invalid_hashtag") for text in NO_HASHTAGS),
        ({"ids": image_ids, "add_hashtags": [f"t{n}" for n in range(21)]}, "invalid_hashtag"),
    ]
    for body, expected in cases:
        assert code(patch(person, **body)) == (422, expected), body
    assert person.get(f"/images/{image_ids[0]}")["version"] == 1


def test_an_edit_in_between_is_kept(person: Person, image_ids: list[str], parts: WebParts) -> None:
    for n in range(3):
        headers = person.headers | {"If-Match": "*"}
        path = f"/api/v1/images/{image_ids[0]}"
        person.client.patch(path, json={"caption": f"Caption {n}"}, headers=headers)
        patch(person, ids=image_ids[:1], add_hashtags=[f"tag{n}"])
        assert captions(person, image_ids[:1]) == [f"Caption {n} #tag{n}"]


def test_on_the_page_the_owner_picks_images_and_edits_them(person: Person, image_ids: list[str]) -> None:
    browser, page = Browser(person), f"/home/user/{person.username}/select"
    assert f'href="{page}"' in browser.get(f"/home/user/{person.username}")
    form = browser.get(page)
    assert all(f'value="{i}" form="selection"' in form for i in image_ids)

    sent = {
        "csrf_token": hidden(form, "csrf_token"),
        "id": image_ids,
        "licence": "cc0",
        "hashtags": "#sea, sky",
    }
    answer = browser.client.post(page, data=sent)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/home/user/{person.username}")
    told = browser.get(f"/home/user/{person.username}")
    assert "2 images are as you want them." in told
    assert "1 not changed: the caption has no room for these hashtags." in told
    assert captions(person, image_ids[:2]) == ["A red #Boat #sea #sky", "#sea #sky"]


def test_on_the_page_errors_keep_the_picks_and_the_text(person: Person, image_ids: list[str]) -> None:
    browser, page = Browser(person), f"/home/user/{person.username}/select"
    sent: dict[str, Any] = {"csrf_token": hidden(browser.get(page), "csrf_token"), "id": image_ids[:1]}
    wrong = browser.client.post(f"{page}?limit=1", data=sent | {"hashtags": "#a#b", "licence": "gpl"})
    assert wrong.status_code == 422
    assert 'id="licence-error"' in wrong.text
    assert 'id="hashtags-error"' in wrong.text
    assert 'value="#a#b"' in wrong.text
    assert f'<input type="hidden" name="id" value="{image_ids[0]}">' in wrong.text, "it is on another page"
    assert f'value="{image_ids[0]}" form="selection" checked' in browser.client.post(page, data=sent).text
    incomplete: list[dict[str, Any]] = [{"id": []}, {"licence": "", "hashtags": " , "}]
    for missing in incomplete:
        assert browser.client.post(page, data=sent | {"licence": "cc0"} | missing).status_code == 422


def test_only_the_owner_has_such_a_page(
    person: Person, sign_in: Callable[[], Person], image_ids: list[str]
) -> None:
    other = Browser(sign_in())
    token = hidden(other.get("/upload"), "csrf_token")
    for name in (person.username, "nobody.here"):
        other.get(f"/home/user/{name}/select", 404)
        form = {"csrf_token": token, "id": image_ids, "licence": "cc0"}
        assert other.client.post(f"/home/user/{name}/select", data=form).status_code == 404
    assert "/select" not in other.get(f"/home/user/{person.username}")
    assert person.get(f"/images/{image_ids[0]}")["version"] == 1

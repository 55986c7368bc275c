"""An owner edits an image: over the API, on the page, from two windows, and cut off half-way."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from shared.domain.editing import Changes
from shared.parts import WebParts
from shared.ports.unavailable import CatalogueUnavailable
from tests.integration.conftest import PASSWORD, Person, jpeg, json_of
from tests.integration.support.hand_worker import HandWorker
from tests.integration.test_attack_corpus import BODIES, TEXTS
from tests.support_app import app_over

CAPTION = "A red #boat at dawn"


@pytest.fixture
def image_id(person: Person, hands: HandWorker) -> str:
    """A published image."""
    accepted = person.post_image(jpeg(), caption=CAPTION, licence="cc-by")
    assert hands.work() == ["published"]
    return accepted.json["id"]


def patch(person: Person, image_id: str, if_match: str | None = '"1"', **changes: Any) -> TestResponse:
    headers = person.headers | ({"If-Match": if_match} if if_match is not None else {})
    return person.client.patch(f"/api/v1/images/{image_id}", json=changes, headers=headers)


def refusal(answer: TestResponse) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json", answer.text[:300]
    return answer.status_code, json_of(answer)["code"]


def found(person: Person, **query: str) -> list[str]:
    items = person.get("/images", user=person.username, **query)["items"]
    return [image["id"] for image in items]


def test_an_image_comes_with_its_version_as_a_strong_etag(person: Person, image_id: str) -> None:
    answer = person.client.get(f"/api/v1/images/{image_id}", headers=person.headers)
    assert answer.headers["ETag"] == '"1"'
    assert (json_of(answer)["version"], json_of(answer)["alt"]) == (1, CAPTION)


def test_an_edit_is_answered_with_the_image_as_it_is_now(person: Person, image_id: str) -> None:
    changes = {"caption": "  A blue #Ship\r\nat noon\x07 ", "alt": "A ship,\nfrom above", "licence": "cc0"}

    answer = patch(person, image_id, **changes)

    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    now = json_of(answer)
    assert (now["caption"], now["alt"]) == ("A blue #Ship\nat noon", "A ship, from above")
    assert (now["hashtags"], now["licence"], now["version"]) == (["ship"], "cc0", 2)
    assert person.get(f"/images/{image_id}")["caption"] == now["caption"]


def test_the_search_finds_the_new_words_and_not_the_old_ones(person: Person, image_id: str) -> None:
    assert found(person, q="red boat") == found(person, tag="boat") == [image_id]
    patch(person, image_id, caption="A blue #ship at noon", licence="cc-by-nc")
    for old in ({"q": "red"}, {"q": "dawn"}, {"tag": "boat"}, {"licence": "cc-by"}, {"commercial": "true"}):
        assert found(person, **old) == [], old
    for new in ({"q": "blue noon"}, {"tag": "ship"}, {"licence": "cc-by-nc"}, {}):
        assert found(person, **new) == [image_id], new


def test_the_uploads_timeline_shows_the_edit(person: Person, image_id: str) -> None:
    patch(person, image_id, licence="cc0")
    last = person.get(f"/uploads/{image_id}")["events"][-1]
    assert (last["step"], last["result"]) == ("edit", "version 2: licence from cc-by to cc0")


def test_an_edit_sent_twice_is_made_once_and_the_second_is_told(person: Person, image_id: str) -> None:
    assert patch(person, image_id, caption="mine").status_code == 200

    again = patch(person, image_id, caption="mine")

    assert refusal(again) == (412, "changed_meanwhile")
    assert json_of(again)["changed"] == {"caption": "mine"}
    assert again.headers["ETag"] == '"2"'
    assert person.get(f"/images/{image_id}")["version"] == 2


def test_who_saw_an_older_version_is_told_what_changed_since(person: Person, image_id: str) -> None:
    patch(person, image_id, alt="A boat")
    patch(person, image_id, '"2"', licence="cc0")
    late = patch(person, image_id, '"2"', caption="mine")
    assert json_of(late)["changed"] == {"licence": "cc0"}
    assert "licence" in json_of(late)["detail"]
    assert json_of(patch(person, image_id, caption="mine"))["changed"] == {"alt": "A boat", "licence": "cc0"}
    assert person.get(f"/images/{image_id}")["caption"] == CAPTION
    assert patch(person, image_id, late.headers["ETag"], caption="mine").status_code == 200


@pytest.mark.parametrize("missing", [None, ""])
def test_an_edit_must_say_which_version_was_seen(person: Person, image_id: str, missing: str | None) -> None:
    assert refusal(patch(person, image_id, missing, caption="x")) == (428, "if_match_required")
    assert person.get(f"/images/{image_id}")["version"] == 1


def test_if_match_may_name_any_or_several_versions_by_strong_tags(person: Person, image_id: str) -> None:
    for form in ('W/"1"', '"2"', "1", "abc", '"', "\xff", '"2", W/"1"'):
        assert refusal(patch(person, image_id, form, caption="x")) == (412, "changed_meanwhile"), form
    assert person.get(f"/images/{image_id}")["version"] == 1
    for version, form in enumerate(('"9", "1"', "*", 'W/"3" , "3"'), start=2):
        assert patch(person, image_id, form, caption=f"as {version}").headers["ETag"] == f'"{version}"', form


def test_nobody_edits_what_is_not_theirs_or_not_there(
    person: Person, sign_in: Callable[[], Person], image_id: str
) -> None:
    other = sign_in()
    for form in ('"1"', "*", '"7"'):
        assert refusal(patch(other, image_id, form, caption="x")) == (404, "not_found")
        assert refusal(patch(person, str(uuid4()), form, caption="x")) == (404, "not_found")
        assert refusal(patch(person, "no-id", form, caption="x")) == (404, "not_found")
    strange = {"If-Match": "*", "Authorization": "Bearer x"}
    answer = person.client.patch(f"/api/v1/images/{image_id}", json={"caption": "x"}, headers=strange)
    assert refusal(answer) == (401, "invalid_token")
    assert person.get(f"/images/{image_id}")["version"] == 1


def test_what_can_not_be_kept_is_refused_by_name(person: Person, image_id: str) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "missing_field"),
        ({"caption": None}, "missing_field"),
        ({"alt": 5}, "missing_field"),
        ({"licence": "gpl"}, "unknown_licence"),
        ({"licence": ""}, "unknown_licence"),
        ({"hashtags": ["a"]}, "unknown_field"),
        ({"version": 2, "caption": "x"}, "unknown_field"),
        ({"caption": "x" * 2001}, "caption_too_long"),
        ({"caption": "e" + "\u0301" * 12_000}, "caption_too_long"),
        ({"alt": "x" * 1001}, "alt_too_long"),
        ({"alt": "e" + "\u0301" * 12_000}, "alt_too_long"),
    ]
    for changes, code in cases:
        assert refusal(patch(person, image_id, **changes)) == (422, code)
    assert person.get(f"/images/{image_id}")["version"] == 1


def test_the_longest_texts_are_kept_whole(person: Person, image_id: str) -> None:
    longest = {"caption": "e" + "\u0301" * 1999, "alt": "\U0001f6a4" * 1000}
    answer = patch(person, image_id, **longest)
    assert answer.status_code == 200, answer.text
    assert {name: json_of(answer)[name] for name in longest} == longest
    assert found(person, q="e") == [image_id]


def test_nasty_text_is_kept_as_text_or_refused(browser: "Browser", person: Person, image_id: str) -> None:
    for what, text in TEXTS.items():
        answer = patch(person, image_id, "*", caption=text, alt=text)
        assert answer.status_code in (200, 422), what
        assert refusal(patch(person, image_id, "*", licence=text)) == (422, "unknown_licence"), what
        for page in (f"/image/{image_id}", f"/image/{image_id}/edit"):
            assert "<script>{{7*7}}" not in browser.get(page)


def test_a_nasty_body_is_refused(person: Person, image_id: str) -> None:
    headers = person.headers | {"If-Match": "*", "Content-Type": "application/json"}
    for what, data in BODIES.items():
        answer = person.client.patch(f"/api/v1/images/{image_id}", data=data, headers=headers)
        assert 400 <= answer.status_code < 500, what
    assert person.get(f"/images/{image_id}")["version"] == 1


# ---- the page


class Browser:
    """A person's browser, without JavaScript."""

    def __init__(self, person: Person) -> None:
        self.client = person.client.application.test_client()
        login = {
            "username": person.username,
            "password": PASSWORD,
            "csrf_token": hidden(self.get("/login"), "csrf_token"),
        }
        assert self.client.post("/login", data=login).status_code == 303

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text[:500]
        return answer.text

    def save(self, page: str, image_id: str, **typed: str) -> TestResponse:
        """Type into a page that is open, and press Save."""
        return self.client.post(f"/image/{image_id}/edit", data=fields(page) | typed)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def fields(page: str) -> dict[str, str]:
    """What the form of the page would send as it is."""
    names = ("csrf_token", "version", "shown_caption", "shown_alt", "shown_licence")
    sent = {name: hidden(page, name) for name in names}
    for name in ("caption", "alt"):
        area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n?([^<]*)</textarea>', page)
        assert area, name
        sent[name] = html.unescape(area[1])
    chosen = re.search(r'<option value="([^"]+)" selected', page)
    assert chosen
    sent["licence"] = chosen[1]
    return {name: value.replace("\n", "\r\n") for name, value in sent.items()}  # as browsers send line breaks


@pytest.fixture
def browser(person: Person) -> Browser:
    return Browser(person)


def test_the_owner_finds_the_form_edits_and_is_back_at_the_image(browser: Browser, image_id: str) -> None:
    assert f'href="/image/{image_id}/edit"' in browser.get(f"/image/{image_id}")
    page = browser.get(f"/image/{image_id}/edit")
    assert (fields(page)["caption"], fields(page)["licence"], fields(page)["version"]) == (
        CAPTION,
        "cc-by",
        "1",
    )

    answer = browser.save(page, image_id, caption="Two lines\r\nof #ships", alt="Ships", licence="cc0")

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/image/{image_id}")
    shown = browser.get(f"/image/{image_id}")
    assert "Your changes are saved." in shown
    assert "Two lines\nof #ships" in shown
    assert 'alt="Ships"' in shown
    assert "CC0: no rights reserved, since" in shown
    assert "Attribution 4.0, since" in shown
    assert "Your changes are saved." not in browser.get(f"/image/{image_id}"), "said once"


def test_a_form_that_is_sent_as_it_came_changes_nothing(
    browser: Browser, person: Person, image_id: str
) -> None:
    patch(person, image_id, caption="Two lines\nof #ships", alt="Ships")
    answer = browser.save(browser.get(f"/image/{image_id}/edit"), image_id)
    assert answer.status_code == 303
    assert "Nothing was changed." in browser.get(f"/image/{image_id}")
    assert person.get(f"/images/{image_id}")["version"] == 2


def test_errors_stand_beside_their_fields_and_no_text_is_lost(
    browser: Browser, person: Person, image_id: str
) -> None:
    page = browser.get(f"/image/{image_id}/edit")
    typed = {"caption": "e" + "\u0301" * 12_000, "alt": "y" * 1001, "licence": "gpl"}

    answer = browser.save(page, image_id, **typed)

    assert answer.status_code == 422
    for name in typed:
        assert f'id="{name}-error"' in answer.text
        assert re.search(
            rf'name="{name}"[^>]* aria-describedby="{name}-hint {name}-error" aria-invalid', answer.text
        )
    assert "This caption has 12,001 characters; 2,000 are the most." in answer.text
    assert typed["caption"] in answer.text
    assert typed["alt"] in answer.text
    assert person.get(f"/images/{image_id}")["version"] == 1
    fixed = fields(answer.text.replace('value="cc0"', 'value="cc0" selected'))
    again = browser.client.post(f"/image/{image_id}/edit", data=fixed | {"caption": "short", "alt": "short"})
    assert again.status_code == 303


def test_of_two_windows_the_second_sees_what_changed_and_keeps_its_text(
    browser: Browser, person: Person, image_id: str
) -> None:
    # Given two windows with the form, the first of which changes caption and licence
    left, right = (browser.get(f"/image/{image_id}/edit") for _ in range(2))
    assert browser.save(left, image_id, caption="Left's #caption", licence="cc0").status_code == 303
    # When the second saves another caption and an alternative text
    answer = browser.save(right, image_id, caption="Right's <b> caption", alt="Right's")
    # Then nothing is overwritten, and the page shows both
    assert answer.status_code == 412
    assert person.get(f"/images/{image_id}")["caption"] == "Left's #caption"
    assert "This image has changed meanwhile" in answer.text
    kept = fields(answer.text)
    assert (kept["caption"], kept["alt"]) == ("Right's <b> caption", "Right's")
    assert kept["licence"] == "cc0", "which the second window had left alone"
    assert 'id="caption-now"' in answer.text
    assert "Left&#39;s #caption" in answer.text
    assert 'id="licence-now"' in answer.text
    assert 'id="alt-now"' not in answer.text
    # And it can decide: here, to have its own
    assert browser.save(answer.text, image_id).status_code == 303
    now = person.get(f"/images/{image_id}")
    assert (now["caption"], now["alt"], now["licence"]) == ("Right's <b> caption", "Right's", "cc0")


def test_windows_that_change_different_fields_still_tell_each_other(
    browser: Browser, person: Person, image_id: str
) -> None:
    left, right = (browser.get(f"/image/{image_id}/edit") for _ in range(2))
    browser.save(left, image_id, licence="cc0")
    answer = browser.save(right, image_id, caption="Right's")
    assert answer.status_code == 412
    assert browser.save(answer.text, image_id).status_code == 303
    now = person.get(f"/images/{image_id}")
    assert (now["caption"], now["licence"]) == ("Right's", "cc0")


def test_a_double_click_on_save_saves_once_and_asks_nothing(
    browser: Browser, person: Person, image_id: str
) -> None:
    page = browser.get(f"/image/{image_id}/edit")
    for _ in range(2):
        assert browser.save(page, image_id, caption="mine").status_code == 303
    assert person.get(f"/images/{image_id}")["version"] == 2


def test_others_find_no_form(sign_in: Callable[[], Person], image_id: str, app: Flask) -> None:
    other = Browser(sign_in())
    own = other.get("/upload")
    assert f"/image/{image_id}/edit" not in other.get(f"/image/{image_id}")
    for path in (f"/image/{image_id}/edit", f"/image/{uuid4()}/edit", "/image/no-id/edit"):
        other.get(path, 404)
        form = {"csrf_token": hidden(own, "csrf_token"), "version": "1", "caption": "x", "licence": "cc0"}
        assert other.client.post(path, data=form).status_code == 404
    stranger = app.test_client().get(f"/image/{image_id}/edit")
    assert stranger.headers["Location"] == f"/login?next=/image/{image_id}/edit"


def test_a_form_that_was_tampered_with_overwrites_nothing_unseen(
    browser: Browser, person: Person, image_id: str
) -> None:
    page = browser.get(f"/image/{image_id}/edit")
    for what, text in TEXTS.items():
        for field in ("version", "licence"):
            answer = browser.save(page, image_id, **({"caption": "mine"} | {field: text}))
            assert answer.status_code in (412, 422), (field, what)
    assert person.get(f"/images/{image_id}")["version"] == 1


# ---- cut off half-way


class Cut(BaseException):
    """As a kill would: nothing catches it."""


@contextmanager
def cut_at(number: int, moment: str) -> Iterator[list[str]]:
    """Whatever runs inside is cut off before or after its n-th statement; the last of all is the COMMIT."""
    seen: list[str] = []

    def count(statement: str) -> None:
        seen.append(statement)
        if len(seen) == number:
            raise Cut

    def executed(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        count(statement)

    def committing(_c: Any) -> None:
        count("COMMIT")

    listeners: list[tuple[str, Callable[..., Any]]] = [(moment, executed), ("commit", committing)]
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_an_edit_that_is_cut_off_between_any_two_statements_leaves_all_as_it_was(
    parts: WebParts, person: Person, image_id: str, moment: str
) -> None:
    known = UUID(image_id)
    image = parts.images.find(known)
    assert image is not None
    wanted = Changes(caption=f"A blue #ship {uuid4().hex}", alt="A ship", licence="cc0")

    def everything() -> tuple[object, ...]:
        return (
            parts.images.find(known),
            [found(person, **query) for query in ({"q": "red boat"}, {"q": "ship"}, {"licence": "cc0"})],
            parts.uploads.events(known),
            parts.editing.grants(known),
        )

    before = everything()
    for number in range(1, 100):
        with cut_at(number, moment) as statements:
            try:
                parts.editing.edit(known, image.owner, {1}, wanted)
            except Cut:
                pass  # the cut that was asked for
            else:
                break
        assert everything() == before, statements
    written = [s.split()[0] for s in statements if not s.lstrip().startswith("SELECT")]
    assert written.count("UPDATE") == 1
    assert written.count("DELETE") == 1
    assert written.count("INSERT") == 4  # terms, index, history, timeline
    assert written[-1] == "COMMIT"
    after = everything()
    assert after[0] == wanted.applied(image)
    assert after[1] == [[], [image_id], [image_id]]


class Away:
    """A port on a database that can't be used."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: Any, **__: Any) -> None:
            raise CatalogueUnavailable("away")

        return refuse


def test_without_the_database_no_text_is_lost(
    app: Flask, parts: WebParts, browser: Browser, person: Person, image_id: str
) -> None:
    page = browser.get(f"/image/{image_id}/edit")
    away = app_over(replace(parts, editing=cast(Any, Away()), images=cast(Any, Away())))
    client = away.test_client()
    for cookie in ("access_token", "session"):
        known = browser.client.get_cookie(cookie)
        assert known
        client.set_cookie(cookie, known.value)

    answer = client.post(f"/image/{image_id}/edit", data=fields(page) | {"caption": "Long thought about"})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Your text is kept on this page" in answer.text
    assert fields(answer.text)["caption"] == "Long thought about"
    assert browser.save(answer.text, image_id).status_code == 303
    assert person.get(f"/images/{image_id}")["caption"] == "Long thought about"

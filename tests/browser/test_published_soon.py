"""A file's row says «Published» at the first poll after it is so, and polls come soon: on the upload page and in My
uploads. How many milliseconds that takes is measured by bench/viewers.py.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person, log_in
from tests.browser.conftest import Visitor

NOTE_POLLS = """() => {
  window.polls = [];  // of each: the wait before it, since when nothing was new, how long the turn before it took
  let newAt = performance.now(), begun = null;
  const { fetch, setTimeout } = window;
  window.setTimeout = (run, wait, ...rest) => {
    if (String(run).includes("#turn")) {
      const now = performance.now();
      window.polls.push({ wait, age: now - newAt, took: begun === null ? 0 : now - begun });
    }
    return setTimeout(run, wait, ...rest);
  };
  window.fetch = (url, ...rest) => {
    if (String(url).includes("/uploads?ids=")) begun = performance.now();
    return fetch(url, ...rest);
  };
}"""
SHORTEST_MS, SHARE_OF_AGE, ANSWERS = 100, 0.15, 4  # as web/static/upload/poll.js has them


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A small landscape."""
    file = tmp_path / "lake.jpg"
    file.write_bytes(landscape(1, 0.3))
    return file


def assert_soon(page: Page, expected: int) -> None:
    """Each wait was as short as the load allows: never seconds while what is asked for is new."""
    polls = page.evaluate("window.polls")
    assert len(polls) >= expected
    assert polls[0]["wait"] <= SHORTEST_MS, polls
    for poll in polls:
        # An answer's body takes its time too, and so does what the page makes of it.
        assert poll["wait"] <= max(
            SHORTEST_MS, SHARE_OF_AGE * poll["age"], ANSWERS * poll["took"] + SHORTEST_MS
        ), polls


def test_the_upload_page_asks_soon_and_says_so(visitor: Visitor, photo: Path, member: Person) -> None:
    page = visitor.log_in(member.username, path="/upload")
    page.evaluate(NOTE_POLLS)
    page.locator("#file").set_input_files(photo)
    page.locator("#start").click()
    expect(page.locator(".row .state-published")).to_have_count(1)
    assert_soon(page, 1)


def test_my_uploads_ask_soon_and_say_so(visitor: Visitor, member: Person) -> None:
    visitor.log_in(member.username, path="/uploads")
    visitor.page.add_init_script(f"({NOTE_POLLS})()")
    for number in range(16):  # some are published before the page is there
        waiting = log_in(visitor.portal, member.username)
        waiting.upload(landscape(number, 0.3))
        visitor.open("/uploads")
        expect(visitor.page.locator("[data-state]:not(.state-published)")).to_have_count(0)
        if visitor.page.evaluate("window.polls.length"):
            break
    assert_soon(visitor.page, 1)


def test_a_hidden_page_does_not_ask(visitor: Visitor, photo: Path, member: Person) -> None:
    page = visitor.log_in(member.username, path="/upload")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/uploads?ids=" in request.url else None)
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { get: () => window.away });
      window.away = true;
    }""")
    page.locator("#file").set_input_files(photo)
    page.locator("#start").click()
    expect(page.locator(".row .state-queued")).to_have_count(1)
    member.finished(member.get("/uploads", limit=1)["items"][0]["id"])
    assert asked == []
    page.evaluate("() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(page.locator(".row .state-published")).to_have_count(1)
    assert asked

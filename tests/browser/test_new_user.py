"""What a new user does, from the welcome page to logging out."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person, unused_name
from local.drive.waiting import wait_until
from tests.browser.conftest import Visit, Visitor

# Notes every text that a state line shows, in order, so that none is missed between two looks.
RECORD_STATES = """
window.states = {};
new MutationObserver(() => {
  for (const row of document.querySelectorAll("#rows .row")) {
    const name = row.querySelector(".row-name").textContent;
    const words = row.querySelector("[data-state]").textContent;
    const seen = (window.states[name] ??= []);
    if (words && seen.at(-1) !== words) seen.push(words);
  }
}).observe(document.getElementById("rows"), { subtree: true, childList: true, characterData: true });
"""
TRUNCATED = "Rejected: This file is incomplete: its end is missing."
NO_IMAGE = "Rejected: This is not a JPEG, PNG, WebP, GIF, AVIF or HEIC image, whatever its name says."


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two good pictures, one cut in half, and one text with a picture's name."""
    contents = {
        "lake.jpg": landscape(1),
        "hills.jpg": landscape(6),
        "half.jpg": landscape(4)[:60_000],
        "letter.jpg": b"Dear diary, this is no picture at all.\n" * 40,
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in contents]


def sign_up(visitor: Visitor) -> str:
    """From the welcome page to a verified account; returns its name."""
    name, page = unused_name(), visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your images, on terms people can read")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    page.get_by_label("Code").fill(code_in_mailbox(visitor, name))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your address is verified. Log in to start.")).to_be_visible()
    return name


def code_in_mailbox(visitor: Visitor, name: str) -> str:
    """Look at the mailbox in another tab, as a person would."""
    tab = visitor.page.context.new_page()
    tab.goto(f"{visitor.portal.mail_url}/?to={name}@example.com")
    code = tab.locator(".code").first
    expect(code).to_be_visible()
    text = code.inner_text()
    tab.close()
    return text


def row(page: Page, name: str) -> str:
    """The words of an upload's state. Not its inner text, which is empty until a row is rendered."""
    return (page.locator(".row", has_text=name).locator("[data-state]").text_content() or "").strip()


def states(page: Page, name: str) -> list[str]:
    """All states that a row of the upload page has shown, each once, without figures."""
    seen = [
        re.sub(r" \d+%| \(about \d+ ahead\)", "", words) for words in page.evaluate("window.states")[name]
    ]
    return list(dict.fromkeys(seen))


def test_a_new_user_signs_up_uploads_finds_downloads_and_logs_out(
    visitor: Visitor, files: list[Path], photographer: Person
) -> None:
    page = visitor.page
    name = sign_up(visitor)

    # A protected page leads to the log-in page and from there on to where the person was going.
    visitor.log_in(name, path="/upload")
    assert visitor.path() == "/upload"

    # The uploader shows each file's way, live.
    visitor.watch.expected.append("415")  # the browser notes on its console that the text was refused
    page.evaluate(RECORD_STATES)
    page.get_by_label("Licence").select_option("cc-by")
    page.get_by_label("Caption and hashtags").fill("Out and about #walk")
    page.locator("#file").set_input_files(files)
    assert [row(page, file.name) for file in files] == ["Waiting"] * 4
    page.get_by_role("button", name="Upload 4 images").click()
    expect(page.locator("#summary-text")).to_have_text("2 published, 2 failed")
    for good in ("lake.jpg", "hills.jpg"):
        way = states(page, good)
        assert way[:3] == ["Waiting", "Uploading", "Uploaded, in queue"]
        assert way[-1] == "Published"
        assert set(way[3:-1]) <= {"Checking image"}
    assert states(page, "half.jpg")[-1] == TRUNCATED
    assert states(page, "letter.jpg")[-1] == NO_IMAGE

    # «My uploads» tells the same after the page was left.
    page.get_by_role("link", name="My uploads").first.click()
    page.wait_for_url("**/uploads")
    assert [row(page, file) for file in ("lake.jpg", "half.jpg")] == ["Published", TRUNCATED]

    # The feed shows the pictures first; the image page answers what may be done.
    page.get_by_role("link", name="Image Portal, start page").click()
    first = page.locator("#grid > li").first
    expect(first.get_by_role("link", name=name)).to_be_visible()
    expect(first.locator("img")).to_have_js_property("complete", True)
    assert first.locator("img").evaluate("image => image.naturalWidth") > 0
    newest = first.locator("img").get_attribute("alt")
    assert newest == "Out and about #walk"
    first.locator("a").first.click()
    page.get_by_role("link", name="Open its page").click()
    expect(page.locator(".answers li")).to_have_text(
        ["Commercial use is fine", "You may change it", "You must credit the owner"]
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Download original").click()
    sent = {hashlib.sha256(file.read_bytes()).hexdigest() for file in files[:2]}
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() in sent
    assert download.value.suggested_filename in ("lake.jpg", "hills.jpg")

    # Search by hashtag, then for commercial use alone.
    page.get_by_role("link", name="#walk").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 images for “#walk”")
    page.get_by_role("combobox", name="Search images").fill("#night")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("for “#night”")
    before = page.locator("#grid > li").count()
    page.get_by_role("link", name="Commercial", exact=True).click()
    expect(page.get_by_role("link", name="Remove filter: Commercial use")).to_be_visible()
    assert 0 < page.locator("#grid > li").count() < before

    # Profile, and out again.
    page.get_by_label(f"Your menu, {name}").click()
    page.get_by_role("link", name="Profile").click()
    page.wait_for_url(f"**/home/user/{name}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("2 images · joined")).to_be_visible()
    page.get_by_label(f"Your menu, {name}").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your images, on terms people can read")
    visitor.open("/uploads")
    assert visitor.path() == "/login?next=/uploads"


def test_uploading_works_without_javascript(visit: Visit, files: list[Path], member: Person) -> None:
    visitor = visit(java_script_enabled=False)
    page = visitor.log_in(member.username, path="/upload")
    page.locator("#file").set_input_files(files)
    page.get_by_label("Licence").select_option("cc0")
    page.get_by_label("Caption and hashtags").fill("Plain forms #plain")
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url("**/uploads")
    expect(page.get_by_text("3 files are uploaded, 1 could not be taken.")).to_be_visible()
    expect(page.get_by_text("letter.jpg: This is not a JPEG")).to_be_visible()

    def finished() -> bool:
        page.reload()
        return page.locator("[data-unfinished]").count() == 0

    wait_until(finished, 30, "nothing is in progress")
    assert [row(page, name) for name in ("lake.jpg", "hills.jpg", "half.jpg")] == [
        "Published",
        "Published",
        TRUNCATED,
    ]
    visitor.open("/search?q=%23plain&commercial=1&user=" + member.username)
    expect(page.locator("#grid > li")).to_have_count(2)


def test_my_uploads_renews_itself_until_all_is_finished(
    visitor: Visitor, files: list[Path], member: Person
) -> None:
    page = visitor.log_in(member.username, path="/uploads")
    expect(page.get_by_role("heading", name="You have not uploaded anything yet")).to_be_visible()
    member.upload(files[0].read_bytes(), "lake.jpg")
    page.reload()
    expect(page.locator(".row", has_text="lake.jpg").locator("[data-state]")).to_have_text("Published")
    assert page.get_by_role("link", name="View lake.jpg").is_visible()

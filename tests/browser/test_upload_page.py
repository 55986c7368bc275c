"""Choosing files and starting a batch: what is refused before it is sent, and a page that keeps still."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from local.drive.landscapes import landscape
from local.drive.people import Person
from tests.browser.conftest import SCHEMES, Visit, Visitor, faults_of_accessibility

LONG_NAME = f"{'a long afternoon in the rain at the sea ' * 6}(final).jpg"
TIFF = b"II*\0" + bytes(2000)


def picture(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes, however large its sides are."""
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of pictures, some of which can't be taken, and of what people's folders hold besides."""
    contents = {
        "lake.jpg": landscape(1, 0.3),
        "hills.jpg": landscape(6, 0.3),
        LONG_NAME: landscape(4, 0.3),
        "wall.png": picture(9000, 7000),
        "scan.tiff": TIFF,
        "renamed.jpg": TIFF,
        "notes.txt": b"milk, bread",
        "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(100),
        ".hidden.jpg": landscape(1, 0.1),
    }
    (tmp_path / "trip" / "day 2").mkdir(parents=True)
    for name, data in contents.items():
        (tmp_path / "trip" / name).write_bytes(data)
    (tmp_path / "trip" / "day 2" / "dawn.jpg").write_bytes(landscape(2, 0.3))
    return tmp_path / "trip"


def choose(page: Page, *paths: Path) -> None:
    page.locator("#file").set_input_files(paths)


def state(page: Page, name: str) -> str:
    return page.locator(".row", has=page.get_by_text(name, exact=True)).locator("[data-state]").inner_text()


def expect_state(page: Page, name: str, words: str) -> None:
    line = page.locator(".row", has=page.get_by_text(name, exact=True)).locator("[data-state]")
    expect(line).to_have_text(words)


def test_what_can_not_be_taken_is_told_before_it_is_sent(
    visitor: Visitor, files: Path, member: Person
) -> None:
    page = visitor.log_in(member.username, path="/upload")
    sent: list[Request] = []
    page.on(
        "request", lambda request: sent.append(request) if request.url.endswith("/api/v1/images") else None
    )
    names = ("wall.png", "scan.tiff", "renamed.jpg")
    choose(page, *(files / name for name in (*names, "notes.txt")))
    save_as = "pictures can't be taken yet. Save this one as JPEG and send that."
    expect_state(page, "wall.png", "Rejected: This image has more pixels than the portal accepts.")
    expect(page.locator(".row", has_text="wall.png").locator(".row-info")).to_contain_text("9000 × 7000")
    expect_state(page, "renamed.jpg", f"Rejected: TIFF {save_as}")
    expect_state(page, "scan.tiff", f"Rejected: TIFF {save_as}")
    expect_state(
        page,
        "notes.txt",
        "Rejected: This is not a JPEG, PNG, WebP, GIF, AVIF or HEIC image, whatever its name says.",
    )
    expect(page.locator("#start")).to_be_hidden()
    assert not sent


def test_the_server_says_of_a_tiff_what_the_page_says(visit: Visit, files: Path, member: Person) -> None:
    visitor = visit(java_script_enabled=False)
    visitor.watch.expected.append("415")
    page = visitor.log_in(member.username, path="/upload")
    choose(page, files / "scan.tiff")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator("#file-error")).to_have_text(
        "scan.tiff: TIFF pictures can't be taken yet. Save this one as JPEG and send that."
    )


def test_a_file_with_too_many_pixels_below_the_fold_is_not_sent_either(
    visitor: Visitor, files: Path, member: Person
) -> None:
    page = visitor.log_in(member.username, path="/upload")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    many = [files / "lake.jpg"] * 14 + [files / "wall.png"]
    choose(page, *many)
    expect_state(page, "wall.png", "Waiting")
    page.locator("#start").click()
    expect_state(page, "wall.png", "Rejected: This image has more pixels than the portal accepts.")
    expect(page.locator("#summary-text")).to_have_text("14 published, 1 failed", timeout=60_000)
    assert len([url for url in sent if url.endswith("/api/v1/images")]) == 14


def test_a_folder_gives_its_pictures_and_leaves_the_rest(
    visitor: Visitor, files: Path, member: Person
) -> None:
    page = visitor.log_in(member.username, path="/upload")
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Choose a folder").click()
    chooser.value.set_files(files)
    expect(page.locator(".row")).to_have_count(7)
    assert state(page, "dawn.jpg") == "Waiting"
    expect(page.locator("#left-out")).to_have_text("3 files of the folder left out: not pictures.")


def test_nothing_slides_under_the_pointer_that_has_started_a_batch(
    visitor: Visitor, files: Path, member: Person
) -> None:
    page = visitor.log_in(member.username, path="/upload")
    choose(page, files / "scan.tiff", files / "lake.jpg", files / "hills.jpg")
    expect(page.locator("#only-problems")).to_be_visible()
    place = page.locator("#start").bounding_box()
    assert place
    page.locator("#start").dblclick()
    below = "([x, y]) => document.elementFromPoint(x, y).closest('button, a, label')?.textContent ?? ''"
    for words in ("in progress", "2 published, 1 failed"):
        expect(page.locator("#summary-text")).to_contain_text(words)
        for across in (0.1, 0.5, 0.9):
            point = [place["x"] + across * place["width"], place["y"] + place["height"] / 2]
            assert page.evaluate(below, point) == ""
    expect(page.locator("#only-problems")).to_have_attribute("aria-pressed", "false")
    assert len(member.images(user=member.username)) == 2


def test_the_caption_for_all_files_goes_with_one_batch(visitor: Visitor, files: Path, member: Person) -> None:
    page = visitor.log_in(member.username, path="/upload")
    page.get_by_label("Licence").select_option("cc-by")
    page.get_by_label("Caption and hashtags").fill("Monday #stroll")
    choose(page, files / "lake.jpg")
    page.locator("#start").click()
    expect(page.get_by_label("Caption and hashtags")).to_have_value("")
    expect(page.locator("#summary-text")).to_have_text("Your image is published")
    choose(page, files / "hills.jpg")
    page.locator("#start").click()
    expect(page.locator("#summary-text")).to_have_text("All 2 images are published")
    images = member.images(user=member.username)
    assert [(image["caption"], image["licence"]) for image in images] == [
        ("", "cc-by"),
        ("Monday #stroll", "cc-by"),
    ]


def test_view_opens_beside_the_rows(visitor: Visitor, files: Path, member: Person) -> None:
    page = visitor.log_in(member.username, path="/upload")
    choose(page, files / "lake.jpg")
    page.locator("#start").click()
    with page.context.expect_page() as tab:
        page.get_by_role("link", name="View lake.jpg").click()
    expect(tab.value.get_by_role("link", name="Download original")).to_be_visible()
    expect(page.locator(".row")).to_have_count(1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_phone_shows_the_rows_at_once_and_speaks_of_choosing(
    visit: Visit, files: Path, member: Person, scheme: str
) -> None:
    visitor = visit(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, color_scheme=scheme
    )
    page = visitor.log_in(member.username, path="/upload")
    words = page.locator("#drop").inner_text()
    assert "Choose images" in words
    assert not [word for word in ("Drop", "paste", "folder") if word in words]
    choose(page, files / LONG_NAME, files / "scan.tiff", files / "lake.jpg")
    second = page.locator(".row").nth(1).bounding_box()
    assert second
    assert second["y"] + second["height"] < 844, "rows are in sight without scrolling"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_label("Caption and hashtags")).to_be_hidden()
    page.get_by_role("button", name="Change for all files").click()
    page.get_by_label("Caption and hashtags").fill("At the sea")
    page.get_by_role("button", name="Done for all files").click()
    expect(page.locator("#side-summary")).to_have_text("All rights reserved · At the sea")
    assert faults_of_accessibility(page) == []


def test_what_is_taken_back_elsewhere_while_it_waits_is_said(
    visitor: Visitor, files: Path, member: Person
) -> None:
    visitor.log_in(member.username)
    page = visitor.open("/upload")

    def gone(route: Route) -> None:
        answer = route.fetch()
        items = [item | {"status": "taken_back"} for item in answer.json()["items"]]
        route.fulfill(response=answer, json={"items": items, "next_cursor": None})

    page.route("**/api/v1/uploads?ids=*", gone)
    choose(page, files / "lake.jpg")
    page.locator("#start").click()
    expect_state(page, "lake.jpg", "Taken back")
    page.get_by_role("button", name="Remove lake.jpg").click()
    expect(page.locator(".row")).to_have_count(0)

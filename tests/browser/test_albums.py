"""Albums as a person makes, fills and arranges them: by pointer, by keyboard, and without scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility

COUNT = 5


@pytest.fixture
def ann(portal: PortalProcess) -> Person:
    """Somebody with five images, «Boat 0» to «Boat 4»."""
    person = new_person(portal)
    for number in range(COUNT):
        person.publish(landscape(number, 0.2), f"{number}.jpg", caption=f"Boat {number}")
    return person


def kept(person: Person, album: str) -> list[int]:
    """The order as the portal has it, by the numbers of the captions."""
    items = person.get(f"/albums/{album}/images", limit=100)["items"]
    return [int(image["caption"].rsplit(" ", 1)[1]) for image in items]


def shown(page: Page) -> list[int]:
    names = page.locator(".place > img").evaluate_all("images => images.map(image => image.alt)")
    return [int(name.rsplit(" ", 1)[1]) for name in names]


def pull(page: Page, image: Locator, onto: Locator, *, right: bool) -> None:
    """Drag with a mouse, in steps as a hand does."""
    start, end = image.bounding_box(), onto.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] * (0.8 if right else 0.2), end["y"] + 60, steps=8)
    page.mouse.up()


def test_from_a_selection_to_an_album_in_an_order_of_ones_own(ann: Person, visit: Visit) -> None:
    visitor = visit()
    page = visitor.log_in(ann.username, PASSWORD)
    # Given images that are picked all at once
    visitor.open(f"/home/user/{ann.username}/select")
    page.get_by_role("button", name="Pick all shown").click()
    page.get_by_label("Add to an album").fill("Boats")
    page.get_by_role("button", name="Apply to picked images").click()
    # Then they are an album
    expect(page.get_by_role("heading", name="Boats")).to_be_visible()
    expect(page.get_by_text("5 images are new in this album.")).to_be_visible()
    album = page.url.rsplit("/", 1)[1]
    assert kept(ann, album) == [0, 1, 2, 3, 4]
    page.get_by_role("link", name="Arrange").click()
    expect(page.get_by_role("heading", name="Arrange")).to_be_visible()
    assert faults_of_accessibility(page) == []

    # When one is moved by the arrow keys on its handle
    handle = page.get_by_role("button", name="Move Boat 3", exact=True)
    handle.focus()
    with page.expect_response("**/order"):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#status")).to_have_text("Place 3 of 5.")
    expect(handle).to_be_focused()
    with page.expect_response("**/order"):
        page.keyboard.press("Home")
    assert shown(page) == kept(ann, album) == [3, 0, 1, 2, 4]
    # By its buttons
    with page.expect_response("**/order"):
        page.get_by_role("group", name="Boat 3").get_by_role("button", name="To the end").click()
    assert shown(page) == kept(ann, album) == [0, 1, 2, 4, 3]
    # And dragged
    images = page.locator(".place > img")
    with page.expect_response("**/order"):
        pull(page, images.nth(3), images.nth(0), right=False)
    assert shown(page) == kept(ann, album) == [4, 0, 1, 2, 3]
    # Escape leaves it where it was
    box = images.nth(0).bounding_box()
    assert box
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 50, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert shown(page) == [4, 0, 1, 2, 3]

    # What the portal does not take is put back, and said
    page.route("**/order", lambda route: route.abort())
    visitor.watch.expected.append("ERR_FAILED")
    handle.focus()
    page.keyboard.press("Home")
    expect(page.locator("#alert")).to_contain_text("Not moved.")
    assert shown(page) == [4, 0, 1, 2, 3]
    page.unroute("**/order")

    # Cover and removal are the page's own buttons
    page.get_by_role("button", name="Cover: Boat 2").click()
    expect(page.get_by_text("The image is the album's cover.")).to_be_visible()
    page.get_by_role("button", name="Remove Boat 1 from the album").click()
    expect(page.get_by_text("no longer in this album")).to_be_visible()
    assert kept(ann, album) == [4, 0, 2, 3]
    page.get_by_role("link", name="Done").click()
    expect(page.locator("#grid > li")).to_have_count(4)
    visitor.open(f"/home/user/{ann.username}/albums")
    expect(page.get_by_role("link", name="Boats 4 images")).to_be_visible()


def test_without_scripts_an_album_is_made_filled_arranged_and_deleted(ann: Person, visit: Visit) -> None:
    visitor = visit(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = visitor.log_in(ann.username, PASSWORD)
    visitor.open(f"/home/user/{ann.username}/albums")
    page.get_by_role("link", name="New album").click()
    page.get_by_label("Title").fill("Rafts")
    page.get_by_role("button", name="Make the album").click()
    expect(page.get_by_role("heading", name="Nothing in it yet")).to_be_visible()
    album = page.url.rsplit("/", 1)[1]
    page.get_by_role("link", name="Pick images").click()
    expect(page.get_by_label("Add to an album")).to_have_value("Rafts")
    for name in ("Boat 0", "Boat 2"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Apply to picked images").click()
    page.get_by_role("link", name="Arrange").click()
    page.get_by_role("group", name="Boat 2").get_by_role("button", name="Earlier").click()
    assert kept(ann, album) == [2, 0]
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the album").click()
    expect(page.get_by_text("The album is deleted.")).to_be_visible()
    assert len(ann.images(user=ann.username)) == COUNT


def test_a_finger_drags_by_the_handle_what_the_upload_page_put_into_an_album(
    portal: PortalProcess, visit: Visit, tmp_path: Path
) -> None:
    ann = new_person(portal)
    visitor = visit(viewport={"width": 360, "height": 900}, is_mobile=True, has_touch=True)
    page = visitor.log_in(ann.username, PASSWORD)
    # Given three images that the upload page has put into an album
    visitor.open("/upload?album=Boats")
    expect(page.locator("#side-summary")).to_contain_text("Boats")
    names = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, name in enumerate(names):
        name.write_bytes(landscape(number, 0.2))
    page.locator("#file").set_input_files(names)
    page.locator("#start").click()
    expect(page.locator("#rows [data-state]").filter(has_text="Published")).to_have_count(3, timeout=30_000)
    [album] = ann.get("/albums")["items"]
    before = [image["id"] for image in ann.get(f"/albums/{album['id']}/images")["items"]]
    assert (album["title"], len(before)) == ("Boats", 3)
    # When a finger takes the last one's handle to the first one's place
    visitor.open(f"/album/{album['id']}/arrange")
    start = page.locator("[data-grip]").nth(2).bounding_box()
    end = page.locator(".place").nth(0).bounding_box()
    assert start
    assert end
    finger = page.context.new_cdp_session(page)
    x, y = start["x"] + 20, start["y"] + 20
    steps = [(x + (end["x"] + 20 - x) * n / 6, y + (end["y"] + 60 - y) * n / 6) for n in range(7)]
    with page.expect_response("**/order"):
        for n, (left, top) in enumerate(steps):
            kind = "touchMove" if n else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left, "y": top}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    # Then it is there, on the page and for everybody
    after = [image["id"] for image in ann.get(f"/albums/{album['id']}/images")["items"]]
    assert after == [before[2], before[0], before[1]]
    shown_ids = page.locator(".place").evaluate_all("places => places.map(place => place.dataset.id)")
    assert shown_ids == after

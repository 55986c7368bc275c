"""Newer images are announced above the feed, and shown when somebody wants to."""

from playwright.sync_api import expect

from local.drive.landscapes import landscape
from local.drive.people import Person, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, faults_of_accessibility


def test_newer_images_wait_above_the_feed(visit: Visit, photographer: Person, portal: PortalProcess) -> None:
    ann = new_person(portal)
    visitor = visit(fresh=True)  # its clock is not given back
    page = visitor.log_in(ann.username)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/newer-images" in request.url else None)
    visitor.open("/")
    seen = page.locator("#grid > .tile").first.get_attribute("id")
    first = ann.publish(landscape(5, 0.2), caption="Newer boat")["id"]
    page.clock.fast_forward(29_000)
    assert asked == []
    with page.expect_response("**/newer-images*"):
        page.clock.fast_forward(32_000)
    button = page.get_by_role("link", name="1 new image")
    expect(button).to_be_visible()
    assert page.locator("#grid > .tile").first.get_attribute("id") == seen, "nothing moves by itself"
    assert faults_of_accessibility(page) == []
    button.click()
    expect(page.locator("#grid > .tile").first).to_have_attribute("id", f"t-{first}")
    expect(page.locator("#grid > .tile > a").first).to_be_focused()
    expect(page.locator(f"#{seen}")).to_be_attached()
    expect(button).to_be_hidden()
    assert visitor.path() == "/"
    page.context.set_offline(True)
    before = len(asked)
    page.clock.fast_forward(300_000)
    assert len(asked) == before, "offline it rests"

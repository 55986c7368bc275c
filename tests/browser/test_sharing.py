"""Links as people use them: the owner makes one, a stranger opens it on a telephone; passwords; the end of a link."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page, expect

from local.drive.landscapes import landscape
from local.drive.people import Person, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit, Visitor, faults_of_accessibility

TELEPHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


def share(owner: Visitor, person: Person, image_id: str, password: str = "") -> str:
    """The path of a new link to an image, made on the page."""
    page = owner.page
    owner.log_in(person.username)
    owner.open(f"/image/{image_id}")
    page.get_by_role("link", name="Share").click()
    expect(page.get_by_role("heading", name="Share this image")).to_be_visible()
    page.get_by_label("It is good").select_option("For a week")
    if password:
        page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Make link").click()
    expect(page.get_by_text("The link is ready.")).to_be_visible()
    assert faults_of_accessibility(page) == []
    return page.locator("code").first.inner_text().removeprefix(owner.portal.url)


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """The address of a page that is none of the portal's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def shown(page: Page) -> bool:
    """Whether the picture itself has arrived."""
    return bool(
        page.locator(".stage img").evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    )


def test_a_stranger_opens_a_link_on_a_telephone_until_it_is_revoked(
    portal: PortalProcess, visit: Visit
) -> None:
    ann = new_person(portal)
    image_id = ann.publish(landscape(2, 0.3), caption="The harbour at dawn #sea", licence="cc-by")["id"]
    owner, stranger = visit(permissions=["clipboard-read", "clipboard-write"]), visit(**TELEPHONE)
    path = share(owner, ann, image_id)
    owner.page.get_by_role("button", name=re.compile("Copy the link")).first.click()
    expect(owner.page.locator("#status")).to_have_text("Copied")
    assert owner.page.evaluate("navigator.clipboard.readText()") == portal.url + path

    page = stranger.open(path)
    expect(page.get_by_text("The harbour at dawn #sea", exact=True)).to_be_visible()
    assert shown(page)
    expect(page.get_by_role("link", name="Attribution 4.0")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults_of_accessibility(page) == []
    page.get_by_text("Credit and HTML to copy").click()
    frame = page.locator("pre", has_text="<iframe").inner_text()
    page.get_by_role("link", name="Log in to download the original").click()
    expect(page).to_have_url(f"{portal.url}/login?next=/image/{image_id}")
    page.go_back()

    elsewhere = visit()
    with another_site(f"<!doctype html><title>A blog</title>{frame}") as url:
        elsewhere.page.goto(url)
        framed = elsewhere.page.frame_locator("iframe")
        expect(framed.get_by_role("link", name=re.compile("The harbour at dawn")).last).to_be_visible()
        expect(framed.get_by_text(f"by {ann.username}")).to_be_visible()

    owner.open("/shares")
    expect(owner.page.get_by_text(re.compile("[234] views"))).to_be_visible()
    owner.page.get_by_text(re.compile("^Revoke")).first.click()
    owner.page.get_by_role("button", name="Revoke this link").click()
    expect(owner.page.get_by_text("The link is revoked.")).to_be_visible()
    stranger.watch.expected.append("410")
    page.reload()
    expect(page.get_by_role("heading", name="This link has ended")).to_be_visible()
    expect(page.get_by_text("The harbour")).to_have_count(0)


def test_a_password_opens_a_link_without_scripts(portal: PortalProcess, visit: Visit) -> None:
    ann = new_person(portal)
    image_id = ann.publish(landscape(3, 0.3), caption="A quiet lake", licence="all-rights-reserved")["id"]
    path = share(visit(), ann, image_id, "low tide")
    stranger = visit(java_script_enabled=False, **TELEPHONE)
    page = stranger.open(path)
    expect(page.get_by_role("heading", name="This link has a password")).to_be_visible()
    stranger.watch.expected.append("403")
    page.get_by_label("Password of the link").fill("high tide")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("link", name="This is not the password of this link.")).to_be_visible()
    page.get_by_label("Password of the link").fill("low tide")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("A quiet lake", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("ownload"))).to_have_count(0)
    page.reload()
    expect(page.get_by_text("A quiet lake", exact=True)).to_be_visible()

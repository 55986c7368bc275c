"""What a person has chosen and not yet sent is not lost: offline, logged out, reloaded."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, Route, expect

from local.drive.landscapes import landscape
from local.drive.people import PASSWORD, Person
from local.drive.waiting import wait_until
from tests.browser.conftest import Visit, Visitor, faults_of_accessibility
from tests.browser.test_sessions import end_session

UPLOADS = "**/api/v1/images"
REFUSE_INDEXED_DB = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Four pictures: one more than are sent at once."""
    paths = [tmp_path / f"scene {number}.jpg" for number in range(4)]
    for number, path in enumerate(paths):
        path.write_bytes(landscape(number, 0.3))
    return paths


class Gate:
    """Holds uploads on their way to the server until a test lets them go, and notes the key of each file."""

    def __init__(self, page: Page) -> None:
        self.keys: dict[str, set[str]] = {}
        self.held: list[Route] = []
        self._open = False
        self._page = page
        page.route(UPLOADS, self._arrived)

    def _arrived(self, route: Route) -> None:
        body = route.request.post_data_buffer or b""
        name = body.partition(b'filename="')[2].partition(b'"')[0].decode()
        self.keys.setdefault(name, set()).add(route.request.headers["idempotency-key"])
        if self._open:
            route.continue_()
        else:
            self.held.append(route)

    def wait_for(self, count: int) -> None:
        """Until so many uploads are held."""
        wait_until(
            lambda: self._page.evaluate("true") and len(self.held) >= count, 20, f"{count} uploads are held"
        )

    def open(self) -> None:
        """Let all go, those to come too."""
        self._open = True
        while self.held:
            self.held.pop().continue_()


@pytest.fixture
def page(visitor: Visitor, member: Person) -> Page:
    """The upload page of somebody new."""
    return visitor.log_in(member.username, path="/upload")


class Warnings:
    """Warnings before a page is left; each is answered, with «leave» unless told otherwise."""

    def __init__(self, page: Page, answer: Callable[[Dialog], None] = Dialog.accept) -> None:
        self.seen: list[str] = []
        self._answer = answer
        page.on("dialog", self._asked)

    def _asked(self, dialog: Dialog) -> None:
        self.seen.append(dialog.type)
        self._answer(dialog)


@pytest.fixture
def warnings(page: Page) -> Warnings:
    """Those of the upload page."""
    return Warnings(page)


def start(page: Page, files: list[Path]) -> None:
    page.locator("#file").set_input_files(files)
    page.locator("#start").click()


def states(page: Page) -> list[str]:
    return page.locator(".row [data-state]").all_inner_texts()


def wait_until_kept(page: Page, count: int) -> None:
    """Until this browser keeps so many files."""
    ask = """() => new Promise((resolve) => {
      indexedDB.open("unsent-uploads", 1).onsuccess = ({ target }) => {
        const count = target.result.transaction("files").objectStore("files").count();
        count.onsuccess = () => { target.result.close(); resolve(count.result); };
      };
    })"""
    wait_until(lambda: page.evaluate(ask) == count, 20, f"{count} files are kept")


def expect_all_published(page: Page, member: Person, count: int) -> None:
    expect(page.locator("#summary-text")).to_have_text(f"All {count} images are published")
    assert len(member.images(user=member.username)) == count, "nothing is doubled"


def test_files_pause_while_offline_and_go_on_at_once_afterwards(
    visitor: Visitor, page: Page, files: list[Path], member: Person
) -> None:
    visitor.watch.expected.append("ERR_INTERNET_DISCONNECTED")
    gate = Gate(page)
    start(page, files)
    gate.wait_for(3)
    page.context.set_offline(True)
    while gate.held:
        gate.held.pop().abort("internetdisconnected")
    expect(page.locator(".state-paused")).to_have_count(4)
    assert states(page) == ["Paused while offline"] * 4
    expect(page.locator("#hold")).to_contain_text("You are offline.")
    expect(page.locator("#summary-text")).to_have_text("0 of 4 published · 4 paused")
    assert faults_of_accessibility(page) == []
    gate.open()
    page.context.set_offline(False)
    expect(page.locator("#hold")).to_be_hidden()
    expect_all_published(page, member, 4)
    assert {len(keys) for keys in gate.keys.values()} == {1}


def test_files_pause_while_the_portal_can_not_be_reached_and_go_on_by_themselves(
    visitor: Visitor, page: Page, files: list[Path], member: Person
) -> None:
    # Given a network that says it is there, and a portal that does not answer
    visitor.watch.expected.append("ERR_CONNECTION_REFUSED")
    page.route("**/*", lambda route: route.abort("connectionrefused"))
    start(page, files)
    expect(page.locator(".state-paused")).to_have_count(4)
    assert states(page) == ["Paused: the portal can’t be reached"] * 4
    # When it is back, nobody has to do anything
    page.unroute("**/*")
    expect_all_published(page, member, 4)


def test_failed_files_can_be_retried_while_others_move(
    visitor: Visitor, page: Page, files: list[Path], member: Person
) -> None:
    visitor.watch.expected.append("403")
    gate = Gate(page)
    start(page, files[:2])
    gate.wait_for(2)
    gate.held.pop(0).fulfill(status=403, json={"detail": "Not now."})
    expect(page.locator(".state-failed")).to_have_text("Failed: Not now.")
    page.get_by_role("button", name="Retry 1 failed").click()
    gate.wait_for(2)
    gate.open()
    expect_all_published(page, member, 2)


def test_a_session_that_ends_in_mid_batch_is_renewed_on_the_page(
    visitor: Visitor, page: Page, files: list[Path], member: Person
) -> None:
    visitor.watch.expected.append("401")
    gate = Gate(page)
    start(page, files)
    gate.wait_for(3)
    end_session(visitor)
    gate.open()
    dialog = page.get_by_role("dialog", name="Log in to go on")
    expect(dialog).to_be_visible()
    expect(page.locator(".state-paused")).to_have_count(4)
    assert faults_of_accessibility(page) == []
    # A wrong password is told; «Later» leaves a way back.
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    dialog.get_by_label("Password", exact=True).fill("Wrong-password-1")
    dialog.get_by_role("button", name="Log in", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("User name or password is wrong.")
    dialog.get_by_role("button", name="Later").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#hold")).to_contain_text("Your session has ended.")
    page.locator("#hold-act").click()
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect_all_published(page, member, 4)
    assert {len(keys) for keys in gate.keys.values()} == {1}
    assert visitor.path() == "/upload"


def test_a_log_in_in_another_tab_is_noticed(
    visitor: Visitor, page: Page, files: list[Path], member: Person
) -> None:
    visitor.watch.expected.append("401")
    end_session(visitor)
    start(page, files)
    expect(page.locator(".state-paused")).to_have_count(4)
    with page.context.expect_page() as tab:
        page.get_by_role("link", name="log in in a new tab").click()
    tab.value.get_by_label("Username").fill(member.username)
    tab.value.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.value.get_by_role("button", name="Log in", exact=True).click()
    tab.value.wait_for_url(f"{visitor.portal.url}/")
    tab.value.close()
    page.evaluate(
        "dispatchEvent(new Event('focus'))"
    )  # without a screen, a tab gets none by being in front again
    expect_all_published(page, member, 4)


def test_files_are_not_sent_in_somebody_elses_name(
    visitor: Visitor, page: Page, files: list[Path], member: Person, photographer: Person
) -> None:
    visitor.watch.expected.append("400")
    tab = page.context.new_page()
    tab.goto(f"{visitor.portal.url}/")
    tab.get_by_label(f"Your menu, {member.username}").click()
    tab.get_by_role("button", name="Log out").click()
    tab.goto(f"{visitor.portal.url}/login")
    tab.get_by_label("Username").fill(photographer.username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Log in", exact=True).click()
    tab.wait_for_url(f"{visitor.portal.url}/")
    start(page, files[:1])
    dialog = page.get_by_role("dialog", name="Log in to go on")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Log in", exact=True).click()
    expect(page.locator("#summary-text")).to_have_text("Your image is published")
    assert len(member.images(user=member.username)) == 1


def test_rows_captions_and_files_outlive_a_reload(
    visitor: Visitor, page: Page, files: list[Path], member: Person, warnings: Warnings
) -> None:
    visitor.watch.expected.append("never had a user gesture")  # then browsers don't warn before leaving
    page.locator("#file").set_input_files(files)
    page.locator(".row-caption summary").nth(1).click()
    page.get_by_label("Caption of scene 1.jpg").fill("Its own words")
    page.get_by_label("Licence").select_option("cc0")
    page.get_by_label("Caption and hashtags").fill("For all")
    wait_until_kept(page, 4)
    for _ in range(5):  # again before all are noted as the new page's
        page.reload()
        expect(page.locator(".row")).to_have_count(4)
    assert warnings.seen == ["beforeunload"] * 5
    visitor.open("/licences")
    visitor.open("/upload")
    page.go_back()
    page.go_back()
    expect(page.locator(".row")).to_have_count(4)
    assert page.locator(".row-name").all_inner_texts() == [file.name for file in files]
    assert states(page) == ["Waiting"] * 4
    expect(page.get_by_label("Caption of scene 1.jpg")).to_have_value("Its own words")
    expect(page.get_by_label("Caption and hashtags")).to_have_value("For all")
    page.locator("#start").click()
    expect_all_published(page, member, 4)
    captions = sorted(image["caption"] for image in member.images(user=member.username))
    assert captions == ["For all"] * 3 + ["Its own words\nFor all"]
    # Nothing is kept of what the portal has, and nothing warns.
    warnings.seen.clear()
    page.reload()
    expect(page.locator("#drop")).to_be_visible()
    expect(page.locator(".row")).to_have_count(0)
    assert warnings.seen == []
    wait_until_kept(page, 0)


def test_a_reload_in_mid_batch_goes_on_with_the_same_keys(
    page: Page, files: list[Path], member: Person, warnings: Warnings
) -> None:
    gate = Gate(page)
    page.get_by_label("Caption and hashtags").fill("For all")
    start(page, files)
    gate.wait_for(3)
    wait_until_kept(page, 4)
    page.reload()
    assert warnings.seen == ["beforeunload"]
    gate.wait_for(6)
    gate.held = gate.held[3:]  # those of the page that is gone
    gate.open()
    expect_all_published(page, member, 4)
    assert {len(keys) for keys in gate.keys.values()} == {1}
    assert {image["caption"] for image in member.images(user=member.username)} == {"For all"}


def test_a_second_tab_leaves_the_rows_of_the_first_alone_until_it_is_gone(
    visitor: Visitor, page: Page, files: list[Path]
) -> None:
    page.locator("#file").set_input_files(files)
    wait_until_kept(page, 4)
    second = page.context.new_page()
    second.goto(f"{visitor.portal.url}/upload")
    second.locator("#file").set_input_files(files[0])
    expect(second.locator(".row")).to_have_count(1)
    wait_until_kept(second, 5)
    page.close()
    second.reload()
    expect(second.locator(".row")).to_have_count(5)


def test_what_was_kept_is_shown_to_its_owner_alone_and_goes_with_logging_out(
    visitor: Visitor, page: Page, files: list[Path], member: Person, photographer: Person, warnings: Warnings
) -> None:
    page.locator("#file").set_input_files(files)
    wait_until_kept(page, 4)
    visitor.open("/licences")
    page.context.clear_cookies()
    visitor.log_in(photographer.username, path="/upload")
    expect(page.locator("#drop")).to_be_visible()
    expect(page.locator(".row")).to_have_count(0)
    page.context.clear_cookies()
    visitor.log_in(member.username, path="/upload")
    expect(page.locator(".row")).to_have_count(4)
    page.get_by_label(f"Your menu, {member.username}").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{visitor.portal.url}/")
    visitor.log_in(member.username, path="/upload")
    expect(page.locator("#drop")).to_be_visible()
    expect(page.locator(".row")).to_have_count(0)
    assert warnings.seen


def test_a_browser_that_keeps_nothing_says_so_and_warns(
    visit: Visit, files: list[Path], member: Person
) -> None:
    visitor = visit()
    visitor.page.add_init_script(REFUSE_INDEXED_DB)
    page = visitor.log_in(member.username, path="/upload")
    warnings = Warnings(page, Dialog.dismiss)
    page.locator("#file").set_input_files(files)
    expect(page.locator("#unkept")).to_have_text(
        "This browser can’t keep these files over a reload. Leave this page open until they are uploaded."
    )
    page.locator("h1").click()  # browsers warn only those who have done something on the page
    page.evaluate("setTimeout(() => location.reload())")
    expect(page.locator(".row")).to_have_count(4)
    page.locator("#start").click()
    expect_all_published(page, member, 4)
    expect(page.locator("#unkept")).to_be_hidden()
    assert warnings.seen == ["beforeunload"]

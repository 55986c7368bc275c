"""A real Chromium against the running portal; every page is watched for errors and for requests to elsewhere."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from local.drive.landscapes import SCENES, landscape
from local.drive.people import PASSWORD, Person, new_person
from local.drive.portal_process import PortalProcess
from tests.support_slice import a_part, is_its_day

CHROMIUM = "chromium-headless-shell"
FLAGS = [
    "--no-sandbox",  # tests run as root in containers, where Chromium's sandbox can't
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--renderer-process-limit=1",  # of each context: starting another costs as much as two pages
]
SCHEMES = a_part(["light", "dark"], 0, 2)
"""What a page that is shown in both is looked at in today."""
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)  # its own 5 s are short where other tests work beside


@dataclass
class Watch:
    """What went wrong on a context's pages. A test that provokes an error names a part of its text in `expected`."""

    expected: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def on(self, context: BrowserContext) -> None:
        """Listen to every page of a context. A violated content security policy is an error on the console."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._request)

    def forget(self) -> None:
        """Begin anew."""
        for noted in (self.expected, self.errors, self.elsewhere):
            noted.clear()

    def unexpected(self) -> list[str]:
        """Errors that no test has announced."""
        return [error for error in self.errors if not any(part in error for part in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname not in ("127.0.0.1", "localhost"):
            self.elsewhere.append(request.url)


@dataclass
class Visitor:
    """A browser of one's own: nothing remembered, every page watched."""

    portal: PortalProcess
    page: Page
    watch: Watch

    def open(self, path: str) -> Page:
        """Go to a path of the portal."""
        self.page.goto(self.portal.url + path)
        return self.page

    def log_in(self, name: str, password: str = PASSWORD, path: str = "") -> Page:
        """Send the log-in form without drawing it, which costs as much as many a test; then go to a path, if any."""
        form, here = self.page.context.request, self.portal.url + "/login"
        token = re.search('name="csrf_token" value="([^"]+)"', form.get(here).text())
        assert token
        said = {"username": name, "password": password, "csrf_token": token[1]}
        answer = form.post(here, form=said, max_redirects=0)
        assert answer.status in (302, 303), answer.text()
        return self.open(path) if path else self.page

    def fill_log_in(self, name: str, password: str = PASSWORD) -> None:
        """Fill and send the log-in form of the page."""
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in", exact=True).click()

    def path(self) -> str:
        """Where the page is, without the host."""
        return self.page.url.removeprefix(self.portal.url)


Visit = Callable[..., Visitor]


def faults_by_axe(page: Page, *rules: str) -> list[str]:
    """What axe finds serious or critical on the page as it is, by all its rules or by these alone."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}  # the others' details cost a third of the time
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page, options=options).response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def faults_of_accessibility(page: Page) -> list[str]:
    """What axe finds, in each test every third day: it costs as much as five pages. Each page as it is first shown
    has test_every_page.py besides."""
    return faults_by_axe(page) if is_its_day(os.environ["PYTEST_CURRENT_TEST"], of=3) else []


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium without its windows, which takes half the CPU, with a new profile."""
    program = shutil.which(CHROMIUM)
    assert program, "Chromium is missing. `python3 -m local.setup browser` installs it."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Contexts:
    """Contexts by their options. What was used and emptied is used again, which takes a third less than a new one."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._emptied: dict[str, list[Visitor]] = {}

    def take(self, portal: PortalProcess, options: dict[str, Any]) -> Visitor:
        """One that remembers nothing, with a page."""
        if emptied := self._emptied.get(repr(options)):
            visitor = emptied.pop()
            context = visitor.page.context
            page = context.new_page()
            devtools = context.new_cdp_session(page)
            devtools.send("Storage.clearDataForOrigin", {"origin": portal.url, "storageTypes": "all"})
            devtools.detach()
            return Visitor(portal, page, visitor.watch)
        return self.new(portal, options)

    def new(self, portal: PortalProcess, options: dict[str, Any]) -> Visitor:
        """One that has just been made."""
        settings: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
        context = self._chromium.new_context(**settings | options)
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch()
        watch.on(context)
        return Visitor(portal, context.new_page(), watch)

    def give_back(self, visitor: Visitor, options: dict[str, Any]) -> None:
        """Its pages are closed. Empty it, but for its storage, which only a page can."""
        context = visitor.page.context
        context.set_offline(False)
        context.clear_cookies()
        visitor.watch.forget()
        self._emptied.setdefault(repr(options), []).append(visitor)


@pytest.fixture(scope="session")
def contexts(chromium: Browser) -> Contexts:
    """Those of the whole session."""
    return Contexts(chromium)


@pytest.fixture
def visit(portal: PortalProcess, contexts: Contexts) -> Iterator[Visit]:
    """Makes visitors; keyword arguments are Playwright's for a new context, or `fresh`: with an empty cache, and gone
    afterwards. At the end nothing may have gone wrong."""
    made: list[tuple[Visitor, dict[str, Any], bool]] = []

    def make(*, fresh: bool = False, **options: Any) -> Visitor:
        visitor = contexts.new(portal, options) if fresh else contexts.take(portal, options)
        made.append((visitor, options, fresh))
        return visitor

    yield make
    for visitor, _, _ in made:
        for page in visitor.page.context.pages:
            page.close()
    errors = [error for visitor, _, _ in made for error in visitor.watch.unexpected()]
    elsewhere = [url for visitor, _, _ in made for url in visitor.watch.elsewhere]
    for visitor, options, fresh in made:
        if fresh:
            visitor.page.context.close()
        else:
            contexts.give_back(visitor, options)
    assert errors == []
    assert elsewhere == []


@pytest.fixture
def visitor(visit: Visit) -> Visitor:
    """A visitor with an ordinary window."""
    return visit()


@pytest.fixture(scope="session")
def photographer(portal: PortalProcess) -> Person:
    """Somebody who has published a dozen pictures, all in an album. Shared: tests only look."""
    person = new_person(portal)

    def publish(number: int) -> None:
        scene = SCENES[number]
        person.publish(
            landscape(number, 0.4),
            f"scene {number}.jpg",
            caption=scene.caption,
            licence=scene.licence,
            album="Landscapes",
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publish, range(len(SCENES))))
    return person


@pytest.fixture
def member(portal: PortalProcess) -> Person:
    """Somebody new, verified, without pictures."""
    return new_person(portal)

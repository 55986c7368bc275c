"""What the pictures of a feed of thirty weigh, all of it scrolled through, as they travel."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Response, expect

from local.drive.landscapes import SCENES, landscape
from local.drive.people import Person, new_person
from local.drive.photos import variant
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import Visit
from tests.support_slice import a_part, its_day

FEED = 30
SCREENS = [
    pytest.param({"viewport": {"width": 1280, "height": 800}}, 900_000, id="desktop"),
    pytest.param(
        {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 2}, 900_000, id="sharp-desktop"
    ),
    pytest.param(
        {
            "viewport": {"width": 390, "height": 844},
            "device_scale_factor": 3,
            "is_mobile": True,
            "has_touch": True,
        },
        500_000,
        id="phone",
    ),
]
LOADED = "picture => picture.complete && picture.naturalWidth > 0"


@pytest.fixture(scope="module")
def thirty(portal: PortalProcess) -> Person:
    """Somebody who has just published thirty pictures of 1500 pixels and more."""
    person = new_person(portal)
    drawn = [landscape(number, 1.2) for number in range(len(SCENES))]
    files = [variant(drawn[number % len(drawn)], number // len(drawn)) for number in range(FEED)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(person.publish, files))
    return person


@its_day(1, of=2)
@pytest.mark.parametrize(("screen", "most"), a_part(SCREENS, 0, 3))
def test_a_feed_of_thirty_loads_few_bytes_of_pictures(
    visit: Visit, thirty: Person, screen: dict[str, object], most: int
) -> None:
    visitor = visit(fresh=True, **screen)
    page = visitor.log_in(thirty.username, path="/licences")  # a page without pictures
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    visitor.open("/")
    pictures = page.locator("#grid img")
    expect(pictures).to_have_count(FEED)
    chosen: set[str] = set()  # near the end the next page comes, with other people's pictures
    for number in range(FEED):
        picture = pictures.nth(number)
        picture.scroll_into_view_if_needed()
        page.wait_for_function(LOADED, arg=picture.element_handle())
        chosen.add(str(picture.evaluate("picture => picture.currentSrc")))
    weights = {a.url: len(a.body()) for a in answers if a.url in chosen}
    assert len(weights) == FEED
    shown = [f"{url.split('/')[4]}: {size}" for url, size in weights.items()]
    assert sum(weights.values()) <= most, (sum(weights.values()), shown)

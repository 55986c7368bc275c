"""Makes docs/screenshot-feed.png: a new portal, three people, twelve drawn landscapes, the feed in Chromium.

Run from the repository root: `python -m docs.make_screenshot`.
"""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from local.drive.landscapes import SCENES, landscape
from local.drive.people import PASSWORD, new_person
from local.drive.portal_process import PortalProcess
from tests.browser.conftest import CHROMIUM, FLAGS

PICTURE = Path(__file__).with_name("screenshot-feed.png")
PEOPLE = ("mira", "jonas.k", "adaeze")
# The order in which the pictures lie well beside each other; the last one is first in the feed.
ORDER = (7, 8, 6, 5, 10, 9, 11, 2, 3, 1, 4, 0)


def main() -> None:
    """Publish, look, and keep what is seen in steps that no eye tells apart but that pack well."""
    with tempfile.TemporaryDirectory(prefix="portal-screenshot-") as directory:
        portal = PortalProcess(Path(directory))
        try:
            portal.start()
            seen = _feed(portal)
        finally:
            portal.stop()
    Image.open(io.BytesIO(seen)).convert("RGB").point(_coarser).save(PICTURE, optimize=True)


def _coarser(level: int) -> int:
    return min(255, round(level / 3) * 3)


def _feed(portal: PortalProcess) -> bytes:
    people = [new_person(portal, name) for name in PEOPLE]
    for turn, number in enumerate(ORDER):
        scene = SCENES[number]
        person = people[turn % len(people)]
        person.publish(landscape(number), f"scene {number}.jpg", caption=scene.caption, licence=scene.licence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which(CHROMIUM), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto(f"{portal.url}/login")
        page.get_by_label("Username").fill(PEOPLE[0])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_load_state("networkidle")
        picture = page.screenshot()
        browser.close()
    return picture


if __name__ == "__main__":
    main()

"""What a moderator hides is nowhere, whichever road leads to it; and back on all of them once it is restored."""

import re

import pytest

from tests.support_memory import Browser
from tests.unit.test_moderation import Scene

pytestmark = pytest.mark.slow


@pytest.fixture
def scene() -> Scene:
    return Scene()


def roads(scene: Scene, album: str, link: str, album_link: str) -> set[str]:
    """Those on which a stranger or Bob meets the image."""
    stranger, name = Browser(scene.world), scene.image
    seen = {
        "album": name in scene.bob.client.get(f"/album/{album}").text,
        "its albums": "Boats" in scene.bob.client.get(f"/image/{name}").text,
        "albums of Ann": "1 image" in scene.bob.client.get("/home/user/ann/albums").text,
        "API's album": name in scene.bob.client.get(f"/api/v1/albums/{album}/images").text,
        "link": stranger.client.get(link).status_code == 200,
        "link's picture": stranger.client.get(f"{link}/image.jpg").status_code == 302,
        "album's link": name in stranger.client.get(album_link).text,
        "album's feed": name in stranger.client.get(f"{album_link}/feed.atom").text,
        "oEmbed": stranger.client.get(f"/oembed?url=http://localhost{link}").status_code == 200,
        "asking": scene.bob.client.get(f"/image/{name}/ask").status_code == 200,
        "reporting": scene.bob.client.get(f"/image/{name}/report").status_code == 200,
        "download": scene.bob.client.get(f"/image/{name}/download").status_code in (302, 303),
    }
    return {road for road, met in seen.items() if met}


def path_of(answer: tuple[int, dict[str, object]]) -> str:
    assert answer[0] == 201
    return re.sub(r"^https?://[^/]+", "", str(answer[1]["url"]))


def test_on_every_road(scene: Scene) -> None:
    album = str(scene.call("ann", "POST", "/albums", {"title": "Boats"})[1]["id"])
    scene.call("ann", "POST", f"/albums/{album}/images", {"ids": [scene.image]})
    link = path_of(scene.call("ann", "POST", f"/images/{scene.image}/shares", {}))
    album_link = path_of(scene.call("ann", "POST", f"/albums/{album}/shares", {}))
    before = roads(scene, album, link, album_link)
    assert len(before) >= 11, before  # a licence that grants leaves nothing to ask

    scene.done("hide")

    assert roads(scene, album, link, album_link) == set()
    scene.done("restore")
    assert roads(scene, album, link, album_link) == before

"""A link to an album: what is in it, in its order, and nothing else of its owner's."""

import re
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest

from shared.domain.albums import Album
from tests.support_memory import Browser, World
from tests.unit.test_sharing import ann, api, look, path_of, published, quick_hashes, world
from tests.unit.test_sharing_unfolds import ATOM, Head, oembed

pytestmark = pytest.mark.slow

__all__ = ["ann", "quick_hashes", "world"]  # fixtures


def album_of(world: World, *image_ids: str, title: str = "Four days <b>along</b> the river") -> Album:
    account = world.identity.find("ann")
    assert account is not None
    album = world.web.albums.create(account.owner, "ann", title, "Slowly.")
    assert isinstance(album, Album)
    world.web.albums.add(album.id, account.owner, [UUID(image_id) for image_id in image_ids])
    return album


def made(world: World, album: Album) -> dict[str, Any]:
    answer = api(world, "POST", f"/albums/{album.id}/shares")
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def test_a_link_to_an_album_shows_it_in_its_order(world: World, ann: Browser) -> None:
    first, second, outside = (published(world, caption) for caption in ("One", "Two", "Outside"))
    share = made(world, album_of(world, second, first))
    path = path_of(share)
    page = look(world, path).text
    assert re.findall(r'id="t-([0-9a-f-]+)"', page) == [second, first]
    assert "Four days &lt;b&gt;along&lt;/b&gt; the river" in page
    assert "Slowly." in page
    assert look(world, f"{path}/i/{first}").status_code == 200
    for wrong in (outside, str(uuid4()), "x"):
        assert look(world, f"{path}/i/{wrong}").status_code == 404
        assert look(world, f"{path}/i/{wrong}/image.jpg").status_code == 404
    assert f"thumbnails/{second}" in look(world, f"{path}/embed").text
    assert look(world, f"{path}/image.jpg").location.endswith(f"previews/{second}.jpg")


def test_it_unfolds_and_has_a_feed(world: World, ann: Browser) -> None:
    first, second = published(world, "One"), published(world, "Two")
    share = made(world, album_of(world, second, first))
    head = Head(look(world, path_of(share)).text)
    assert head.meta["og:title"] == "Four days <b>along</b> the river"
    assert head.meta["og:image"] == f"{share['url']}/i/{second}/image.jpg"
    assert oembed(world, share["url"])["type"] == "rich"
    feed = ElementTree.fromstring(look(world, f"{path_of(share)}/feed.atom").data)  # noqa: S314 -- our own
    assert [e.findtext(f"{ATOM}title") for e in feed.findall(f"{ATOM}entry")] == ["Two", "One"]


def test_it_is_paged_by_place(world: World, ann: Browser) -> None:
    images = [published(world, f"Boat {number}") for number in range(31)]
    path = path_of(made(world, album_of(world, *images)))
    page = look(world, path).text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following
    assert re.findall(r'id="t-([0-9a-f-]+)"', look(world, following[1]).text) == images[30:]
    for wrong in ("x", "1" * 30, "1.5"):
        assert look(world, f"{path}?cursor={wrong}").status_code == 422


def test_what_leaves_the_album_leaves_its_link(world: World, ann: Browser) -> None:
    image_id, taken = published(world, "One"), published(world, "Two")
    album = album_of(world, image_id, taken)
    path = path_of(made(world, album))
    world.web.albums.remove(album.id, album.owner, [UUID(image_id)])
    assert look(world, f"{path}/i/{image_id}").status_code == 404
    api(world, "DELETE", f"/images/{taken}")
    assert look(world, f"{path}/i/{taken}").status_code == 410
    assert "No images yet" in look(world, path).text
    assert look(world, f"{path}/image.jpg").status_code == 404


def test_a_deleted_albums_link_has_ended(world: World, ann: Browser) -> None:
    image_id = published(world)
    album = album_of(world, image_id)
    path = path_of(made(world, album))
    assert "Four days" in ann.get("/shares")
    world.web.albums.delete(album.id, album.owner)
    for each in ("", "/image.jpg", "/embed", "/feed.atom", f"/i/{image_id}"):
        answer = look(world, path + each)
        assert answer.status_code == 410, each
        assert "no longer good" in answer.text
    assert "An album that is gone" in ann.get("/shares")
    assert ann.client.get(f"/share/album/{album.id}").status_code == 404


def test_only_the_owner_shares_an_album(world: World, ann: Browser) -> None:
    album = album_of(world, published(world))
    bob = world.sign_up("bob")
    assert api(world, "POST", f"/albums/{album.id}/shares", "bob").status_code == 404
    assert bob.client.get(f"/share/album/{album.id}").status_code == 404
    assert f"/share/album/{album.id}" in ann.get(f"/album/{album.id}")
    assert f"/share/album/{album.id}" not in bob.get(f"/album/{album.id}")
    path = f"/share/album/{album.id}"
    answer = ann.submit(path, path, id=str(uuid4()), hours="24")
    assert answer.status_code == 303
    assert "Share this album" in ann.get(path)

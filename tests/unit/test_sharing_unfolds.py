"""How a link unfolds elsewhere: Open Graph, oEmbed, snippets and the Atom feed, each as its specification has it."""

import html
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID
from xml.etree import ElementTree

import pytest

from shared.domain.editing import Changes
from tests.support_memory import Browser, World
from tests.unit.test_sharing import PASSWORD, ann, api, look, made, path_of, published, quick_hashes, world

pytestmark = pytest.mark.slow

__all__ = ["ann", "quick_hashes", "world"]  # fixtures
ATOM = "{http://www.w3.org/2005/Atom}"
NASTY = 'Boats & "nets" <script>alert(1)</script> ]]> \ufffe\ud7ff 🚤 #sea'


class Head(HTMLParser):
    """The head's metas and links, as an unfurler reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.meta[given.get("property", given.get("name", ""))] = given.get("content", "")
        if tag == "link":
            self.links[given.get("type", given["rel"])] = given["href"]


def oembed(world: World, url: str, status: int = 200, **asked: str) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in {"url": quote(url, safe=""), **asked}.items())
    answer = look(world, f"/oembed?{query}")
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return dict(answer.json or {})


def test_a_link_unfolds_with_picture_title_owner_and_licence(world: World, ann: Browser) -> None:
    image_id = published(world, NASTY)
    share = made(world, image_id)
    head = Head(look(world, path_of(share)).text)
    title = 'Boats & "nets" <script>alert(1)</script> ]]>'
    assert head.meta["og:title"].startswith(title)
    assert head.meta["twitter:title"] == head.meta["og:title"]
    assert head.meta["og:url"] == share["url"]
    assert head.meta["og:image"] == head.meta["twitter:image"] == f"{share['url']}/image.jpg"
    assert (head.meta["og:image:width"], head.meta["og:image:height"]) == ("4", "3")
    assert head.meta["og:image:alt"].startswith("Boats")
    assert "By ann. Attribution 4.0" in head.meta["og:description"]
    assert head.meta["twitter:card"] == "summary_large_image"
    assert head.meta["author"] == "ann"
    assert head.links["license"] == "https://creativecommons.org/licenses/by/4.0/"
    found = urlsplit(head.links["application/json+oembed"])
    assert (world.app.test_client().get(f"{found.path}?{found.query}").json or {})["type"] == "photo"


def test_a_collection_unfolds_too_and_offers_its_feed(world: World, ann: Browser) -> None:
    share = made(world)
    assert "og:image" not in Head(look(world, path_of(share)).text).meta
    image_id = published(world)
    head = Head(look(world, path_of(share)).text)
    assert head.meta["og:title"] == "Images by ann"
    assert head.meta["og:image"] == f"{share['url']}/i/{image_id}/image.jpg"
    assert look(world, urlsplit(head.meta["og:image"]).path).status_code == 302
    assert head.links["application/atom+xml"] == f"{share['url']}/feed.atom"
    within = Head(look(world, f"{path_of(share)}/i/{image_id}").text)
    assert within.meta["og:url"] == f"{share['url']}/i/{image_id}"
    assert "application/json+oembed" not in within.links


def test_oembed_of_an_image_is_a_photo(world: World, ann: Browser) -> None:
    share = made(world, published(world, "Boats"))
    told = oembed(world, share["url"], format="json")
    assert told == {
        "version": "1.0",
        "type": "photo",
        "title": "Boats",
        "author_name": "ann",
        "provider_name": "Image Portal",
        "provider_url": "http://localhost/",
        "cache_age": 3600,
        "license": "Attribution 4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "thumbnail_url": f"{share['url']}/image.jpg?size=thumbnail",
        "thumbnail_width": 4,
        "thumbnail_height": 3,
        "url": f"{share['url']}/image.jpg",
        "width": 4,
        "height": 3,
    }
    assert oembed(world, share["url"] + "/embed") == told


def test_oembed_is_no_larger_than_was_asked_for(world: World, ann: Browser) -> None:
    share = made(world, published(world, "Boats"))
    told = oembed(world, share["url"], maxwidth="3", maxheight="3")
    assert told["type"] == "link"
    assert not {"url", "width", "thumbnail_url"} & set(told)
    rich = oembed(world, made(world)["url"], maxwidth="300", maxheight="200")
    assert (rich["type"], rich["width"], rich["height"]) == ("rich", 300, 200)
    assert 'width="300" height="200"' in rich["html"]
    for wrong in ("x", "0", "-1", "1.5"):
        oembed(world, share["url"], 400, maxwidth=wrong)


def test_oembed_refuses_as_its_specification_says(world: World, ann: Browser) -> None:
    share = made(world, published(world))
    oembed(world, share["url"], 501, format="xml")
    protected = oembed(world, made(world, share["target"], password=PASSWORD)["url"], 401)
    assert set(protected) == {"error"}
    token = path_of(share)
    for url in (
        "",
        "x",
        f"https://evil.example{token}",
        f"http://localhost.evil.example{token}",
        f"javascript://localhost{token}",
        f"http://localhost{token}x",
        f"http://localhost{token}/i/{share['target']}",
        "http://[",
        "http://localhost/",
    ):
        oembed(world, url, 404)
    assert look(world, "/oembed").status_code == 404
    api(world, "DELETE", f"/shares/{share['id']}")
    oembed(world, share["url"], 404)


def test_snippets_are_html_that_names_the_owner_and_runs_nothing(world: World, ann: Browser) -> None:
    share = made(world, published(world, NASTY))
    page = look(world, path_of(share)).text
    texts = [html.unescape(t) for t in re.findall(r'<pre class="code"[^>]*>(.*?)</pre>', page, re.S)]
    credit, figure, frame = texts
    assert credit.endswith(f"by ann, Attribution 4.0. {share['url']}")
    for snippet in (figure, frame):
        assert "<script" not in snippet
    assert f'src="{share["url"]}/image.jpg"' in figure
    assert f'<a href="{share["url"]}">' in figure
    assert "by ann" in figure
    assert 'rel="license" href="https://creativecommons.org/licenses/by/4.0/"' in figure
    assert frame.startswith(f'<iframe src="{share["url"]}/embed"')
    assert look(world, f"{path_of(share)}/embed").status_code == 200
    owners = html.unescape(ann.get(f"/share/image/{share['target']}"))
    assert frame in owners
    assert figure in owners


def entries(feed: bytes) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(feed)  # noqa: S314 -- our own
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert root.find(f"{ATOM}{name}") is not None, name
    return root.findall(f"{ATOM}entry")


def text(entry: ElementTree.Element, name: str) -> str:
    found = entry.find(f"{ATOM}{name}")
    assert found is not None, name
    return found.text or ""


def test_the_feed_is_well_formed_whatever_people_write(world: World, ann: Browser) -> None:
    share = made(world)
    older, newer = published(world, NASTY + "\x0b", "all-rights-reserved"), published(world, "")
    answer = look(world, f"{path_of(share)}/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    found = entries(answer.data)
    assert [text(e, "id") for e in found] == [f"urn:uuid:{newer}", f"urn:uuid:{older}"]
    assert text(found[0], "title") == "Image by ann"
    assert text(found[1], "title").startswith('Boats & "nets" <script>')
    assert "&lt;script&gt;" in text(found[1], "content"), "HTML that shows the text, and runs nothing"
    assert "All rights reserved" in text(found[1], "rights")
    links = [{e.get("rel"): e.get("href") for e in entry.findall(f"{ATOM}link")} for entry in found]
    assert links[0]["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "license" not in links[1]
    assert look(world, urlsplit(str(links[0]["alternate"])).path).status_code == 200
    assert [c.get("term") for c in found[1].findall(f"{ATOM}category")] == ["sea"]
    for entry in found:
        assert datetime.fromisoformat(text(entry, "updated")).tzinfo
    assert entries(look(world, f"{path_of(made(world))}/feed.atom").data)


def test_an_empty_feed_is_a_feed_and_an_image_has_none(world: World, ann: Browser) -> None:
    assert entries(look(world, f"{path_of(made(world))}/feed.atom").data) == []
    assert look(world, f"{path_of(made(world, published(world)))}/feed.atom").status_code == 404


def test_the_feed_is_sent_again_only_when_it_has_changed(world: World, ann: Browser) -> None:
    image_id = published(world)
    path = f"{path_of(made(world))}/feed.atom"
    first = look(world, path)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for known in ({"If-None-Match": etag}, {"If-Modified-Since": modified}):
        again = look(world, path, **known)
        assert (again.status_code, again.data) == (304, b"")
    account = world.identity.find("ann")
    image = world.web.images.find(UUID(image_id))
    assert account is not None
    assert image is not None
    world.web.editing.edit(image.id, account.owner, None, Changes(caption="Ships"))
    assert b"Ships" in look(world, path, **{"If-None-Match": etag}).data
    world.clock.advance(timedelta(seconds=5))
    published(world, "More")
    assert look(world, path, **{"If-None-Match": etag}).status_code == 200


def test_titles_are_cut_and_one_line(world: World, ann: Browser) -> None:
    share = made(world, published(world, "Boats\n\n" + "very " * 200 + "long"))
    title = Head(look(world, path_of(share)).text).meta["og:title"]
    assert title.startswith("Boats very")
    assert title.endswith("…")
    assert len(title) <= 80


@pytest.mark.parametrize("width", ["64", "2000"])
def test_a_frame_is_never_wider_than_is_usual(world: World, ann: Browser, width: str) -> None:
    told = oembed(world, made(world)["url"], maxwidth=width)
    assert told["width"] == min(int(width), 640)

"""Links for people without an account: who makes them, what they show and to whom, and when that ends."""

import re
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from shared.adapters.memory.media_urls import MemoryMediaUrls
from shared.domain.shares import MAX_TRIES, TRIES_REST
from shared.ports.media_urls import MediaCookies
from shared.ports.unavailable import CatalogueUnavailable
from tests.contract.fakes import records_on
from tests.contract.uploads import new_manifest, publish
from tests.support_app import app_over
from tests.support_memory import Browser, World
from tests.support_tripwire import SIDES, Cut, Fuse
from web.sharing.making import password_hash
from web.sharing.opening import MOST_OPENED, OPEN_SECONDS

pytestmark = pytest.mark.slow

READER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
PASSWORD = "low tide"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slow hashes are slow on purpose; one test of its own looks at the real one."""
    from werkzeug.security import generate_password_hash

    monkeypatch.setattr(
        "web.sharing.making.generate_password_hash", lambda p: generate_password_hash(p, "scrypt:1024:8:1")
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ann(world: World) -> Browser:
    return world.sign_up("ann")


def published(
    world: World, caption: str = "Boats #sea", licence: str = "cc-by", username: str = "ann"
) -> str:
    """An image whose bytes nobody has."""
    account = world.identity.find(username)
    assert account is not None
    manifest = new_manifest(caption, owner=account.owner, username=username, licence=licence)
    publish(records_on(world.database).attempts, manifest)
    return str(manifest.upload_id)


def api(world: World, method: str, path: str, who: str = "ann", **body: Any) -> TestResponse:
    options: dict[str, Any] = {"json": body} if body or method in ("POST", "PATCH") else {}
    return world.app.test_client().open(f"/api/v1{path}", method=method, headers=world.token(who), **options)


def made(world: World, image_id: str = "", **terms: Any) -> dict[str, Any]:
    path = f"/images/{image_id}/shares" if image_id else "/account/shares"
    answer = api(world, "POST", path, **terms)
    assert answer.status_code == 201, answer.text
    return dict(answer.json or {})


def hence(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def path_of(share: dict[str, Any]) -> str:
    return str(share["url"]).removeprefix("http://localhost")


def look(world: World, path: str, **headers: str) -> TestResponse:
    """A stranger's look."""
    return world.app.test_client().get(path, headers=READER | headers)


def views(world: World, share: dict[str, Any]) -> int:
    return int((api(world, "GET", f"/shares/{share['id']}").json or {})["views"])


def test_without_a_link_an_image_is_for_who_is_logged_in(world: World, ann: Browser) -> None:
    image_id = published(world)
    assert look(world, f"/image/{image_id}").status_code == 303
    assert look(world, "/home/user/ann").status_code == 303


def test_a_link_shows_picture_caption_owner_licence_and_credit(world: World, ann: Browser) -> None:
    image_id = published(world, "Boats <b>& nets</b> #sea")
    answer = look(world, path_of(made(world, image_id)))
    assert answer.status_code == 200
    for text in (
        f"previews/{image_id}.jpg",
        "Boats &lt;b&gt;&amp; nets&lt;/b&gt; #sea",
        "Attribution 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "You must credit the owner",
        "Log in to download the original",
        "by ann, Attribution 4.0.",
    ):
        assert text in answer.text, text
    assert "images/" not in answer.text, "the original's address is nowhere"
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_may_only_be_looked_at_offers_no_download(world: World, ann: Browser) -> None:
    page = look(world, path_of(made(world, published(world, licence="all-rights-reserved")))).text
    assert "All rights reserved" in page
    assert "download" not in page.lower()
    assert "iframe" not in page


def test_who_is_logged_in_is_led_to_the_noted_download(world: World, ann: Browser) -> None:
    image_id = published(world)
    assert f'href="/image/{image_id}/download"' in ann.get(path_of(made(world, image_id)))


def test_search_engines_and_other_sites_frames_stay_outside(world: World, ann: Browser) -> None:
    image_id = published(world)
    path, profile = path_of(made(world, image_id)), path_of(made(world))
    inside = [path, f"{path}/image.jpg", profile, f"{profile}/feed.atom", f"{profile}/i/{image_id}"]
    for each in (*inside, f"{path}/embed", f"{profile}/embed", "/s/nothing"):
        answer = look(world, each)
        assert answer.headers["X-Robots-Tag"] == "noindex", each
        assert "X-Frame-Options" not in answer.headers
        framed = "frame-ancestors *" in answer.headers.get("Content-Security-Policy", "")
        assert framed is each.endswith("/embed"), each
        if answer.mimetype == "text/html" and answer.status_code == 200:
            assert '<meta name="robots" content="noindex">' in answer.text, each
    assert "frame-ancestors 'none'" in ann.client.get("/").headers["Content-Security-Policy"]


def test_the_framed_page_has_picture_and_credit_and_no_form(world: World, ann: Browser) -> None:
    path = path_of(made(world, published(world, "Boats")))
    page = look(world, f"{path}/embed").text
    assert "Boats" in page
    assert "by ann" in page
    assert "creativecommons.org" in page
    assert "<form" not in page
    assert "<script" not in page


def test_the_pictures_address_stays_and_leads_to_a_signed_one(world: World, ann: Browser) -> None:
    image_id = published(world)
    path = path_of(made(world, image_id))
    answer = look(world, f"{path}/image.jpg")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    assert answer.location == f"https://media.example/previews/{image_id}.jpg"
    assert "thumbnails/" in look(world, f"{path}/image.jpg?size=thumbnail").location
    assert look(world, f"{path}/image.jpg?size=huge").status_code == 404
    assert f'property="og:image" content="http://localhost{path}/image.jpg"' in look(world, path).text


@pytest.mark.parametrize("token", ["x", "x" * 23, "x" * 24, "x" * 25, "x" * 5000, "é" * 24, "%00" * 24])
def test_a_token_that_is_none_is_not_found(world: World, ann: Browser, token: str) -> None:
    for path in ("", "/image.jpg", "/embed", "/feed.atom"):
        assert look(world, f"/s/{token}{path}").status_code == 404


def end_by_time(world: World, share: dict[str, Any]) -> None:
    world.clock.advance(timedelta(hours=2))


def end_by_word(world: World, share: dict[str, Any]) -> None:
    assert api(world, "DELETE", f"/shares/{share['id']}").status_code == 204


@pytest.mark.parametrize("end", [end_by_time, end_by_word])
def test_what_has_expired_or_was_revoked_says_no_more_than_that(world: World, ann: Browser, end: Any) -> None:
    image_id = published(world, "Secret boats")
    shares = [made(world, image_id, expires_at=hence(2)), made(world, expires_at=hence(2), password=PASSWORD)]
    assert look(world, path_of(shares[0])).status_code == 200
    said = set()
    for share in shares:
        end(world, share)
        path = path_of(share)
        for each in (path, f"{path}/image.jpg", f"{path}/feed.atom", f"{path}/i/{image_id}", f"{path}/embed"):
            answer = look(world, each)
            assert answer.status_code == 410, each
            assert "boats" not in answer.text.lower()
            assert "ann" not in answer.text.lower().replace("announce", "")
            said.update(re.findall(r"This link is no longer good[^<]*", answer.text))
    assert said == {"This link is no longer good. Ask who sent it to you for a new one."}


def test_what_is_taken_back_is_gone_by_its_links_and_an_undo_brings_it_back(
    world: World, ann: Browser
) -> None:
    image_id = published(world, "Boats")
    path, profile = path_of(made(world, image_id)), path_of(made(world))
    behind = [path, f"{path}/image.jpg", f"{path}/embed", f"{profile}/i/{image_id}"]
    assert api(world, "DELETE", f"/images/{image_id}").status_code == 204
    for each in (*behind, f"{profile}/i/{image_id}/image.jpg"):
        answer = look(world, each)
        assert answer.status_code == 410, each
        assert "taken this image back" in answer.text
    assert image_id not in look(world, profile).text
    assert image_id not in look(world, f"{profile}/feed.atom").text
    assert look(world, f"/oembed?url=http://localhost{path}").status_code == 404
    assert api(world, "POST", f"/images/{image_id}/restore").status_code == 200
    assert [look(world, each).status_code for each in behind] == [200, 302, 200, 200]


def test_what_is_erased_or_hidden_is_gone_too(world: World, ann: Browser) -> None:
    erased, hidden = published(world, "Boats"), published(world, "Hills")
    paths = [path_of(made(world, image_id)) for image_id in (erased, hidden)]
    profile = path_of(made(world))
    api(world, "DELETE", f"/images/{erased}")
    world.clock.advance(timedelta(minutes=5))
    assert world.work() == ["erased"]
    with world.database.transaction() as tables:
        tables.hidden.add(UUID(hidden))
    for path in (*paths, *(f"{profile}/i/{image_id}" for image_id in (erased, hidden))):
        for each in ("", "/image.jpg"):
            answer = look(world, path + each)
            assert answer.status_code == 410, path
            assert "ills" not in answer.text


def test_a_profile_shows_its_owners_images_alone(world: World, ann: Browser) -> None:
    world.sign_up("bob")
    mine, theirs = published(world, "Boats"), published(world, "Hills", username="bob")
    path = path_of(made(world))
    page = look(world, path).text
    assert f"{path}/i/{mine}" in page
    assert theirs not in page
    assert look(world, f"{path}/i/{mine}").status_code == 200
    for wrong in (theirs, str(uuid4()), "x"):
        assert look(world, f"{path}/i/{wrong}").status_code == 404
        assert look(world, f"{path}/i/{wrong}/image.jpg").status_code == 404
    api(world, "DELETE", f"/images/{theirs}", "bob")
    assert look(world, f"{path}/i/{theirs}").status_code == 404, "of others' images nothing is told"
    assert look(world, f"{path_of(made(world, mine))}/i/{mine}").status_code == 404


def test_a_profile_is_paged_and_may_be_empty(world: World, ann: Browser) -> None:
    path = path_of(made(world))
    assert "No images yet" in look(world, path).text
    assert "No images yet" in look(world, f"{path}/embed").text
    assert look(world, f"{path}/image.jpg").status_code == 404
    for number in range(31):
        published(world, f"Boat {number}")
    first = look(world, path).text
    assert first.count('class="tile"') == 30
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert look(world, following[1]).text.count('class="tile"') == 1
    assert look(world, f"{path}?cursor=x").status_code == 422


def test_no_log_tells_a_links_address(world: World, ann: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    path = path_of(made(world, published(world)))
    for each in ("", "/image.jpg", "/embed", "/", "/nothing"):
        look(world, path + each)
    logged = capsys.readouterr().out
    assert logged.count("path=/s/…") == 5
    assert path.removeprefix("/s/") not in logged


def test_readers_are_counted_and_nobody_else(world: World, ann: Browser) -> None:
    for _ in range(31):
        image_id = published(world)
    share, profile = made(world, image_id), made(world)
    path = path_of(share)
    look(world, path)
    look(world, f"{path}/embed")
    look(world, path_of(profile) + f"?cursor={image_id}")
    for agent in ("Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "WhatsApp/2.23", ""):
        look(world, path, **{"User-Agent": agent})
    look(world, path, **{"Sec-Purpose": "prefetch"})
    world.app.test_client().head(path, headers=READER)
    ann.client.get(path, headers=READER)
    look(world, f"{path}/image.jpg")
    assert (views(world, share), views(world, profile)) == (2, 0)


def test_a_view_that_can_not_be_counted_is_shown(
    world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(made(world, published(world)))

    def away(_share_id: UUID) -> None:
        raise CatalogueUnavailable("a lock was waited for too long")

    monkeypatch.setattr(world.web.shares, "count_view", away)
    assert look(world, path).status_code == 200


def test_who_asks_with_a_broken_header_or_ended_session_still_sees_it(world: World, ann: Browser) -> None:
    path = path_of(made(world, published(world)))
    assert look(world, path, Authorization="Bearer nothing").status_code == 200
    assert look(world, path, Cookie="access_token=junk").status_code == 200


# ---------- passwords ----------


def with_password(world: World, **terms: Any) -> dict[str, Any]:
    return made(world, published(world, "Secret boats"), password=PASSWORD, **terms)


def unlock(browser: Browser, path: str, password: str) -> TestResponse:
    return browser.submit(path, path, password=password)


def test_nothing_is_shown_before_the_password(world: World, ann: Browser) -> None:
    share = with_password(world)
    path = path_of(share)
    page = look(world, path)
    assert page.status_code == 200
    for text in ("boats", "og:", "ann<", "preview", "oembed"):
        assert text not in page.text.lower(), text
    assert look(world, f"{path}/image.jpg").status_code == 403
    framed = look(world, f"{path}/embed")
    assert "boats" not in framed.text.lower()
    assert look(world, f"/oembed?url=http://localhost{path}").status_code == 401
    profile = path_of(made(world, password=PASSWORD))
    for each in ("/feed.atom", f"/i/{share['target']}", f"/i/{share['target']}/image.jpg"):
        assert look(world, profile + each).status_code == 403
    assert views(world, share) == 0


def test_the_password_opens_this_link_alone_in_this_browser_alone(world: World, ann: Browser) -> None:
    path, other = path_of(with_password(world)), path_of(with_password(world))
    reader = Browser(world)
    assert unlock(reader, path, "wrong!").status_code == 403
    assert unlock(reader, path, "").status_code == 422
    answer = unlock(reader, path, PASSWORD)
    assert (answer.status_code, answer.location) == (303, path)
    [cookie] = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secret boats" in reader.get(path)
    assert reader.client.get(f"{path}/image.jpg").status_code == 302
    assert "Secret boats" not in reader.get(other)
    assert "Secret boats" not in Browser(world).get(path)
    moved = world.app.test_client().get(other, headers={"Cookie": cookie.partition(";")[0]})
    assert "Secret boats" not in moved.text, "the cookie of one link is none of another's"


def test_a_browser_keeps_so_many_and_each_for_twelve_hours(
    world: World, ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, reader = [path_of(with_password(world)) for _ in range(MOST_OPENED + 1)], Browser(world)
    for path in paths:
        assert unlock(reader, path, PASSWORD).status_code == 303
    assert ["Secret boats" in reader.get(path) for path in paths] == [False] + [True] * MOST_OPENED
    later = time.time() + OPEN_SECONDS + 1
    monkeypatch.setattr("web.sharing.opening.time.time", lambda: later)
    assert "Secret boats" not in reader.get(paths[-1])


def test_a_new_password_or_none_holds_at_once(world: World, ann: Browser) -> None:
    share = with_password(world)
    path, reader = path_of(share), Browser(world)
    unlock(reader, path, PASSWORD)
    assert api(world, "PATCH", f"/shares/{share['id']}", password="high tide").status_code == 200
    assert "Secret boats" not in reader.get(path)
    assert unlock(reader, path, PASSWORD).status_code == 403
    assert unlock(reader, path, "high tide").status_code == 303
    assert api(world, "PATCH", f"/shares/{share['id']}", password=None).status_code == 200
    assert "Secret boats" in Browser(world).get(path)
    assert Browser(world).client.post(path).status_code == 400, "a form needs its token"


def test_after_ten_wrong_passwords_a_rest(world: World, ann: Browser) -> None:
    path = path_of(with_password(world))
    seer, guesser, other = Browser(world), Browser(world), Browser(world)
    other.get(path)
    unlock(seer, path, PASSWORD)
    for _ in range(MAX_TRIES):
        assert unlock(guesser, path, "wrong!").status_code == 403
    for answer in (guesser.client.get(path), look(world, path)):
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) <= TRIES_REST.total_seconds() + 1
        assert "about 15 minutes" in answer.text
    with guesser.client.session_transaction() as session:
        form = {"csrf_token": session["csrf_token"], "password": PASSWORD}
    assert guesser.client.post(path, data=form).status_code == 429, "even the right one"
    assert "Secret boats" in seer.get(path), "who was in stays in"
    world.clock.advance(TRIES_REST)
    assert unlock(guesser, path, PASSWORD).status_code == 303


def test_a_forged_cookie_opens_nothing(world: World, ann: Browser) -> None:
    path = path_of(with_password(world))
    for value in ("x", '["a","b"].x.y', ""):
        assert "Secret boats" not in look(world, path, Cookie=f"session={value}").text


def test_passwords_are_hashed_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept = password_hash(PASSWORD)
    assert kept is not None
    assert kept.startswith("scrypt:32768:8:1$")
    assert PASSWORD not in kept


# ---------- the owner's side ----------


@SIDES
@pytest.mark.parametrize("at", [1, 2])
def test_wherever_it_is_cut_asking_again_makes_changes_and_revokes_once(
    world: World, ann: Browser, at: int, after: bool
) -> None:
    image_id = published(world)
    path, new = f"/share/image/{image_id}", str(uuid4())
    ann.get(path)
    token = csrf_token(ann)
    steps = [
        (path, {"id": new, "hours": "24", "password": ""}),
        (f"/shares/{new}/change", {"hours": "168"}),
        (f"/shares/{new}/revoke", {}),
    ]
    for address, form in steps:
        fuse = Fuse(at, after=after)
        cut = app_over(replace(world.web, shares=fuse.wire(world.web.shares))).test_client()
        cut._cookies = ann.client._cookies
        with suppress(Cut):
            cut.post(address, data=form | {"csrf_token": token})
        assert fuse.calls >= 1
        assert ann.client.post(address, data=form | {"csrf_token": token}).status_code == 303
    [share] = (api(world, "GET", "/shares").json or {})["items"]
    assert (share["id"], share["state"]) == (new, "revoked")
    lasts = datetime.fromisoformat(share["expires_at"]) - datetime.fromisoformat(share["created_at"])
    assert lasts == timedelta(hours=168)


def test_only_the_owner_makes_links(world: World, ann: Browser) -> None:
    bob = world.sign_up("bob")
    image_id = published(world)
    for wanted in (image_id, str(uuid4()), "x"):
        answer = api(world, "POST", f"/images/{wanted}/shares", "bob")
        assert (answer.status_code, (answer.json or {})["code"]) == (404, "not_found")
        assert bob.client.get(f"/share/image/{wanted}").status_code == 404
    assert bob.client.get("/share/image").status_code == 404
    assert bob.client.get("/share/film/x").status_code == 404
    assert look(world, f"/share/image/{image_id}").status_code == 303
    assert f'href="/share/image/{image_id}"' in ann.get(f"/image/{image_id}")
    assert "/share/image/" not in bob.get(f"/image/{image_id}")


def test_others_links_do_not_exist(world: World, ann: Browser) -> None:
    bob = world.sign_up("bob")
    share = made(world, published(world))
    for method in ("GET", "DELETE"):
        assert api(world, method, f"/shares/{share['id']}", "bob").status_code == 404
        assert api(world, method, "/shares/x").status_code == 404
    assert api(world, "PATCH", f"/shares/{share['id']}", "bob", password=None).status_code == 404
    assert (api(world, "GET", "/shares", "bob").json or {})["items"] == []
    assert bob.submit("/upload", f"/shares/{share['id']}/revoke").status_code == 404
    assert share["url"] not in bob.get("/shares")
    assert look(world, path_of(share)).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"password": "short"}, 422, "weak_password"),
        ({"password": "x" * 129}, 422, "weak_password"),
        ({"expires_at": "tomorrow"}, 422, "invalid_field"),
        ({"expires_at": "2030-01-01T00:00:00"}, 422, "invalid_field"),  # nobody knows where
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "invalid_field"),
        ({"expires_at": "2199-01-01T00:00:00Z"}, 422, "invalid_field"),
        ({"expires_at": 10**9}, 422, "invalid_field"),
        ({"token": "x"}, 422, "unknown_field"),
    ],
)
def test_what_can_not_be_made_is_said(
    world: World, ann: Browser, body: dict[str, Any], status: int, code: str
) -> None:
    answer = api(world, "POST", "/account/shares", **body)
    assert (answer.status_code, (answer.json or {})["code"]) == (status, code)


def test_the_api_lists_changes_and_revokes(world: World, ann: Browser) -> None:
    shares = [made(world, published(world)), made(world, expires_at=hence(1)), made(world, password=PASSWORD)]
    assert [s["has_password"] for s in shares] == [False, False, True]
    assert "target" not in shares[1]
    first = api(world, "GET", "/shares?limit=2").json or {}
    rest = api(world, "GET", f"/shares?cursor={first['next_cursor']}").json or {}
    assert [s["id"] for s in (*first["items"], *rest["items"])] == [s["id"] for s in reversed(shares)]
    world.clock.advance(timedelta(hours=1))
    path = f"/shares/{shares[1]['id']}"
    assert (api(world, "GET", path).json or {})["state"] == "expired"
    assert (api(world, "PATCH", path, expires_at=hence(5)).json or {})["state"] == "active"
    assert (api(world, "PATCH", path, expires_at=None).json or {})["expires_at"] is None
    assert (api(world, "PATCH", path).json or {})["code"] == "missing_field"
    assert [api(world, "DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert (api(world, "GET", path).json or {})["state"] == "revoked"
    ended = api(world, "PATCH", path, password=None)
    assert (ended.status_code, (ended.json or {})["code"]) == (410, "link_ended")


def csrf_token(browser: Browser) -> str:
    with browser.client.session_transaction() as session:
        return str(session["csrf_token"])


def new_id(page: str) -> str:
    found = re.search(r'name="id" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_form_sent_twice_makes_one_link(world: World, ann: Browser) -> None:
    path = f"/share/image/{published(world)}"
    form = {"id": new_id(ann.get(path)), "hours": "168", "password": ""}
    for _ in range(2):
        answer = ann.submit(path, path, **form)
        assert (answer.status_code, answer.location) == (303, path)
    page = ann.get(path)
    [address] = set(re.findall(r"http://localhost/s/[\w-]{24}(?=<)", page))
    assert "Good until" in page
    assert look(world, address.removeprefix("http://localhost")).status_code == 200
    assert ann.get("/shares").count('class="card link') == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "short"}, "6 to 128 characters"),
        ({"hours": "7"}, "not filled in"),
        ({"id": "x"}, "not filled in"),
    ],
)
def test_a_form_that_can_not_be_used_is_refused(
    world: World, ann: Browser, change: dict[str, str], said: str
) -> None:
    path = f"/share/image/{published(world)}"
    form = {"id": new_id(ann.get(path)), "hours": "24", "password": ""} | change
    answer = ann.submit(path, path, **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert (api(world, "GET", "/shares").json or {})["items"] == []


def test_an_id_of_anothers_link_makes_none(world: World, ann: Browser) -> None:
    world.sign_up("bob")
    share = made(world, published(world))
    bob = world.web.sessions.verify(world.token("bob")["Authorization"].removeprefix("Bearer "))
    assert bob.username == "bob"
    browser = world.sign_up("eve")
    answer = browser.submit("/share/profile/mine", "/share/profile/mine", id=share["id"], hours="")
    assert answer.status_code == 404
    assert look(world, path_of(share)).status_code == 200


def test_a_link_is_revoked_on_the_page(world: World, ann: Browser) -> None:
    share = made(world, published(world))
    answer = ann.submit("/shares", f"/shares/{share['id']}/revoke", back=f"/share/image/{share['target']}")
    assert answer.location == f"/share/image/{share['target']}"
    page = ann.get("/shares")
    assert "<strong>Revoked</strong>" in page
    assert share["url"] not in page
    assert look(world, path_of(share)).status_code == 410
    assert ann.submit("/shares", f"/shares/{share['id']}/revoke", back="//evil.example").location == "/"


def test_a_link_is_changed_on_the_page(world: World, ann: Browser) -> None:
    share = with_password(world, expires_at=hence(1))
    path, change = path_of(share), f"/shares/{share['id']}/change"

    def send(**form: str) -> str:
        answer = ann.submit("/shares", change, back="/shares", **form)
        assert (answer.status_code, answer.location) == (303, "/shares"), answer.text
        return ann.get("/shares")

    assert "The link is changed" in send(hours="keep", password="")
    assert unlock(Browser(world), path, PASSWORD).status_code == 303
    assert "6 to 128 characters" in send(hours="", password="short")
    world.clock.advance(timedelta(hours=1))
    assert "Make it good again" in ann.get("/shares")
    assert "It is active now" in send(hours="24", password="high tide")
    assert unlock(Browser(world), path, "high tide").status_code == 303
    assert "No password ·" in send(hours="keep", password="", open="yes")
    assert "Secret boats" in look(world, path).text
    assert ann.submit("/shares", change, hours="7").status_code == 422
    assert world.sign_up("bob").submit("/upload", change, hours="").status_code == 404
    api(world, "DELETE", f"/shares/{share['id']}")
    assert ann.submit("/shares", change, hours="").status_code == 410


def test_links_to_what_is_gone_stay_in_the_list(world: World, ann: Browser) -> None:
    share = made(world, published(world))
    api(world, "DELETE", f"/images/{share['target']}")
    assert "An image that is gone" in ann.get("/shares")
    assert ann.client.get(f"/share/image/{share['target']}").status_code == 404


def test_without_the_database_nothing_is_shown(world: World, ann: Browser) -> None:
    path = path_of(made(world, published(world)))
    world.database.away = True
    assert look(world, path).status_code == 503
    framed = look(world, f"{path}/embed")
    assert framed.status_code == 503
    assert "frame-ancestors 'none'" in framed.headers["Content-Security-Policy"]


def test_strangers_get_addresses_that_need_no_cookies(world: World, ann: Browser) -> None:
    image_id = published(world)
    path, profile = path_of(made(world, image_id)), path_of(made(world))
    media = MemoryMediaUrls(MediaCookies({"CloudFront-Policy": "x"}, "example", 3600))
    client = app_over(replace(world.web, media=media)).test_client()
    for each in (path, profile, f"{path}/embed", f"{profile}/embed"):
        answer = client.get(each, headers=READER)
        found = re.findall(r'https://media\.example/[^" ]+', answer.text)
        assert found
        assert [address for address in found if "?signed" not in address] == []
        assert "CloudFront" not in str(answer.headers)
    assert client.get(f"{path}/image.jpg").location.endswith("?signed")

"""Albums through both tiers' own code in one process, in memory: over the API, on pages, and at upload."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.domain.albums import MAX_ALBUM_IMAGES, MAX_IMAGES_AT_ONCE
from shared.domain.delivery import VISIBILITY_TIMEOUT_SECONDS
from shared.domain.taking_back import UNDO_FOR
from shared.domain.uploads import State
from shared.ports.albums import START
from tests.contract.uploads import attempt, image_of, new_manifest
from tests.support_memory import Browser, World, file, small_photo
from tests.support_tripwire import SIDES, Cut, Fuse

pytestmark = pytest.mark.slow


@pytest.fixture
def world() -> World:
    made = World()
    made.sign_up("ann")
    return made


@pytest.fixture
def ann(world: World) -> Browser:
    browser = Browser(world)
    browser.submit("/login", "/login", username="ann", password="Correct-horse-1")
    return browser


def call(
    world: World, method: str, path: str, json: object = None, who: str = "ann", **headers: str
) -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().open(
        f"/api/v1{path}", method=method, headers=world.token(who) | headers, json=json
    )
    return answer.status_code, answer.json or {} if answer.data else {}


def make(world: World, title: str = "Boats", who: str = "ann", **more: str) -> str:
    status, album = call(world, "POST", "/albums", {"title": title} | more, who)
    assert status == 201, album
    return str(album["id"])


def share(world: World, count: int, who: str = "ann") -> list[str]:
    """Published images, without the way there."""
    owner = world.identity.verify(world.identity.log_in(who, "Correct-horse-1").access).owner
    manifests = [new_manifest(f"Boat {n}", owner=owner, username=who) for n in range(count)]
    for manifest in manifests:
        world.worker.attempts.begin(manifest, attempt())
        world.worker.attempts.publish(image_of(manifest), [("user", who)], attempt(), [])
    return [str(manifest.upload_id) for manifest in manifests]


def order(world: World, album: str) -> list[str]:
    """All of it, by pages."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = call(world, "GET", f"/albums/{album}/images?limit=100&cursor={cursor}")[1]
        found += [image["id"] for image in page["items"]]
        cursor = page["next_cursor"]
    return found


def filled(world: World, count: int) -> tuple[str, list[str]]:
    album, images = make(world), share(world, count)
    assert call(world, "POST", f"/albums/{album}/images", {"ids": images})[0] == 200
    return album, images


# ---------- the API


def test_an_album_over_the_api(world: World) -> None:
    album, images = make(world, "  Boats \n of May ", description="Seen\r\nthere"), share(world, 3)
    added = {"added": images, "present": [], "not_found": []}
    assert call(world, "POST", f"/albums/{album}/images", {"ids": images}) == (200, added)
    again = {"added": [], "present": images, "not_found": []}
    assert call(world, "POST", f"/albums/{album}/images", {"ids": images}) == (200, again)
    status, told = call(world, "GET", f"/albums/{album}")
    assert (status, told["title"], told["description"]) == (200, "Boats of May", "Seen\nthere")
    assert (told["count"], told["cover"]["id"], told["version"]) == (3, images[0], 1)
    a, b, c = images
    assert call(world, "POST", f"/albums/{album}/order", {"ids": [c], "before": a}) == (200, {"moved": 1})
    assert order(world, album) == [c, a, b]
    assert call(world, "POST", f"/albums/{album}/order", {"ids": [c, a], "to": "end"}) == (200, {"moved": 2})
    assert order(world, album) == [b, c, a]
    assert call(world, "DELETE", f"/albums/{album}/images", {"ids": [c]}) == (200, {"removed": 1})
    assert order(world, album) == [b, a]
    assert [i["id"] for i in call(world, "GET", "/albums?by=@Ann")[1]["items"]] == [album]
    assert call(world, "GET", "/albums?by=ben")[1] == {"items": [], "next_cursor": None}
    assert call(world, "DELETE", f"/albums/{album}")[0] == 204
    assert call(world, "GET", f"/albums/{album}")[0] == 404
    assert call(world, "GET", f"/images/{a}")[0] == 200


def test_albums_go_on_at_a_cursor(world: World) -> None:
    made = [make(world, f"Album {n}") for n in range(3)]
    first = call(world, "GET", "/albums?limit=2")[1]
    rest = call(world, "GET", f"/albums?limit=2&cursor={first['next_cursor']}")[1]
    assert [a["id"] for a in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None


def test_a_page_of_an_album_goes_on_where_it_ended(world: World) -> None:
    album, images = filled(world, 5)
    first = call(world, "GET", f"/albums/{album}/images?limit=2")[1]
    rest = call(world, "GET", f"/albums/{album}/images?cursor={first['next_cursor']}")[1]
    assert [i["id"] for i in first["items"] + rest["items"]] == images
    assert call(world, "GET", f"/albums/{album}/images?cursor=x")[1]["code"] == "invalid_cursor"


def test_an_edit_needs_the_version_that_was_seen(world: World) -> None:
    album, images = filled(world, 2)
    path = f"/albums/{album}"
    assert call(world, "PATCH", path, {"title": "Ships"})[0] == 428
    status, told = call(world, "PATCH", path, {"title": "Ships"}, **{"If-Match": '"1"'})
    assert (status, told["title"], told["version"]) == (200, "Ships", 2)
    status, told = call(world, "PATCH", path, {"description": "x"}, **{"If-Match": '"1"'})
    assert (status, told["code"], told["changed"]) == (412, "changed_meanwhile", {"title": "Ships"})
    status, told = call(world, "PATCH", path, {"cover": images[1]}, **{"If-Match": '"2"'})
    assert (status, told["cover"]["id"]) == (200, images[1])
    for body, code in (
        ({}, "missing_field"),
        ({"title": " \n"}, "missing_field"),
        ({"title": "x" * 101}, "title_too_long"),
        ({"description": "x" * 2001}, "description_too_long"),
        ({"cover": str(uuid4())}, "not_in_album"),
        ({"cover": "x"}, "invalid_field"),
    ):
        assert call(world, "PATCH", path, body, **{"If-Match": "*"})[1]["code"] == code, body


def test_an_owner_has_a_title_once(world: World) -> None:
    make(world, "Café")
    status, told = call(world, "POST", "/albums", {"title": "Cafe\u0301"})
    assert (status, told["code"]) == (409, "title_taken")
    other = make(world, "Other")
    status, told = call(world, "PATCH", f"/albums/{other}", {"title": "Café"}, **{"If-Match": "*"})
    assert (status, told["code"]) == (409, "title_taken")


def test_somebody_elses_album_can_be_looked_at_and_nothing_more(world: World) -> None:
    world.sign_up("ben")
    album, images = filled(world, 2)
    bens, [bens_image] = make(world, who="ben"), share(world, 1, "ben")
    assert call(world, "GET", f"/albums/{album}", who="ben")[0] == 200
    for method, path, body in (
        ("PATCH", f"/albums/{album}", {"title": "Ben's"}),
        ("DELETE", f"/albums/{album}", None),
        ("POST", f"/albums/{album}/images", {"ids": [bens_image]}),
        ("DELETE", f"/albums/{album}/images", {"ids": images}),
        ("POST", f"/albums/{album}/order", {"ids": images[:1], "to": "end"}),
    ):
        status, told = call(world, method, path, body, "ben", **{"If-Match": "*"})
        assert (status, told["code"]) == (404, "not_found"), (method, path)
    status, told = call(world, "POST", f"/albums/{bens}/images", {"ids": images}, "ben")
    assert (status, told["not_found"]) == (200, images), "nobody's album holds what is another's"
    assert order(world, album) == images


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"before": str(uuid4()), "to": "end"},
        {"to": "middle"},
        {"before": "x"},
        {"before": str(uuid4()), "after": str(uuid4())},
    ],
)
def test_a_move_says_one_place(world: World, body: dict[str, str]) -> None:
    album, images = filled(world, 2)
    status, told = call(world, "POST", f"/albums/{album}/order", {"ids": images[:1]} | body)
    assert (status, told["code"]) == (422, "invalid_field")
    assert order(world, album) == images


def test_nothing_is_moved_beside_what_is_not_there_or_itself(world: World) -> None:
    album, images = filled(world, 2)
    for anchor in (str(uuid4()), images[0]):
        body = {"ids": images[:1], "after": anchor}
        assert call(world, "POST", f"/albums/{album}/order", body)[1]["code"] == "not_in_album"


def test_a_thousand_images_come_in_at_once_and_ten_thousand_are_the_most(world: World) -> None:
    album, images = make(world), share(world, MAX_IMAGES_AT_ONCE)
    assert (MAX_ALBUM_IMAGES, MAX_IMAGES_AT_ONCE) == (10_000, 1_000)
    path = f"/albums/{album}/images"
    assert call(world, "POST", path, {"ids": [*images, images[0]]})[1]["code"] == "too_many_ids"
    assert len(call(world, "POST", path, {"ids": images})[1]["added"]) == 1_000
    # The rest as if nine more calls had brought them.
    others = tuple(uuid4() for _ in range(MAX_ALBUM_IMAGES - MAX_IMAGES_AT_ONCE))
    with world.database.transaction() as tables:
        tables.album_images[UUID(album)] += others
    status, told = call(world, "POST", path, {"ids": share(world, 1)})
    assert (status, told["code"]) == (409, "album_full")
    assert call(world, "POST", path, {"ids": images})[0] == 200, "they are there"
    assert len(order(world, album)) == 1_000


# ---------- at upload


def upload(world: World, album: str, photo: bytes) -> tuple[int, dict[str, Any]]:
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(photo), "album": album}, headers=world.token()
    )
    return answer.status_code, answer.json or {}


def test_an_upload_comes_into_the_album_that_it_names(world: World) -> None:
    album = make(world)
    sent = [upload(world, name, small_photo())[1]["id"] for name in (album, "Boats", " New \n one")]
    assert world.work() == ["published"] * 3
    assert order(world, album) == sent[:2]
    made = world.web.albums.titled(world.uploads_owner(sent[2]), "New one")
    assert made is not None
    assert order(world, str(made.id)) == sent[2:]
    events = call(world, "GET", f"/uploads/{sent[2]}")[1]["events"]
    assert (events[-1]["step"], events[-1]["result"]) == ("album", "added")


def test_an_album_that_can_take_nothing_is_refused_early(world: World) -> None:
    world.sign_up("ben")
    bens, photo = make(world, who="ben"), small_photo()
    assert upload(world, bens, photo)[1]["code"] == "unknown_album"
    assert upload(world, str(uuid4()), photo)[1]["code"] == "unknown_album"
    assert upload(world, "x" * 101, photo)[1]["code"] == "title_too_long"
    assert list(world.store.list("staging/")) == []


def test_without_the_database_an_upload_is_accepted_and_its_album_is_not_lost(world: World) -> None:
    album = make(world)
    token = world.token()
    world.database.away = True
    answer = world.app.test_client().post(
        "/api/v1/images", data={"file": file(small_photo()), "album": album}, headers=token
    )
    assert answer.status_code == 202
    world.database.away = False
    assert world.work() == ["published"]
    assert order(world, album) == [(answer.json or {})["id"]]


def test_an_album_that_is_gone_by_then_keeps_no_image_from_being_published(world: World) -> None:
    album = make(world)
    sent = upload(world, album, small_photo())[1]["id"]
    call(world, "DELETE", f"/albums/{album}")
    assert world.work() == ["published"]
    events = call(world, "GET", f"/uploads/{sent}")[1]["events"]
    assert "no such album" in events[-1]["result"]


@pytest.mark.slow
@SIDES
def test_wherever_publishing_is_cut_off_the_image_is_in_its_album_once(*, after: bool) -> None:
    photo, at = small_photo(), 0
    while True:
        at += 1
        world = World()
        world.sign_up("ann")
        sent = upload(world, "Boats", photo)[1]["id"]
        fuse = Fuse(at, after=after)
        delivery = world.queue.receive()
        assert delivery is not None
        with suppress(Cut):
            world.work_on(delivery, fuse)
        world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
        world.work()
        album = world.web.albums.titled(world.uploads_owner(sent), "Boats")
        assert album is not None, at
        assert order(world, str(album.id)) == [sent], at
        if fuse.calls < at:  # it ended before its cut
            break
    assert at > 5


def test_an_albums_whole_content_is_set_in_an_order(world: World) -> None:
    album, images = make(world), share(world, 4)
    call(world, "POST", f"/albums/{album}/images", {"ids": images[:2]})
    wanted = [images[3], images[1], images[2]]
    nobodys = "0195b2a4-0000-7000-8000-000000000000"
    for _ in range(2):
        answer = call(world, "PUT", f"/albums/{album}/images", {"ids": [*wanted, nobodys]})
        assert answer == (200, {"count": 3, "not_found": [nobodys]})
        assert order(world, album) == wanted
    told = call(world, "GET", f"/albums/{album}")[1]
    assert (told["count"], told["cover_url"]) == (3, told["cover"]["thumbnail_url"])
    assert call(world, "PUT", f"/albums/{album}/images", {"ids": []})[0] == 200
    told = call(world, "GET", f"/albums/{album}")[1]
    assert (told["count"], told["cover_url"]) == (0, None)


@SIDES
def test_adding_and_moving_may_be_cut_off_and_repeated(world: World, *, after: bool) -> None:
    album, images = make(world), [UUID(i) for i in share(world, 3)]
    owner = world.uploads_owner(str(images[0]))
    last_first = [images[2], images[0], images[1]]
    port = Fuse(1, after=after).wire(world.web.albums)
    with pytest.raises(Cut):
        port.add(UUID(album), owner, images)
    call(world, "POST", f"/albums/{album}/images", {"ids": [str(i) for i in images]})
    assert order(world, album) == [str(i) for i in images]
    port = Fuse(1, after=after).wire(world.web.albums)
    with pytest.raises(Cut):
        port.move(UUID(album), owner, [images[2]], START)
    call(world, "POST", f"/albums/{album}/order", {"ids": [str(images[2])], "to": "start"})
    assert order(world, album) == [str(i) for i in last_first]


def test_what_is_taken_back_leaves_every_view_and_returns_with_an_undo(world: World, ann: Browser) -> None:
    album, [a, b] = filled(world, 2)
    assert call(world, "DELETE", f"/images/{a}")[0] == 204
    assert order(world, album) == [b]
    assert "1 image<" in ann.get(f"/album/{album}")
    assert call(world, "POST", f"/images/{a}/restore")[0] == 200
    assert order(world, album) == [a, b]
    call(world, "DELETE", f"/images/{a}")
    world.clock.advance(UNDO_FOR + timedelta(minutes=30))
    world.sweep()
    world.work()
    upload_of_a = world.web.uploads.find(UUID(a))
    assert upload_of_a is not None
    assert upload_of_a.status is State.ERASED
    assert world.database.read().album_images[UUID(album)] == (UUID(b),)


# ---------- pages


def test_an_album_is_made_shown_edited_and_deleted_on_pages(world: World, ann: Browser) -> None:
    assert "Your albums will be here" in ann.get("/home/user/ann/albums")
    assert ann.submit("/albums/new", "/albums/new", title=" ").status_code == 422
    made = ann.submit("/albums/new", "/albums/new", title="Boats <b>", description="Of May")
    path = made.headers["Location"]
    again = ann.submit("/albums/new", "/albums/new", title="Boats <b>")
    assert (made.status_code, again.headers["Location"]) == (303, path), "a double click makes one"
    page = ann.get(path)
    assert "Boats &lt;b&gt;" in page
    assert "Nothing in it yet" in page
    assert path in ann.get("/home/user/ann/albums")
    saved = ann.submit(
        f"{path}/edit",
        f"{path}/edit",
        title="Ships",
        description="Of May",
        shown_title="Boats <b>",
        shown_description="Of May",
        version="1",
    )
    assert saved.status_code == 303
    assert "Ships" in ann.get(path)
    assert "Delete the album" in ann.get(f"{path}/delete")
    assert ann.submit(f"{path}/delete", f"{path}/delete").status_code == 303
    assert ann.submit("/albums/new", f"{path}/delete").status_code == 303, "a double click is as one"
    assert ann.client.get(path).status_code == 404
    assert "Your albums will be here" in ann.get("/home/user/ann/albums")


def test_an_edit_in_two_windows_is_told_with_both_texts(world: World, ann: Browser) -> None:
    album = make(world)
    path = f"/album/{album}/edit"
    shown = {"shown_title": "Boats", "shown_description": "", "version": "1"}
    assert ann.submit(path, path, title="Ships", description="", **shown).status_code == 303
    late = ann.submit(path, path, title="Rafts", description="", **shown)
    assert late.status_code == 412
    assert "changed meanwhile" in late.text
    assert "Ships" in late.text
    assert 'value="Rafts"' in late.text
    same = ann.submit(path, path, title="Ships", description="", **shown)
    assert same.status_code == 303, "the same form twice has nothing to decide"
    beside = ann.submit(path, path, title="Boats", description="Mine", **shown)
    assert beside.status_code == 412
    make(world, "Taken")
    taken = {"shown_title": "Ships", "shown_description": "", "version": "2"}
    assert ann.submit(path, path, title="Taken", description="", **taken).status_code == 409


def test_a_selection_comes_into_an_album_that_is_made_for_it(world: World, ann: Browser) -> None:
    images = share(world, 1_000)
    form = "/home/user/ann/select"
    answer = ann.submit(form, form, id=images, album="Boats")
    assert answer.status_code == 303
    album = answer.headers["Location"].rsplit("/", 1)[1]
    assert order(world, album) == images
    assert "1000 images are new" in ann.get(f"/album/{album}")
    assert ann.submit(form, form, id=images, licence="cc0").status_code == 422, "edits are fewer at once"
    ann.submit(form, form, id=images[:1], album="Boats", licence="cc0")
    assert call(world, "GET", f"/images/{images[0]}")[1]["licence"] == "cc0"
    assert order(world, album) == images
    assert "Boats" in ann.get(f"/image/{images[0]}")
    assert f'value="{images[3]}" form="selection" checked' in ann.get(f"{form}?id={images[3]}&limit=100") or (
        f'name="id" value="{images[3]}"' in ann.get(f"{form}?id={images[3]}")
    )
    refused = ann.submit(form, form, id=images, album="x" * 101)
    assert refused.status_code == 422
    assert "This title has 101 characters" in refused.text
    assert ann.submit(form, form, id=[], album="Boats").status_code == 422


def test_an_album_is_arranged_without_scripts(world: World, ann: Browser) -> None:
    album, [a, b, c] = filled(world, 3)
    page = f"/album/{album}/arrange"
    for do, wanted in (
        (f"later:{a}", [b, a, c]),
        (f"earlier:{c}", [b, c, a]),
        (f"earlier:{b}", [b, c, a]),
        (f"start:{a}", [a, b, c]),
        (f"end:{a}", [b, c, a]),
        (f"later:{a}", [b, c, a]),
        (f"remove:{c}", [b, a]),
        (f"cover:{a}", [b, a]),
    ):
        answer = ann.submit(page, page, do=do)
        assert answer.status_code == 303, do
        assert order(world, album) == wanted, do
    assert call(world, "GET", f"/albums/{album}")[1]["cover"]["id"] == a
    assert ann.submit(page, page, do=f"cover:{c}").status_code == 422
    assert ann.submit(page, page, do="jump:x").status_code == 422
    assert ann.submit(page, page, do=f"remove:{c}").status_code == 303, "twice is as once"


def test_pages_of_an_album_go_on_and_buttons_lead_back_to_theirs(world: World, ann: Browser) -> None:
    album, images = filled(world, 61)
    first = ann.get(f"/album/{album}/arrange")
    [more] = re.findall(rf'href="(/album/{album}/arrange\?cursor=\d+)"', first)
    assert images[59] in first
    rest = ann.get(more)
    assert images[60] in rest
    assert images[59] not in rest
    answer = ann.submit(
        more, f"/album/{album}/arrange", do=f"earlier:{images[60]}", cursor=more.split("=")[1]
    )
    assert answer.headers["Location"] == f"{more}#t-{images[60]}"
    assert order(world, album)[59:] == [images[60], images[59]]
    page = ann.get(f"/album/{album}?limit=50")
    assert f"/album/{album}?cursor=" in page
    assert ann.client.get(f"/album/{album}?cursor=x").status_code == 422
    assert ann.client.get("/album/x").status_code == 404


def test_a_stranger_sees_an_album_without_its_tools(world: World) -> None:
    album, _ = filled(world, 1)
    ben = world.sign_up("ben")
    assert "Arrange" not in ben.get(f"/album/{album}")
    assert f"/album/{album}" in ben.get("/home/user/ann/albums")
    for page in ("arrange", "edit", "delete"):
        assert ben.client.get(f"/album/{album}/{page}").status_code == 404
        assert ben.submit("/albums/new", f"/album/{album}/{page}").status_code in (404, 422)
    assert ben.submit("/albums/new", f"/album/{album}/delete").status_code == 404
    assert "has no albums yet" in ben.get("/home/user/ben/albums") or "will be here" in ben.get(
        "/home/user/ben/albums"
    )


def test_the_upload_page_names_own_albums_and_keeps_what_was_typed(world: World, ann: Browser) -> None:
    make(world, "Boats")
    assert '<option value="Boats">' in ann.get("/upload")
    assert 'value="Ships"' in ann.get("/upload?album=Ships")
    answer = ann.submit("/upload", "/upload", file=file(small_photo()), album=str(uuid4()))
    assert answer.status_code == 422
    assert "no album with this id" in answer.text
    assert ann.submit("/upload", "/upload", file=file(small_photo()), album="Boats").status_code == 303
    world.work()
    assert re.search(r"Boats.*1 image<", ann.get("/home/user/ann/albums"), re.DOTALL)

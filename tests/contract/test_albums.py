"""The promises of albums: whose they are, what is in them, in which order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from shared.domain.albums import Album, AlbumChanges
from shared.domain.ids import new_upload_id
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER
from shared.domain.uploads import State
from shared.ports.albums import END, START, Added, AlbumConflict, AlbumFault, Place
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


@pytest.fixture
def album(records: Records) -> Album:
    """An album of Ann's, empty."""
    return made(records, "Boats")


def made(records: Records, title: str, owner: UUID = ANN, username: str = "ann") -> Album:
    album = records.albums.create(owner, username, title, "")
    assert isinstance(album, Album)
    return album


def shared(records: Records, count: int, owner: UUID = ANN, username: str = "ann") -> list[UUID]:
    """New images, oldest first."""
    manifests = [new_manifest(owner=owner, username=username) for _ in range(count)]
    for manifest in manifests:
        assert publish(records.attempts, manifest) is State.PUBLISHED
    return [manifest.upload_id for manifest in manifests]


def order(records: Records, album: Album) -> list[UUID]:
    """All of it, by pages of two."""
    found: list[UUID] = []
    after = None
    while True:
        page = records.albums.images(album.id, after, 2)
        found += [image.id for image in page.items]
        after = page.next
        if after is None:
            return found


def filled(records: Records, album: Album, count: int) -> list[UUID]:
    images = shared(records, count)
    assert records.albums.add(album.id, ANN, images) == Added(images, [], [])
    return images


def now(records: Records, album: Album) -> Album:
    found = records.albums.find(album.id)
    assert found is not None
    return found


def erase(records: Records, image_id: UUID) -> None:
    records.taking_back.take_back(image_id, ANN)
    records.pass_time(ATTEMPTS_OVER_AFTER + timedelta(minutes=5))
    assert records.erasing.begin(image_id, attempt())
    records.erasing.done(image_id, [])


def test_a_new_album_is_empty_and_its_owners(records: Records) -> None:
    album = records.albums.create(ANN, "ann", "Boats", "Seen in May")
    assert isinstance(album, Album)
    assert (album.owner, album.username, album.title, album.description) == (
        ANN,
        "ann",
        "Boats",
        "Seen in May",
    )
    assert (album.images, album.face, album.cover, album.version) == (0, None, None, 1)
    assert records.albums.find(album.id) == album
    assert records.albums.titled(ANN, "Boats") == album
    assert records.albums.titled(BEN, "Boats") is None
    assert records.albums.find(uuid4()) is None
    assert order(records, album) == []


def test_an_owner_has_no_two_albums_of_a_title(records: Records, album: Album) -> None:
    assert records.albums.create(ANN, "ann", "Boats", "Others") is AlbumFault.TITLE_TAKEN
    assert made(records, "Boats", BEN, "ben").id != album.id
    other = made(records, "boats")
    edited = records.albums.edit(other.id, ANN, None, AlbumChanges(title="Boats"))
    assert edited is AlbumFault.TITLE_TAKEN
    assert now(records, other) == other


def test_a_persons_albums_come_newest_first(records: Records) -> None:
    first, second, third = (made(records, title) for title in ("A", "B", "C"))
    made(records, "A", BEN, "ben")
    assert records.albums.of_user("ann", None, 10) == [third, second, first]
    assert records.albums.of_user("ann", third.id, 1) == [second]
    assert records.albums.of_user("nobody", None, 10) == []


def test_own_images_come_to_the_end_each_once(records: Records, album: Album) -> None:
    a, b, c, d = shared(records, 4)
    assert records.albums.add(album.id, ANN, [b, a, b]) == Added([b, a], [], [])
    assert records.albums.add(album.id, ANN, [a, d, c]) == Added([d, c], [a], [])
    assert records.albums.add(album.id, ANN, [a, d]) == Added([], [a, d], [])
    assert records.albums.add(album.id, ANN, []) == Added([], [], [])
    assert order(records, album) == [b, a, d, c]
    after = now(records, album)
    assert (after.images, after.face, after.version) == (4, b, 1)


def test_what_is_not_ones_own_or_not_there_is_not_added(records: Records, album: Album) -> None:
    [own, gone], [bens] = shared(records, 2), shared(records, 1, BEN, "ben")
    nothing = new_upload_id()
    records.taking_back.take_back(gone, ANN)
    answer = records.albums.add(album.id, ANN, [bens, own, gone, nothing])
    assert answer == Added([own], [], [bens, gone, nothing])
    assert order(records, album) == [own]


def test_nobody_changes_an_album_of_somebody_else(records: Records, album: Album) -> None:
    images, [bens] = filled(records, album, 2), shared(records, 1, BEN, "ben")
    before = now(records, album)
    for album_id in (album.id, uuid4()):
        assert records.albums.add(album_id, BEN, [bens]) is None
        assert records.albums.remove(album_id, BEN, images) is None
        assert records.albums.move(album_id, BEN, images[:1], END) is None
        assert records.albums.edit(album_id, BEN, None, AlbumChanges(title="Ben's")) is None
        assert not records.albums.delete(album_id, BEN)
    assert (now(records, album), order(records, album)) == (before, images)


def test_images_are_moved_to_both_ends_and_beside_others(records: Records, album: Album) -> None:
    a, b, c, d, e = filled(records, album, 5)
    moves = [
        ([d], START, [d, a, b, c, e]),
        ([a], END, [d, b, c, e, a]),
        ([e, d], Place(after=False, anchor=b), [e, d, b, c, a]),
        ([a, e], Place(after=True, anchor=c), [d, b, c, a, e]),
        ([b], Place(after=True, anchor=b), None),
        ([b], Place(after=False, anchor=uuid4()), None),
        ([uuid4(), e], Place(after=True, anchor=d), [d, e, b, c, a]),
        ([e], Place(after=True, anchor=d), [d, e, b, c, a]),
    ]
    for images, place, wanted in moves:
        before = order(records, album)
        answer = records.albums.move(album.id, ANN, images, place)
        if wanted is None:
            assert answer is AlbumFault.NOT_IN_IT
        else:
            assert answer == len(set(images) & {a, b, c, d, e})
        assert order(records, album) == (wanted or before), (images, place)


def test_neighbours_are_those_that_people_see(records: Records, album: Album) -> None:
    a, b, c = filled(records, album, 3)
    assert records.albums.beside(album.id, b, after=True) == c
    assert records.albums.beside(album.id, b, after=False) == a
    assert records.albums.beside(album.id, a, after=False) is None
    records.taking_back.take_back(b, ANN)
    assert records.albums.beside(album.id, a, after=True) == c
    assert records.albums.beside(album.id, uuid4(), after=True) is None


def test_a_gap_that_is_used_up_is_made_anew(records: Records, album: Album) -> None:
    images = filled(records, album, 4)
    for _ in range(40):  # each time into the same gap, which halves
        last = order(records, album)[-1]
        wanted = [images[0], last, *[i for i in order(records, album)[:-1] if i != images[0]]]
        assert records.albums.move(album.id, ANN, [last], Place(after=True, anchor=images[0])) == 1
        assert order(records, album) == wanted


def test_what_is_taken_back_is_seen_no_more_and_is_back_after_an_undo(records: Records, album: Album) -> None:
    a, b, c = filled(records, album, 3)
    assert isinstance(records.albums.edit(album.id, ANN, None, AlbumChanges(cover=b)), Album)
    records.taking_back.take_back(b, ANN)
    assert order(records, album) == [a, c]
    assert (now(records, album).images, now(records, album).face) == (2, a)
    assert records.albums.edit(album.id, ANN, {2}, AlbumChanges(title="Ships")) is not None
    records.taking_back.restore(b, ANN)
    assert order(records, album) == [a, b, c]
    assert (now(records, album).images, now(records, album).face) == (3, b)


def test_what_is_erased_is_forgotten(records: Records, album: Album) -> None:
    a, b = filled(records, album, 2)
    records.albums.edit(album.id, ANN, None, AlbumChanges(cover=b))
    erase(records, b)
    assert order(records, album) == [a]
    assert (now(records, album).cover, now(records, album).images) == (None, 1)
    assert records.albums.move(album.id, ANN, [b], END) == 0
    erase(records, a)
    assert (now(records, album).face, now(records, album).images) == (None, 0)


def test_the_cover_is_the_chosen_one_or_the_first(records: Records, album: Album) -> None:
    a, b, c = filled(records, album, 3)
    assert now(records, album).face == a
    chosen = records.albums.edit(album.id, ANN, {1}, AlbumChanges(cover=a))
    assert isinstance(chosen, Album)
    assert (chosen.cover, chosen.face, chosen.version) == (a, a, 2)
    records.albums.move(album.id, ANN, [c], START)
    assert now(records, album).face == a, "chosen, and no longer the first"
    assert records.albums.edit(album.id, ANN, None, AlbumChanges(cover=uuid4())) is AlbumFault.NOT_IN_IT
    records.albums.remove(album.id, ANN, [a])
    assert (now(records, album).cover, now(records, album).face) == (None, c)
    assert records.albums.edit(album.id, ANN, None, AlbumChanges(cover=a)) is AlbumFault.NOT_IN_IT
    assert order(records, album) == [c, b]


def test_removing_leaves_the_image_alone(records: Records, album: Album) -> None:
    a, b = filled(records, album, 2)
    assert records.albums.remove(album.id, ANN, [a, uuid4()]) == 1
    assert records.albums.remove(album.id, ANN, [a]) == 0
    assert records.albums.remove(album.id, ANN, []) == 0
    assert order(records, album) == [b]
    assert records.images.find(a) is not None


def test_an_image_may_be_in_many_albums(records: Records, album: Album) -> None:
    [image] = filled(records, album, 1)
    other = made(records, "Other")
    records.albums.add(other.id, ANN, [image])
    assert [a.id for a in records.albums.holding(image, 10)] == [other.id, album.id]
    assert [a.images for a in records.albums.holding(image, 1)] == [1]
    assert records.albums.holding(uuid4(), 10) == []
    assert records.albums.holds(album.id, image)
    assert not records.albums.holds(album.id, uuid4())
    assert not records.albums.holds(uuid4(), image)


def test_deleting_an_album_leaves_its_images_alone(records: Records, album: Album) -> None:
    [image] = filled(records, album, 1)
    assert records.albums.delete(album.id, ANN)
    assert not records.albums.delete(album.id, ANN)
    assert records.albums.find(album.id) is None
    assert records.albums.images(album.id, None, 10).items == []
    assert records.albums.holding(image, 10) == []
    assert records.images.find(image) is not None
    assert made(records, "Boats").images == 0, "its title is free"


def test_an_edit_of_a_version_that_is_over_tells_what_changed(records: Records, album: Album) -> None:
    first = records.albums.edit(album.id, ANN, {1}, AlbumChanges(description="Seen in May"))
    assert isinstance(first, Album)
    assert (first.description, first.version) == ("Seen in May", 2)
    assert records.albums.edit(album.id, ANN, {2}, AlbumChanges(title="Boats")) == first, "nothing is new"
    late = records.albums.edit(album.id, ANN, {1}, AlbumChanges(title="Ships"))
    assert late == AlbumConflict(first, {"description": "Seen in May"})
    anyway = records.albums.edit(album.id, ANN, None, AlbumChanges(title="Ships"))
    assert isinstance(anyway, Album)
    assert (anyway.title, anyway.description, anyway.version) == ("Ships", "Seen in May", 3)


def into(records: Records, album: str, owner: UUID = ANN) -> UUID:
    """Publish an image for an album; returns its id."""
    manifest = new_manifest(owner=owner)
    records.attempts.begin(manifest, attempt())
    state = records.attempts.publish(image_of(manifest), [], attempt(), [], album=album)
    assert state is State.PUBLISHED
    return manifest.upload_id


def test_publishing_puts_an_image_into_an_album_once(records: Records, album: Album) -> None:
    first, second = into(records, str(album.id)), into(records, "Boats")
    assert order(records, album) == [first, second]
    again = image_of(new_manifest())
    records.attempts.publish(
        type(again)(**{**vars(again), "id": first}), [], attempt(2), [], album=str(album.id)
    )
    assert order(records, album) == [first, second]
    assert [(e.step, e.result) for e in records.uploads.events(first)] == [("album", "added")]


def test_publishing_makes_the_album_of_a_title(records: Records) -> None:
    images = [into(records, "New"), into(records, "New")]
    album = records.albums.titled(ANN, "New")
    assert album is not None
    assert (order(records, album), album.username) == (images, "ann")


def test_publishing_goes_on_without_an_album_that_is_gone_or_somebody_elses(
    records: Records, album: Album
) -> None:
    bens = made(records, "Ben's", BEN, "ben")
    for name in (str(uuid4()), str(bens.id)):
        image = into(records, name)
        assert records.images.find(image) is not None
        assert "no such album" in records.uploads.events(image)[0].result
    assert (now(records, bens).images, now(records, album).images) == (0, 0)


def test_what_was_uploaded_first_comes_first_whichever_worker_is_faster(
    records: Records, album: Album
) -> None:
    old = filled(records, album, 3)
    records.albums.move(album.id, ANN, [old[0]], END)
    manifests = [new_manifest() for _ in range(4)]
    for n in (2, 0, 3, 1):
        records.attempts.begin(manifests[n], attempt())
        records.attempts.publish(image_of(manifests[n]), [], attempt(), [], album=str(album.id))
    assert order(records, album) == [old[1], old[2], old[0], *(m.upload_id for m in manifests)]


def test_two_at_once_lose_nothing_and_leave_one_order(records: Records, album: Album) -> None:
    images = filled(records, album, 6)
    more = [shared(records, 2) for _ in range(4)]
    for n in range(4):
        start = Barrier(3)

        def adds(n: int = n, start: Barrier = start) -> object:
            start.wait()
            return records.albums.add(album.id, ANN, more[n])

        def moves(place: Place, start: Barrier = start) -> object:
            start.wait()
            return records.albums.move(album.id, ANN, images[:3], place)

        with ThreadPoolExecutor(3) as threads:
            answers = [threads.submit(adds), threads.submit(moves, START), threads.submit(moves, END)]
        assert [a.result() for a in answers] == [Added(more[n], [], []), 3, 3]
    found = order(records, album)
    assert sorted(found) == sorted([*images, *(i for pair in more for i in pair)])
    assert len(found) == len(set(found)) == now(records, album).images


def test_what_is_published_at_once_is_all_in_the_album(records: Records) -> None:
    for title in ("One", "Two"):
        start = Barrier(4)

        def publishes(_: int, title: str = title, start: Barrier = start) -> list[UUID]:
            start.wait()
            return [into(records, title) for _ in range(3)]

        with ThreadPoolExecutor(4) as threads:
            images = [i for some in threads.map(publishes, range(4)) for i in some]
        album = records.albums.titled(ANN, title)
        assert album is not None
        assert order(records, album) == sorted(images), "as they were uploaded"


def test_of_two_who_make_an_album_of_a_title_one_does(records: Records) -> None:
    start = Barrier(2)

    def make(_: int) -> Album | AlbumFault:
        start.wait()
        return records.albums.create(ANN, "ann", "New", "")

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(make, range(2)))
    assert sorted(type(answer).__name__ for answer in answers) == ["Album", "AlbumFault"]
    assert len(records.albums.of_user("ann", None, 10)) == 1


def test_ten_thousand_images_are_an_albums_most(
    records: Records, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("shared.adapters.mysql_album_rows", "shared.adapters.memory.album_rows"):
        monkeypatch.setattr(f"{module}.MAX_ALBUM_IMAGES", 3)
    images, [one_more] = filled(records, album, 2), shared(records, 1)
    assert records.albums.add(album.id, ANN, shared(records, 2)) is AlbumFault.FULL
    assert order(records, album) == images, "nothing is half added"
    last = into(records, "Boats")
    assert order(records, album) == [*images, last]
    assert records.albums.add(album.id, ANN, [one_more]) is AlbumFault.FULL
    assert records.albums.add(album.id, ANN, images) == Added([], images, [])
    late = into(records, "Boats")
    assert records.images.find(late) is not None
    assert "the album has 3" in records.uploads.events(late)[0].result

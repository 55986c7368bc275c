"""The object store's promises."""

import hashlib
import random
from datetime import timedelta

import pytest

from shared.ports.object_store import ObjectStore

MIB = 2**20
PART_BYTES = 6 * MIB  # what the real adapter sends at a time


def test_what_is_put_can_be_got_listed_and_deleted(store: ObjectStore) -> None:
    store.put("t/b", b"two", "text/plain", cache=True)
    store.put("t/a", b"one", "text/plain")
    store.put("u/a", b"elsewhere", "text/plain")
    listed = list(store.list("t/"))
    assert [(o.key, o.size_bytes) for o in listed] == [("t/a", 3), ("t/b", 3)]
    assert timedelta(seconds=-2) < listed[0].age < timedelta(minutes=1)
    assert store.get("t/a") == b"one"
    store.delete(["t/a", "t/b", "t/never-there"])
    assert store.get("t/a") is None
    assert list(store.list("t/")) == []
    assert store.get("u/a") == b"elsewhere"


@pytest.mark.parametrize("size", [0, 1, 4 * MIB, 4 * MIB + 1, 9 * MIB])
def test_many_bytes_are_read_a_piece_at_a_time(store: ObjectStore, size: int) -> None:
    data = random.Random(size).randbytes(size)  # noqa: S311 -- any bytes do
    store.put("k", data, "image/jpeg")
    pieces = store.pieces("k")
    assert pieces is not None
    assert b"".join(pieces) == data


def test_what_is_not_there_has_no_pieces_and_what_goes_meanwhile_ends_early(store: ObjectStore) -> None:
    assert store.pieces("k") is None
    store.put("k", bytes(9 * MIB), "image/jpeg")
    pieces = store.pieces("k")
    assert pieces is not None
    read = len(next(pieces))
    store.delete(["k"])
    assert read + sum(map(len, pieces)) < 9 * MIB


def test_a_listing_goes_on_from_behind_a_key_in_the_order_of_their_bytes(store: ObjectStore) -> None:
    names = ["t/", "t/-", "t/A", "t/a", "t/a/b", "t/é", "t/日"]
    for name in reversed(names):
        store.put(name, b"", "text/plain")
    assert [o.key for o in store.list("t/")] == names
    assert [o.key for o in store.list("t/", after="t/a")] == names[4:]


def test_what_is_put_again_replaces_what_was_there(store: ObjectStore) -> None:
    for data in (b"first", b"second"):
        store.put("k", data, "text/plain")
    assert store.get("k") == b"second"
    assert [o.size_bytes for o in store.list("k")] == [6]


def test_put_new_writes_only_where_nothing_is(store: ObjectStore) -> None:
    assert store.put_new("k", b"first", "text/plain") == b"first"
    assert store.put_new("k", b"second", "text/plain") == b"first"
    assert store.put_new("k", b"first", "text/plain") == b"first", (
        "whoever wrote it, it is what was to be written"
    )
    assert store.get("k") == b"first"
    store.delete(["k"])
    assert store.put_new("k", b"second", "text/plain") == b"second"


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, 2 * PART_BYTES + 5])
def test_a_sink_stores_exactly_what_was_written(store: ObjectStore, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    sink = store.open_sink("k")
    for start in range(0, size, 100_000):
        sink.write(data[start : min(start + 100_000, size)])
    assert store.get("k") is None, "nothing is visible before the commit"
    assert list(store.list("k")) == []
    sink.commit()
    stored = store.get("k")
    assert stored is not None
    assert hashlib.sha256(stored).digest() == hashlib.sha256(data[:size]).digest()


def test_an_aborted_sink_leaves_nothing(store: ObjectStore) -> None:
    sink = store.open_sink("k")
    sink.write(b"x" * (PART_BYTES + 1))
    sink.abort()
    assert store.get("k") is None
    assert list(store.list("")) == []


def test_what_a_walk_finds_can_be_deleted_while_it_goes_on(store: ObjectStore) -> None:
    for number in range(5):
        store.put(f"t/{number}", b"", "text/plain")
    store.delete(entry.key for entry in store.list("t/") if entry.key != "t/3")
    assert [entry.key for entry in store.list("t/")] == ["t/3"]


def test_a_store_that_answers_passes_its_check(store: ObjectStore) -> None:
    store.check()


def test_what_is_deleted_is_kept_where_versions_are_until_it_is_erased(versioned_store: ObjectStore) -> None:
    store = versioned_store
    for data in (b"first", b"second"):
        store.put("t/a", data, "text/plain")
    store.put("t/b", b"", "text/plain")
    store.put("t/é", b"", "text/plain")
    store.put("u/a", b"elsewhere", "text/plain")
    store.delete(["t/a", "t/never-there"])
    assert store.get("t/a") is None

    found = list(store.versions("t/"))

    keys = [version.key for version in found]
    assert keys.count("t/a") == 3, "two versions, and the mark that hides them"
    assert (keys.count("t/b"), keys.count("t/é")) == (1, 1)
    assert len(set(found)) == len(found)
    store.erase(found)
    assert list(store.versions("t/")) == []
    assert [o.key for o in store.list("")] == ["u/a"]
    store.erase(found)
    assert store.get("u/a") == b"elsewhere"


def test_what_is_put_after_a_look_is_not_erased_by_it(versioned_store: ObjectStore) -> None:
    versioned_store.put("k", b"first", "text/plain")
    found = list(versioned_store.versions("k"))
    versioned_store.put("k", b"second", "text/plain")
    versioned_store.erase(found)
    assert versioned_store.get("k") == b"second"
    assert len(list(versioned_store.versions("k"))) == 1


def test_what_stands_below_an_erased_version_comes_up(versioned_store: ObjectStore) -> None:
    store = versioned_store
    store.put("k", b"first", "text/plain")
    [first] = store.versions("k")
    store.put("k", b"second", "text/plain")
    store.delete(["k"])
    second, mark = sorted(
        set(store.versions("k")) - {first}, key=lambda v: store.pieces("k", version_id=v.version_id) is None
    )
    store.erase([mark])
    assert store.get("k") == b"second"
    store.erase([second])
    assert store.get("k") == b"first"
    store.erase([first])
    assert store.get("k") is None


def test_without_versions_erasing_is_deleting(store: ObjectStore) -> None:
    store.put("t/a", b"first", "text/plain")
    store.put("t/a", b"second", "text/plain")
    store.put("t/b", b"", "text/plain")
    [only] = store.versions("t/a")
    store.erase([only, only])
    assert store.get("t/a") is None
    assert [version.key for version in store.versions("t/")] == ["t/b"]
    store.erase([only])
    store.erase([])
    assert [o.key for o in store.list("")] == ["t/b"]


def test_a_look_at_versions_goes_on_from_behind_a_key(versioned_store: ObjectStore) -> None:
    for key in ("t/c", "t/a", "t/b", "t/b", "u/a"):
        versioned_store.put(key, b"", "text/plain")
    versioned_store.delete(["t/a"])
    keys = [version.key for version in versioned_store.versions("t/")]
    assert keys == ["t/a", "t/a", "t/b", "t/b", "t/c"]
    assert [v.key for v in versioned_store.versions("t/", after="t/a")] == ["t/b", "t/b", "t/c"]
    assert list(versioned_store.versions("t/", after="t/c")) == []


def test_what_was_hidden_is_read_and_put_back_by_its_version(versioned_store: ObjectStore) -> None:
    store = versioned_store
    for data in (b"first", b"second"):
        store.put("k", data, "image/jpeg", cache=True)
    store.delete(["k"])

    known = [store.pieces("k", version_id=version.version_id) for version in store.versions("k")]

    assert [b"".join(pieces) for pieces in known if pieces is not None] == [b"second", b"first"]
    assert len(known) == 3, "the mark that hides it has no bytes"
    first = [
        v
        for v in store.versions("k")
        if b"".join(store.pieces("k", version_id=v.version_id) or ()) == b"first"
    ]
    assert store.copy("k", "k", version_id=first[0].version_id)
    assert store.get("k") == b"first"


def test_a_copy_stands_beside_what_it_was_made_from(store: ObjectStore) -> None:
    store.put("a/é b+c", b"bytes", "image/jpeg", cache=True)
    assert store.copy("a/é b+c", "q/a/é b+c")
    assert (store.get("a/é b+c"), store.get("q/a/é b+c")) == (b"bytes", b"bytes")
    assert not store.copy("a/never", "q/never")
    assert not store.copy("a/é b+c", "q/never", version_id="null-never")
    assert store.get("q/never") is None

"""Which images there are, and which of them a query finds."""

from uuid import UUID, uuid4

import pytest

from shared.domain.images import ImageQuery
from shared.domain.terms import (
    COMMERCIAL,
    LICENCE,
    ORIENTATION,
    SIZE,
    TAG,
    USER,
    WORD,
    parse_query,
    tag_term,
    user_term,
)
from shared.domain.uploads import State
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish


def share(records: Records, caption: str, *, username: str = "ann", licence: str = "cc-by") -> UUID:
    """One more published image."""
    manifest = new_manifest(caption, username=username, licence=licence)
    assert publish(records.attempts, manifest) is State.PUBLISHED
    return manifest.upload_id


def found(records: Records, typed: str) -> list[UUID]:
    return [image.id for image in records.images.search(ImageQuery(parse_query(typed))).items]


def test_an_image_is_read_as_it_was_written(records: Records) -> None:
    manifest, unknown = new_manifest("A #Boat at Ærø, 日本語 🚤"), uuid4()
    image = image_of(manifest)
    assert image.hashtags == ("boat",)
    records.attempts.begin(manifest, attempt())
    records.attempts.publish(image, [], attempt(), [])

    assert records.images.find(image.id) == image
    assert records.images.find_many([image.id, unknown]) == {image.id: image}
    assert records.images.find(unknown) is None
    assert records.images.find_many([]) == {}


def test_without_terms_a_search_is_the_feed_newest_first(records: Records) -> None:
    ids = [share(records, "") for _ in range(3)]
    page = records.images.search(ImageQuery())
    assert [image.id for image in page.items] == ids[::-1]
    assert not page.more


@pytest.mark.parametrize("terms", [frozenset(), parse_query("boat"), parse_query("boat red")])
def test_a_search_is_read_page_by_page(records: Records, terms: frozenset[tuple[str, str]]) -> None:
    newest_first = [share(records, "a red boat") for _ in range(5)][::-1]

    def page(before: UUID | None) -> tuple[list[UUID], bool]:
        answer = records.images.search(ImageQuery(terms, before=before, limit=2))
        return [image.id for image in answer.items], answer.more

    assert page(None) == (newest_first[:2], True)
    assert page(newest_first[1]) == (newest_first[2:4], True)
    assert page(newest_first[3]) == (newest_first[4:], False)
    assert page(newest_first[4]) == ([], False)


def test_every_word_must_match(records: Records) -> None:
    both = share(records, "A red boat")
    share(records, "A red house")
    share(records, "A blue boat")
    assert found(records, "boat red") == [both]
    assert found(records, "boat red unheard-of") == []
    assert found(records, "unheard-of") == []


@pytest.mark.parametrize(
    ("caption", "typed"),
    [
        ("Café à la carte", "cafe"),
        ("CAFE", "café"),
        ("Ærø by night", "ÆRØ"),
        ("Straße", "STRASSE"),
        ("don’t", "don't"),
        ("東京タワーの夜景", "夜景"),
        ("東京タワーの夜景", "東"),
        ("서울의 밤", "서울"),
        ("Ελλάδα", "ελλαδα"),
        ("Boat #Sunset_2026", "#sunset_2026"),
        ("Boat #Café", "#cafe"),
    ],
)
def test_case_accents_and_scripts_without_spaces_stand_in_nobodys_way(
    records: Records, caption: str, typed: str
) -> None:
    wanted = share(records, caption)
    share(records, "Something else entirely")
    assert found(records, typed) == [wanted]


def test_words_that_differ_are_told_apart(records: Records) -> None:
    """By us, and not by a collation that finds more alike than we do."""
    share(records, "boats")
    share(records, "œuf")
    assert found(records, "boat") == []
    assert found(records, "oeuf") == []


def test_people_tags_licences_and_uses_are_terms_like_words(records: Records) -> None:
    anns = share(records, "#boat", username="ann", licence="cc-by")
    bens = share(records, "boat", username="ben", licence="cc-by-nc")

    def by(*terms: tuple[str, str]) -> list[UUID]:
        return [i.id for i in records.images.search(ImageQuery(frozenset(terms))).items]

    assert by(user_term("Ann")) == [anns]
    assert by(tag_term("boat")) == [anns]
    assert by((LICENCE, "cc-by-nc")) == [bens]
    assert by(COMMERCIAL) == [anns]
    assert by(user_term("ben"), COMMERCIAL) == []


def test_an_image_has_an_older_and_a_newer_neighbour(records: Records) -> None:
    oldest, middle, newest = (share(records, "") for _ in range(3))
    assert records.images.neighbours(middle) == (newest, oldest)
    assert records.images.neighbours(oldest) == (middle, None)
    assert records.images.neighbours(newest) == (None, middle)


def test_a_persons_images_are_counted(records: Records) -> None:
    for _ in range(2):
        share(records, "", username="ann")
    share(records, "", username="ben")
    assert records.images.count_of("ann") == 2
    assert records.images.count_of("nobody") == 0


def test_images_are_found_by_their_orientation_and_size(records: Records) -> None:
    shapes = {"wide": (6000, 4000), "tall": (1000, 2200), "nearly square": (100, 104), "line": (5000, 1)}
    ids = {}
    for name, size in shapes.items():
        manifest = new_manifest("a shape")
        publish(records.attempts, manifest, size=size)
        ids[name] = manifest.upload_id

    def found_by(*terms: tuple[str, str]) -> set[str]:
        page = records.images.search(ImageQuery(parse_query("shape") | set(terms)))
        return {name for name, image_id in ids.items() if image_id in [image.id for image in page.items]}

    assert found_by((ORIENTATION, "landscape")) == {"wide", "line"}
    assert found_by((ORIENTATION, "portrait")) == {"tall"}
    assert found_by((ORIENTATION, "square")) == {"nearly square"}
    assert found_by((SIZE, "medium")) == {"wide", "tall"}
    assert found_by((SIZE, "large"), (ORIENTATION, "landscape")) == {"wide"}
    assert found_by((SIZE, "large"), (ORIENTATION, "portrait")) == set()


@pytest.mark.parametrize("terms", [frozenset(), parse_query("boat"), parse_query("boat red")])
def test_a_search_ends_where_it_is_told(records: Records, terms: frozenset[tuple[str, str]]) -> None:
    oldest, middle, newest = (share(records, "a red boat") for _ in range(3))
    page = records.images.search(ImageQuery(terms, since=middle))
    assert [image.id for image in page.items] == [newest, middle]
    page = records.images.search(ImageQuery(terms, since=middle, before=newest))
    assert [image.id for image in page.items] == [middle]
    page = records.images.search(ImageQuery(terms, since=middle, limit=1))
    assert page.more
    assert records.images.search(ImageQuery(terms, since=oldest, before=oldest)).items == []


def test_terms_that_begin_so_are_suggested_with_how_many_images_they_find(records: Records) -> None:
    for caption, username in (
        ("Harbour at dawn #harbour", "harald"),
        ("harbour #harbour #Hårdanger", "ann"),
        ("Harvest", "ann"),
        ("hare", "ann"),
    ):
        share(records, caption, username=username)
    gone = records.images.find(share(records, "harp #harp", username="harriet"))
    assert gone is not None
    records.taking_back.take_back(gone.id, gone.owner, None)

    def suggested(*beginnings: tuple[str, str], limit: int = 9, cap: int = 9) -> dict[str, int]:
        return {s.term[1]: s.images for s in records.images.suggest(beginnings, limit, cap)}

    assert suggested((USER, "har")) == {"harald": 1}
    assert suggested((TAG, "har")) == {"harbour": 2, "hardanger": 1}
    words = suggested((WORD, "har"))
    assert words == {"harbour": 2, "harvest": 1, "hare": 1, "hardanger": 1}
    assert next(iter(words)) == "harbour"
    assert suggested((WORD, "har"), cap=1)["harbour"] == 1
    assert list(suggested((USER, "har"), (TAG, "har"), limit=1)) == ["harald", "harbour"]
    assert suggested((WORD, "har%")) == suggested((WORD, "_ar")) == {}
    assert records.images.suggest([], 9, 9) == []


def test_what_is_newer_is_counted_up_to_a_bound(records: Records) -> None:
    manifests = [new_manifest() for _ in range(4)]
    for manifest in manifests:
        publish(records.attempts, manifest)
    first, second = (manifest.upload_id for manifest in manifests[:2])
    assert records.taking_back.take_back(manifests[3].upload_id, ANN)
    assert [records.images.count_newer(i, 9) for i in (UUID(int=0), first, second)] == [3, 2, 1]
    assert records.images.count_newer(first, 1) == 1
    assert records.images.count_newer(manifests[3].upload_id, 9) == 0

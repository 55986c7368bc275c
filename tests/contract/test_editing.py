"""What an owner edits: record, index, timeline and licence history change together, from the version that was seen."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from shared.domain.editing import Changes
from shared.domain.images import Image, ImageQuery
from shared.domain.terms import COMMERCIAL, LICENCE, Term, parse_query, tag_term, user_term
from shared.domain.uploads import State
from shared.ports.editing import Conflict, Edited
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

BEN = UUID("1b6ae8a6-53a5-4b6c-9b59-5b6ab0a4a4b1")


@pytest.fixture
def image_id(records: Records) -> UUID:
    """A published image of Ann's."""
    manifest = new_manifest("A red #boat at dawn", licence="cc-by")
    assert publish(records.attempts, manifest)
    return manifest.upload_id


def the(records: Records, image_id: UUID) -> Image:
    found = records.images.find(image_id)
    assert found is not None
    return found


def found(records: Records, *terms: Term) -> list[UUID]:
    return [image.id for image in records.images.search(ImageQuery(frozenset(terms))).items]


def edit(
    records: Records, image_id: UUID, seen: int | None, owner: UUID = ANN, **changes: str
) -> Edited | Conflict | None:
    versions = None if seen is None else {seen}
    return records.editing.edit(image_id, owner, versions, Changes(**changes))


def everything(records: Records, image_id: UUID) -> tuple[object, ...]:
    """All that an edit may change."""
    return (
        the(records, image_id),
        found(records, *parse_query("red boat")),
        found(records, COMMERCIAL),
        records.uploads.events(image_id),
        records.editing.grants(image_id),
    )


def test_what_is_published_is_at_version_1_without_alternative_text(records: Records, image_id: UUID) -> None:
    assert (the(records, image_id).version, the(records, image_id).alt) == (1, "")


def test_an_edit_changes_the_record_and_nothing_beside_it(records: Records, image_id: UUID) -> None:
    before = the(records, image_id)

    answer = edit(records, image_id, 1, caption="A blue #ship", alt="A ship, seen from above", licence="cc0")

    after = the(records, image_id)
    assert answer == Edited(after)
    assert (after.caption, after.hashtags, after.alt) == (
        "A blue #ship",
        ("ship",),
        "A ship, seen from above",
    )
    assert (after.licence, after.version) == ("cc0", 2)
    assert (after.owner, after.sha256, after.published_at) == (
        before.owner,
        before.sha256,
        before.published_at,
    )


def test_it_is_found_by_its_new_words_and_no_longer_by_its_old_ones(records: Records, image_id: UUID) -> None:
    assert found(records, *parse_query("red dawn")) == [image_id]

    edit(records, image_id, 1, caption="A red #ship at noon", licence="cc-by-nc")

    for old in (
        parse_query("dawn"),
        parse_query("boat"),
        [tag_term("boat")],
        [(LICENCE, "cc-by")],
        [COMMERCIAL],
    ):
        assert found(records, *old) == [], old
    for new in (parse_query("red noon"), parse_query("#ship"), [(LICENCE, "cc-by-nc")], parse_query("IMG")):
        assert found(records, *new) == [image_id], new
    assert found(records, user_term("ann")) == [image_id]
    assert records.images.count_of("ann") == 1


def test_the_index_of_others_is_left_alone(records: Records, image_id: UUID) -> None:
    other = new_manifest("Another red #boat at dawn")
    assert publish(records.attempts, other)
    edit(records, image_id, 1, caption="")
    assert found(records, *parse_query("red boat dawn")) == [other.upload_id]


def test_a_field_that_is_not_named_stays(records: Records, image_id: UUID) -> None:
    edit(records, image_id, 1, alt="A boat")
    edit(records, image_id, 2, licence="cc0")
    after = the(records, image_id)
    assert (after.caption, after.alt, after.licence) == ("A red #boat at dawn", "A boat", "cc0")
    assert found(records, *parse_query("red boat dawn")) == [image_id]


def test_an_edit_of_a_version_that_is_over_changes_nothing_and_tells_what_changed(
    records: Records, image_id: UUID
) -> None:
    edit(records, image_id, 1, alt="A boat")
    edit(records, image_id, 2, caption="A red #boat at noon", licence="cc0")
    before = everything(records, image_id)

    late = edit(records, image_id, 2, caption="mine", alt="mine")
    later = edit(records, image_id, 1, licence="cc-by-nd")

    now = the(records, image_id)
    assert late == Conflict(now, {"caption": "A red #boat at noon", "licence": "cc0"})
    assert later == Conflict(now, {"caption": "A red #boat at noon", "alt": "A boat", "licence": "cc0"})
    assert everything(records, image_id) == before


def test_an_edit_that_is_repeated_is_told_that_it_was_made(records: Records, image_id: UUID) -> None:
    assert isinstance(edit(records, image_id, 1, caption="mine"), Edited)
    before = everything(records, image_id)
    assert edit(records, image_id, 1, caption="mine") == Conflict(the(records, image_id), {"caption": "mine"})
    assert everything(records, image_id) == before


@pytest.mark.parametrize("seen", [set(), {7}, {-1, 0}])
def test_who_saw_no_version_that_there_was_is_told_every_field(
    records: Records, image_id: UUID, seen: set[int]
) -> None:
    answer = records.editing.edit(image_id, ANN, seen, Changes(caption="mine"))
    assert isinstance(answer, Conflict)
    assert set(answer.changed) == {"caption", "alt", "licence"}
    assert the(records, image_id).version == 1


def test_of_several_versions_one_must_stand(records: Records, image_id: UUID) -> None:
    edit(records, image_id, 1, alt="A boat")
    assert isinstance(records.editing.edit(image_id, ANN, {1, 2, 9}, Changes(alt="A ship")), Edited)
    conflict = records.editing.edit(image_id, ANN, {1, 2, 9}, Changes(alt="A raft"))
    assert conflict == Conflict(the(records, image_id), {"alt": "A ship"})


def test_whoever_does_not_care_edits_whichever_version_stands(records: Records, image_id: UUID) -> None:
    edit(records, image_id, 1, alt="A boat")
    assert isinstance(edit(records, image_id, None, alt="A ship"), Edited)
    assert (the(records, image_id).alt, the(records, image_id).version) == ("A ship", 3)


def test_what_is_as_wanted_already_gets_no_new_version(records: Records, image_id: UUID) -> None:
    before = everything(records, image_id)
    assert edit(records, image_id, 1, licence="cc-by", alt="") == Edited(the(records, image_id))
    assert edit(records, image_id, 1) == Edited(the(records, image_id))
    assert everything(records, image_id) == before


def test_nobody_edits_what_is_not_theirs_or_not_there(records: Records, image_id: UUID) -> None:
    before = everything(records, image_id)
    waiting = new_manifest()
    records.attempts.begin(waiting, attempt())
    assert edit(records, image_id, 1, owner=BEN, caption="Ben's") is None
    assert edit(records, image_id, None, owner=BEN, caption="Ben's") is None
    assert edit(records, uuid4(), 1, caption="x") is None
    assert edit(records, waiting.upload_id, 1, caption="x") is None, "not published yet"
    assert everything(records, image_id) == before


def test_the_timeline_says_which_fields_and_repeats_no_caption(records: Records, image_id: UUID) -> None:
    edit(records, image_id, 1, caption="A secret", alt="Too")
    edit(records, image_id, 2, licence="cc0")
    lines = [(e.step, e.attempt, e.worker, e.result) for e in records.uploads.events(image_id)]
    assert lines == [
        ("edit", 0, "web", "version 2: caption, alt"),
        ("edit", 0, "web", "version 3: licence from cc-by to cc0"),
    ]


def test_what_was_granted_when_stays_known(records: Records, image_id: UUID) -> None:
    for seen, licence in enumerate(["cc0", "all-rights-reserved", "cc-by"], start=1):
        records.pass_time(timedelta(days=1))
        edit(records, image_id, seen, licence=licence)
    edit(records, image_id, 4, caption="No grant")

    grants = records.editing.grants(image_id)

    assert [(g.version, g.licence) for g in grants] == [
        (1, "cc-by"),
        (2, "cc0"),
        (3, "all-rights-reserved"),
        (4, "cc-by"),
    ]
    assert [g.at for g in grants] == sorted(g.at for g in grants)
    assert records.editing.grants(uuid4()) == []


def test_a_late_attempt_does_not_undo_an_edit(records: Records, image_id: UUID) -> None:
    edit(records, image_id, 1, caption="A blue #ship", licence="cc0")
    before = everything(records, image_id)
    stale = replace(image_of(new_manifest("A red #boat at dawn")), id=image_id)
    assert records.attempts.publish(stale, [("word", "dawn")], attempt(2), []) is State.PUBLISHED
    assert everything(records, image_id) == before


def test_what_was_taken_back_can_not_be_edited(records: Records, image_id: UUID) -> None:
    owner = the(records, image_id).owner
    records.taking_back.take_back(image_id, owner, None)
    assert records.editing.edit(image_id, owner, None, Changes(caption="anew")) is None
    assert records.images.find(image_id) is None


def test_of_two_edits_at_once_one_wins_and_the_other_is_told(records: Records, image_id: UUID) -> None:
    for version in range(1, 6):
        start = Barrier(2)

        def change(caption: str, seen: int = version, start: Barrier = start) -> Edited | Conflict | None:
            start.wait()
            return edit(records, image_id, seen, caption=caption)

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(change, [f"left {version}", f"right {version}"]))

        now = the(records, image_id)
        assert now.version == version + 1
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Edited"]
        assert Edited(now) in answers
        assert Conflict(now, {"caption": now.caption}) in answers
        assert found(records, *parse_query(now.caption)) == [image_id]
    assert len(records.uploads.events(image_id)) == 5

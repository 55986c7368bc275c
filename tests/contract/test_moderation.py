"""The promises of reports, of moderators' acts, and of what owners answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from shared.domain.editing import Changes
from shared.domain.images import Image, ImageQuery
from shared.domain.moderation import (
    NOTICES,
    REPORTS_A_DAY,
    Act,
    Decision,
    Reason,
    Seen,
    Standing,
    Verb,
)
from shared.domain.taking_back import UNDO_FOR
from shared.domain.terms import Term
from shared.domain.uploads import State
from shared.ports.editing import Edited
from shared.ports.moderation import Answered, Case, Done, Impossible, Reported, Stale, Wanted
from shared.ports.taking_back import Restored
from tests.contract.sides import Records
from tests.contract.test_downloads import published
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

MOE, MIA = uuid4(), uuid4()
T = TypeVar("T")
MINUTE = timedelta(minutes=1)


def decision(image: Image, verb: Verb, seen: Seen, who: UUID = MOE, note: str = "Please look.") -> Decision:
    reason = Reason.SPAM if verb.needs_reason else None
    return Decision(who, "moe" if who == MOE else "mia", image.id, verb, reason, note, seen)


def case_of(records: Records, image: Image) -> Case:
    found = records.reports.case(image.id)
    assert found is not None
    return found


def act(records: Records, image: Image, verb: Verb, who: UUID = MOE) -> Act:
    """Done as the moderator sees it."""
    done = records.moderation.act(decision(image, verb, case_of(records, image).seen, who))
    assert isinstance(done, Done)
    return done.act


def report(records: Records, image: Image, who: UUID | None = None, reason: Reason = Reason.SPAM) -> Reported:
    return records.reports.add(who or uuid4(), "bob", image.id, reason, "Look at this.")


def found_by(records: Records, *terms: Term) -> Sequence[UUID]:
    return [i.id for i in records.images.search(ImageQuery(frozenset(terms))).items]


def is_shown(records: Records, image: Image) -> bool:
    """Whether each road to it says the same, which it says then."""
    roads = {
        records.images.find(image.id) is not None,
        image.id in found_by(records),
        image.id in found_by(records, ("user", image.username)),
        records.images.neighbours(UUID(int=2**128 - 1))[1] == image.id,
        records.images.count_of(image.username) == 1,
        records.downloads.add(uuid4(), "bob", image.id) is not None,
    }
    assert len(roads) == 1
    return roads.pop()


def test_a_person_reports_an_image_once(records: Records) -> None:
    image, bob = published(records), uuid4()
    assert report(records, image, bob) is Reported.NEW
    assert report(records, image, bob, Reason.PRIVACY) is Reported.ALREADY
    case = case_of(records, image)
    assert case.counts == {Reason.SPAM: 1}, "a second report changes nothing"
    assert [(r.reporter, r.username, r.text) for r in case.newest] == [(bob, "bob", "Look at this.")]
    assert records.reports.add(bob, "bob", uuid4(), Reason.SPAM, "") is Reported.UNKNOWN


def test_open_reports_are_grouped_by_image_and_the_longest_waiting_comes_first(records: Records) -> None:
    first, second = published(records), published(records)
    for image, reason in (
        (second, Reason.SPAM),
        (first, Reason.SPAM),
        (first, Reason.ILLEGAL),
        (first, Reason.SPAM),
    ):
        report(records, image, reason=reason)
    cases = records.reports.cases(None, 10)
    assert [c.image_id for c in cases] == [second.id, first.id]
    assert list(cases[1].counts.items()) == [(Reason.SPAM, 2), (Reason.ILLEGAL, 1)]
    assert cases[1].seen == Seen(0, 3)
    assert cases[1].image == first
    assert (cases[1].owner, cases[1].owner_name) == (first.owner, first.username)
    assert cases[1].first_at is not None
    assert cases[1].last_at is not None
    assert cases[1].first_at <= cases[1].last_at
    assert [c.image_id for c in records.reports.cases(cases[0].first_id, 10)] == [first.id]
    assert [c.image_id for c in records.reports.cases(None, 1)] == [second.id]


def test_a_flood_of_reports_is_stopped_and_what_was_answered_does_not_count(records: Records) -> None:
    bob = uuid4()
    images = [published(records) for _ in range(REPORTS_A_DAY + 1)]
    assert {report(records, i, bob) for i in images[:-1]} == {Reported.NEW}
    assert report(records, images[-1], bob) is Reported.TOO_MANY
    assert report(records, images[0], bob) is Reported.ALREADY
    act(records, images[0], Verb.DISMISS)
    assert report(records, images[-1], bob) is Reported.NEW


def test_what_is_hidden_is_shown_nowhere_until_it_is_restored(records: Records) -> None:
    image = published(records)
    assert is_shown(records, image)
    report(records, image)
    hid = act(records, image, Verb.HIDE)
    assert (hid.was, hid.closed, hid.number) == (Standing.SHOWN, {Reason.SPAM: 1}, 1)
    assert not is_shown(records, image)
    assert records.reports.cases(None, 10) == [], "hiding answers the reports"
    assert report(records, image) is Reported.UNKNOWN
    seen = records.images.with_hidden([image.id])[image.id]
    assert (seen.hidden, seen.caption) == (True, image.caption)
    assert case_of(records, image).standing is Standing.HIDDEN
    assert records.usages.of_owner(image.owner).images == 1, "its bytes are there yet"
    assert act(records, image, Verb.RESTORE).was is Standing.HIDDEN
    assert is_shown(records, image)
    assert [e.step for e in records.uploads.events(image.id)][-2:] == ["hide", "unhide"]


def test_an_edit_of_what_is_hidden_stays_hidden_and_is_found_once_it_is_restored(records: Records) -> None:
    image = published(records)
    act(records, image, Verb.HIDE)
    edited = records.editing.edit(image.id, image.owner, {1}, Changes(caption="a heron"))
    assert isinstance(edited, Edited)
    assert not is_shown(records, image)
    assert found_by(records, ("word", "heron")) == []
    act(records, image, Verb.RESTORE)
    assert found_by(records, ("word", "heron")) == [image.id]


def test_taking_back_what_is_hidden_keeps_that_it_was_and_an_undo_does_not_show_it(records: Records) -> None:
    image = published(records)
    act(records, image, Verb.HIDE)
    assert records.taking_back.take_back(image.id, image.owner) is not None
    assert case_of(records, image).standing is Standing.TAKEN_BACK_HIDDEN
    assert records.images.with_hidden([image.id]) == {}
    assert records.taking_back.restore(image.id, image.owner) is Restored.THERE
    assert case_of(records, image).standing is Standing.HIDDEN
    assert not is_shown(records, image)


def test_hidden_while_it_is_taken_back_it_stays_hidden_after_the_undo(records: Records) -> None:
    image = published(records)
    records.taking_back.take_back(image.id, image.owner)
    assert act(records, image, Verb.HIDE).was is Standing.TAKEN_BACK
    assert records.taking_back.restore(image.id, image.owner) is Restored.THERE
    assert not is_shown(records, image)


def test_restoring_what_was_taken_back_does_not_bring_it_back(records: Records) -> None:
    image = published(records)
    act(records, image, Verb.HIDE)
    records.taking_back.take_back(image.id, image.owner)
    assert act(records, image, Verb.RESTORE).was is Standing.TAKEN_BACK_HIDDEN
    assert not is_shown(records, image)
    assert records.images.with_hidden([image.id]) == {}
    assert records.taking_back.restore(image.id, image.owner) is Restored.THERE
    assert is_shown(records, image), "its owner's undo is its owner's"


@pytest.mark.parametrize("before", ["shown", "hidden", "taken back"])
def test_what_is_removed_is_gone_for_good_and_waits_to_be_erased(records: Records, before: str) -> None:
    image = published(records)
    if before == "hidden":
        act(records, image, Verb.HIDE)
    elif before == "taken back":
        records.taking_back.take_back(image.id, image.owner)
    done = records.moderation.act(decision(image, Verb.REMOVE, case_of(records, image).seen))
    assert isinstance(done, Done)
    assert done.erasable_in is not None
    assert timedelta() < done.erasable_in <= 2 * MINUTE
    assert not is_shown(records, image)
    assert records.taking_back.restore(image.id, image.owner) is Restored.TOO_LATE
    upload = records.uploads.find(image.id)
    assert upload is not None
    assert (upload.status, upload.reason_code, upload.undo_for) == (State.TAKEN_BACK, "removed", None)
    assert "removed by a moderator" in records.uploads.events(image.id)[-1].result
    assert case_of(records, image).standing is Standing.GONE
    again = records.moderation.act(decision(image, Verb.REMOVE, case_of(records, image).seen))
    assert again == Impossible(Standing.GONE)

    records.pass_time(2 * MINUTE)
    assert [u.id for u in records.erasing.due(None, 9)] == [image.id]
    assert records.erasing.begin(image.id, attempt()) is not None
    records.erasing.done(image.id, [])
    assert case_of(records, image).standing is Standing.GONE
    kept = records.moderation.acts(Wanted(image_id=image.id, verbs=[Verb.REMOVE]), None, 9)
    assert [(a.owner, a.owner_name, a.reason) for a in kept] == [(ANN, "ann", Reason.SPAM)], (
        "the audit outlives it"
    )


def test_its_owner_may_take_back_what_a_moderator_removed_and_it_stays_removed(records: Records) -> None:
    image = published(records)
    act(records, image, Verb.REMOVE)
    assert records.taking_back.take_back(image.id, image.owner) is not None
    records.pass_time(UNDO_FOR / 2)
    assert records.taking_back.restore(image.id, image.owner) is Restored.TOO_LATE


def test_a_second_click_does_it_once(records: Records) -> None:
    image = published(records)
    report(records, image)
    for verb in (Verb.HIDE, Verb.RESTORE, Verb.WARN, Verb.REMOVE):
        wanted = decision(image, verb, case_of(records, image).seen)
        first, second = records.moderation.act(wanted), records.moderation.act(wanted)
        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert first.act == second.act
    assert len(records.moderation.acts(Wanted(), None, 9)) == 4


def test_who_decides_on_what_is_no_more_is_told_what_happened_meanwhile(records: Records) -> None:
    image = published(records)
    report(records, image)
    seen = case_of(records, image).seen
    hid = act(records, image, Verb.HIDE)
    for verb in Verb:
        stale = records.moderation.act(decision(image, verb, seen, MIA))
        assert stale == Stale([hid], 0)
    assert records.moderation.acts(Wanted(), None, 9) == [hid], "nothing is recorded of what was not done"


def test_a_report_that_came_meanwhile_is_not_dismissed_unread_and_holds_up_nothing_else(
    records: Records,
) -> None:
    image = published(records)
    report(records, image)
    seen = case_of(records, image).seen
    report(records, image)
    assert records.moderation.act(decision(image, Verb.DISMISS, seen)) == Stale([], 1)
    assert case_of(records, image).seen == Seen(0, 2)
    assert isinstance(records.moderation.act(decision(image, Verb.HIDE, seen)), Done)


def test_what_would_change_nothing_is_not_recorded(records: Records) -> None:
    image = published(records)
    for verb in (Verb.RESTORE, Verb.DISMISS):
        assert records.moderation.act(decision(image, verb, Seen(0, 0))) == Impossible(Standing.SHOWN)
    act(records, image, Verb.HIDE)
    assert records.moderation.act(decision(image, Verb.HIDE, Seen(1, 0), MIA)) == Impossible(Standing.HIDDEN)
    unknown = Decision(MOE, "moe", uuid4(), Verb.HIDE, None, "", Seen(0, 0))
    assert records.moderation.act(unknown) is None
    assert len(records.moderation.acts(Wanted(), None, 9)) == 1


def test_what_was_never_published_is_no_case(records: Records) -> None:
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt())
    assert records.reports.case(manifest.upload_id) is None
    assert records.reports.case(uuid4()) is None
    wanted = Decision(MOE, "moe", manifest.upload_id, Verb.HIDE, None, "", Seen(0, 0))
    assert records.moderation.act(wanted) is None


def test_the_audit_is_listed_newest_first_and_filtered(records: Records) -> None:
    image, other = published(records), publish_for(records, uuid4())
    made = [
        act(records, image, Verb.HIDE),
        act(records, image, Verb.RESTORE, MIA),
        act(records, other, Verb.WARN),
    ]

    def ids(wanted: Wanted, before: UUID | None = None, limit: int = 9) -> list[int]:
        return [made.index(a) for a in records.moderation.acts(wanted, before, limit)]

    assert ids(Wanted()) == [2, 1, 0]
    assert ids(Wanted(), made[2].id) == [1, 0]
    assert ids(Wanted(), None, 1) == [2]
    assert ids(Wanted(moderator="mia")) == [1]
    assert ids(Wanted(verbs=[Verb.HIDE, Verb.WARN])) == [2, 0]
    assert ids(Wanted(owner=ANN)) == [1, 0]
    assert ids(Wanted(image_id=other.id, verbs=NOTICES)) == [2]
    assert ids(Wanted(answered=True)) == []


def publish_for(records: Records, owner: UUID) -> Image:
    manifest = new_manifest(owner=owner, username="zoe")
    publish(records.attempts, manifest)
    return records.images.with_hidden([manifest.upload_id])[manifest.upload_id]


def test_an_owner_answers_a_notice_once(records: Records) -> None:
    image = published(records)
    report(records, image)
    hid, restored = act(records, image, Verb.HIDE), act(records, image, Verb.RESTORE)
    answer = records.moderation.answer
    assert answer(hid.id, uuid4(), "Not mine") is Answered.UNKNOWN
    assert answer(uuid4(), ANN, "Which?") is Answered.UNKNOWN
    assert answer(hid.id, ANN, "It is my own boat.") is Answered.NEW
    assert answer(hid.id, ANN, "It is my own boat.") is Answered.SAME
    assert answer(hid.id, ANN, "And another thing") is Answered.ALREADY
    assert answer(restored.id, ANN, "Thank you.") is Answered.NEW
    told = records.moderation.acts(Wanted(answered=True), None, 9)
    assert [a.answer.text for a in told if a.answer] == ["Thank you.", "It is my own boat."]


def test_that_reports_were_dismissed_is_no_notice(records: Records) -> None:
    image = published(records)
    report(records, image)
    dismissed = act(records, image, Verb.DISMISS)
    assert records.moderation.answer(dismissed.id, ANN, "Thanks") is Answered.UNKNOWN
    assert is_shown(records, image)


def at_once(*calls: Callable[[], T]) -> list[T]:
    """What each answers, all begun at one moment."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        start.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_of_two_moderators_at_once_one_decides_and_the_other_is_told(records: Records) -> None:
    for _ in range(10):
        image = published(records)
        report(records, image)
        seen = case_of(records, image).seen
        wanted = [decision(image, Verb.HIDE, seen, MOE), decision(image, Verb.REMOVE, seen, MIA)]
        told = at_once(*(lambda w=w: records.moderation.act(w) for w in wanted))
        [done] = [answer for answer in told if isinstance(answer, Done)]
        assert [answer for answer in told if isinstance(answer, Stale)] == [Stale([done.act], 0)]
        assert records.moderation.acts(Wanted(image_id=image.id), None, 9) == [done.act]
        assert not is_there(records, image)


def is_there(records: Records, image: Image) -> bool:
    """For when there are others beside it."""
    return records.images.find(image.id) is not None or image.id in found_by(records, ("user", "ann"))


def test_a_double_click_at_one_moment_is_one_act(records: Records) -> None:
    for _ in range(10):
        image = published(records)
        wanted = decision(image, Verb.HIDE, Seen(0, 0))
        first, second = at_once(*[lambda w=wanted: records.moderation.act(w)] * 2)
        assert isinstance(first, Done)
        assert first == second
        bob = uuid4()
        other = published(records)
        both = at_once(*[lambda o=other, b=bob: report(records, o, b)] * 2)
        assert sorted(answer.name for answer in both) == ["ALREADY", "NEW"]
        assert case_of(records, other).seen == Seen(0, 1)


def test_a_moderator_hides_while_its_owner_takes_it_back_or_edits_it(records: Records) -> None:
    for _ in range(10):
        image = published(records)
        wanted = decision(image, Verb.HIDE, Seen(0, 0))
        at_once(
            lambda w=wanted: records.moderation.act(w),  # type: ignore[misc]
            lambda i=image: records.taking_back.take_back(i.id, i.owner),  # type: ignore[misc]
            lambda i=image: records.editing.edit(i.id, i.owner, None, Changes(caption="a heron")),  # type: ignore[misc]
        )
        assert case_of(records, image).standing is Standing.TAKEN_BACK_HIDDEN
        records.taking_back.restore(image.id, image.owner)
        assert not is_there(records, image)
        assert found_by(records, ("word", "heron")) == []


def test_what_is_removed_is_held_when_it_comes_again(records: Records) -> None:
    image = published(records)
    report(records, image)
    for verb in (Verb.HIDE, Verb.RESTORE):
        records.moderation.act(decision(image, verb, case_of(records, image).seen))
    again = new_manifest(owner=uuid4())
    same = replace(image_of(again), sha256=image.sha256)
    assert records.attempts.begin(again, attempt()) is State.PROCESSING

    assert isinstance(
        records.moderation.act(decision(image, Verb.REMOVE, case_of(records, image).seen)), Done
    )

    assert records.attempts.publish(same, [], attempt(), []) is State.HELD
    [held] = records.held.held(9)
    assert held.barred
    assert (held.barred.image_id, held.barred.reason) == (image.id, Reason.SPAM)


@pytest.mark.parametrize("verb", [Verb.HIDE, Verb.REMOVE, Verb.WARN])
def test_what_was_taken_back_before_it_was_published_is_no_image(records: Records, verb: Verb) -> None:
    manifest = new_manifest()
    image = image_of(manifest)
    assert records.taking_back.take_back(manifest.upload_id, manifest.owner, manifest)
    assert records.moderation.act(decision(image, verb, Seen(0, 0))) is None
    assert records.taking_back.restore(manifest.upload_id, manifest.owner) is Restored.QUEUED
    publish(records.attempts, manifest)
    assert is_shown(records, image), "nothing was recorded that would not hold"

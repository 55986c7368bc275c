"""The promises of runs that make renditions anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.domain.editing import Changes
from shared.domain.ids import new_upload_id
from shared.domain.images import RECIPE, Image, Rendition
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.reingest import KEPT_FOR, LEASE, MOST_TRIES, Outcome, Run, Standing, Which
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER
from shared.domain.uploads import Event
from shared.ports.reingest import CUT_OFF, Turn
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, image_of, new_manifest, publish

OLGA, TOM = Operator("olga", Way.PAGE), Operator("root@worker-1", Way.TERMINAL)
EVERY = Which()
LINE = Event(datetime(2026, 3, 4, tzinfo=UTC), "re-ingest", 1, "w", 5, "made")


def published(records: Records, username: str = "ann") -> Image:
    manifest = new_manifest(username=username)
    publish(records.attempts, manifest)
    found = records.images.find(manifest.upload_id)
    assert found is not None
    return found


def start(records: Records, which: Which = EVERY, by: Operator = OLGA) -> Run:
    run = records.reingest.start(new_upload_id(), by, which)
    assert run is not None
    return run


def now(records: Records, run: Run) -> Run:
    """As it is by now; its counts add up."""
    found = records.reingest.find(run.id)
    assert found is not None
    assert sum(found.counts.values()) == found.asked
    return found


def begun(records: Records, image: Image) -> Turn:
    turn = records.reingest.begin(image.id)
    assert turn is not None
    return turn


def anew(image: Image, tag: str = "r") -> Image:
    """The record with other renditions."""
    return replace(
        image,
        preview=Rendition(f"previews/{image.id}.{tag}.jpg", 9, 8),
        tile=None,
        thumbnail=Rendition(f"thumbnails/{image.id}.{tag}.webp", 7, 6),
        colour="#ffffff",
        placeholder=bytes(36),
        fingerprint=5,
        recipe=RECIPE + 1,
    )


def settle(records: Records, turn: Turn, outcome: Outcome = Outcome.MADE, reason: str = "") -> Outcome | None:
    made = anew(turn.image) if outcome is Outcome.MADE else turn.image
    return records.reingest.settle(turn, outcome, made, made.rendition_keys, reason, [LINE])


def given_up_later(records: Records) -> list[str]:
    records.pass_time(KEPT_FOR + timedelta(seconds=1))
    return sorted(records.reingest.given_up(9))


def test_a_run_is_for_what_is_published_at_its_start(records: Records) -> None:
    first, second = published(records), published(records)
    gone = published(records)
    records.taking_back.take_back(gone.id, ANN, None)
    assert records.reingest.count(Which()) == 2
    run = start(records)
    published(records)
    assert (run.by, run.asked, run.standing, run.which) == ("olga", 2, Standing.RUNNING, Which())
    assert records.reingest.take(9) == [(ANN, second.id), (ANN, first.id)]
    [act] = records.operator_acts.page(None, 1)
    assert (act.by, act.verb, act.asked, act.ended_at is not None) == (OLGA, Verb.REINGEST, 2, True)


def test_what_is_asked_for_is_what_is_counted(records: Records) -> None:
    ann, ben = published(records), published(records, "ben")
    tick = timedelta(microseconds=1)
    asked = [
        (Which(image_id=ann.id), 1),
        (Which(username="ben"), 1),
        (Which(username="nobody"), 0),
        (Which(since=ann.uploaded_at), 2),
        (Which(since=ben.uploaded_at), 1),
        (Which(before=ben.uploaded_at), 1),
        (Which(since=ann.uploaded_at, before=ben.uploaded_at + tick, username="ann"), 1),
        (Which(made_before=ann.published_at), 0),
        (Which(made_before=ann.published_at + tick), 1),
        (Which(older_than=1), 2),
    ]
    for which, count in asked:
        assert records.reingest.count(which) == count, which
        run = records.reingest.start(new_upload_id(), OLGA, which)
        assert (run.asked if run else 0) == count
        assert run is None or now(records, run).which == which
    settle(records, begun(records, ann))
    assert records.reingest.count(Which(older_than=1)) == 1
    assert records.reingest.count(Which(made_before=datetime.now(UTC) - timedelta(hours=1))) == 0


def test_a_second_click_and_a_second_operator_find_the_run(records: Records) -> None:
    image, run_id = published(records), new_upload_id()
    run = records.reingest.start(run_id, OLGA, Which())
    assert records.reingest.start(run_id, OLGA, Which()) == run
    assert records.reingest.start(new_upload_id(), TOM, Which()) == run
    assert start(records, Which(username="ann"), TOM) != run
    assert len(records.operator_acts.page(None, 9)) == 2
    settle(records, begun(records, image))
    again = start(records)
    assert again != run
    assert records.reingest.start(run_id, OLGA, Which()) == records.reingest.find(run_id)
    known = sorted((r.id for r in records.reingest.runs(None, 9)), reverse=True)
    assert len(known) == 3
    assert [r.id for r in records.reingest.runs(known[0], 1)] == known[1:2]


def test_a_picture_is_made_anew_once(records: Records) -> None:
    image = published(records)
    run = start(records)
    turn = begun(records, image)
    assert (turn.run_id, turn.image, turn.tries) == (run.id, image, 1)
    assert settle(records, turn) is Outcome.MADE
    found = records.images.find(image.id)
    assert found is not None
    assert found.rendered_at is not None
    assert replace(found, rendered_at=None) == anew(image)
    assert records.uploads.events(image.id)[-1].result == "made"
    ended = now(records, run)
    assert (ended.standing, ended.made, ended.waiting, ended.ended_at is not None) == (
        Standing.DONE,
        1,
        0,
        True,
    )
    # a second delivery, and one that was at it at the same time
    assert records.reingest.begin(image.id) is None
    assert settle(records, turn) is None
    assert now(records, run) == ended
    assert records.reingest.given_up(9) == []
    old = sorted(image.rendition_keys)
    assert given_up_later(records) == old
    records.reingest.forget(old)
    assert records.reingest.given_up(9) == []


def test_it_is_found_by_its_new_looks(records: Records) -> None:
    image = published(records)
    start(records)
    settle(records, begun(records, image))
    manifest = new_manifest()
    records.attempts.begin(manifest, attempt())
    records.attempts.publish(replace(image_of(manifest), fingerprint=4), [], attempt(), [])
    other = records.images.find(manifest.upload_id)
    assert other is not None
    assert other.looks_like == (image.id,)


def test_unchanged_and_failed_keep_their_renditions(records: Records) -> None:
    one, two = published(records), published(records)
    run = start(records)
    assert settle(records, begun(records, one), Outcome.UNCHANGED) is Outcome.UNCHANGED
    turn = begun(records, two)
    put = ["thumbnails/half.webp"]
    assert records.reingest.settle(turn, Outcome.FAILED, two, put, "its original is missing", [LINE])
    ended = now(records, run)
    assert (ended.unchanged, ended.failed, ended.standing) == (1, 1, Standing.DONE)
    for image in (one, two):
        found = records.images.find(image.id)
        assert found is not None
        assert found.rendition_keys == image.rendition_keys
    [failure] = records.reingest.failures(run.id, None, 9)
    assert (failure.image_id, failure.filename, failure.reason) == (
        two.id,
        two.filename,
        "its original is missing",
    )
    assert records.reingest.failures(run.id, two.id, 9) == []
    assert given_up_later(records) == put


def test_what_is_taken_back_meanwhile_is_gone_and_comes_back_as_it_was(records: Records) -> None:
    early, late = published(records), published(records)
    run = start(records)
    turn = begun(records, late)
    for image in (early, late):
        records.taking_back.take_back(image.id, ANN, None)
    assert settle(records, turn) is Outcome.GONE
    assert records.reingest.begin(early.id) is None
    ended = now(records, run)
    assert (ended.gone, ended.standing) == (2, Standing.DONE)
    records.taking_back.restore(late.id, ANN)
    found = records.images.find(late.id)
    assert found is not None
    assert found.rendition_keys == late.rendition_keys
    assert given_up_later(records) == sorted(anew(late).rendition_keys)


def test_erasing_waits_until_no_picture_can_be_at_work(records: Records) -> None:
    image = published(records)
    records.pass_time(timedelta(hours=1))
    start(records)
    begun(records, image)
    records.taking_back.take_back(image.id, ANN, None)
    records.pass_time(ATTEMPTS_OVER_AFTER - timedelta(seconds=5))
    assert records.erasing.begin(image.id, attempt()) is None
    records.pass_time(timedelta(seconds=6))
    assert records.erasing.begin(image.id, attempt()) is not None


def test_an_edit_meanwhile_stays(records: Records) -> None:
    image = published(records)
    start(records)
    turn = begun(records, image)
    records.editing.edit(image.id, ANN, None, Changes(caption="Otherwise"))
    settle(records, turn)
    found = records.images.find(image.id)
    assert found is not None
    assert (found.caption, found.version, found.recipe) == ("Otherwise", 2, RECIPE + 1)


def test_few_are_under_way_at_once(records: Records) -> None:
    images = [published(records) for _ in range(4)]
    start(records)
    first, second, third, fourth = reversed(images)
    assert records.reingest.take(2) == [(ANN, first.id), (ANN, second.id)]
    assert records.reingest.take(2) == []
    assert records.reingest.under_way() == 2
    settle(records, begun(records, second))
    assert records.reingest.take(2) == [(ANN, third.id)]
    # a message that is lost is sent again, and not before it must be
    records.pass_time(LEASE + timedelta(seconds=1))
    assert records.reingest.under_way() == 0
    assert records.reingest.take(9) == [(ANN, image.id) for image in (first, third, fourth)]


def test_the_oldest_running_run_goes_first(records: Records) -> None:
    image = published(records)
    one, other = sorted((start(records), start(records, Which(username="ann"))), key=lambda run: run.id)
    assert records.reingest.take(1) == [(ANN, image.id)]
    settle(records, begun(records, image))
    assert now(records, one).standing is Standing.DONE
    assert records.reingest.take(1) == [(ANN, image.id)]
    settle(records, begun(records, image), Outcome.UNCHANGED)
    assert now(records, other).unchanged == 1


def test_a_try_that_was_nobodys_fault_does_not_count(records: Records) -> None:
    image = published(records)
    run = start(records)
    records.reingest.take(1)
    for _ in range(MOST_TRIES + 1):
        turn = begun(records, image)
        assert turn.tries == 1
        records.reingest.give_back(turn)
    assert records.reingest.take(1) == [(ANN, image.id)]
    turn = begun(records, image)
    settle(records, turn)
    records.reingest.give_back(turn)
    assert now(records, run).made == 1


def test_what_cuts_each_attempt_off_is_given_up(records: Records) -> None:
    image = published(records)
    run = start(records)
    assert [begun(records, image).tries for _ in range(MOST_TRIES)] == [1, 2, 3]
    assert records.reingest.begin(image.id) is None
    assert now(records, run).failed == 1
    assert records.reingest.failures(run.id, None, 1)[0].reason == CUT_OFF


def test_pause_resume_and_cancel(records: Records) -> None:
    images = [published(records) for _ in range(3)]
    run, ports = start(records), records.reingest
    ports.take(1)
    at_work = begun(records, images[2])
    paused = ports.act(run.id, TOM, Verb.PAUSE_REINGEST)
    assert paused is not None
    assert paused.standing is Standing.PAUSED
    assert ports.act(run.id, TOM, Verb.PAUSE_REINGEST) == paused
    # what is at work ends well, nothing else begins
    assert settle(records, at_work) is Outcome.MADE
    assert ports.take(9) == []
    assert ports.begin(images[1].id) is None
    assert now(records, run).standing is Standing.PAUSED
    ports.act(run.id, TOM, Verb.RESUME_REINGEST)
    ports.take(1)
    at_work = begun(records, images[1])
    ports.act(run.id, OLGA, Verb.CANCEL_REINGEST)
    assert settle(records, at_work) is None
    ended = now(records, run)
    assert (ended.standing, ended.made, ended.waiting, ended.ended_at is not None) == (
        Standing.CANCELLED,
        1,
        2,
        True,
    )
    assert ports.act(run.id, OLGA, Verb.RESUME_REINGEST) == ended
    assert ports.take(9) == []
    assert ports.begin(images[0].id) is None
    assert ports.act(new_upload_id(), OLGA, Verb.PAUSE_REINGEST) is None
    verbs = [act.verb for act in records.operator_acts.page(None, 9)]
    assert verbs == [Verb.CANCEL_REINGEST, Verb.RESUME_REINGEST, Verb.PAUSE_REINGEST, Verb.REINGEST]
    assert given_up_later(records) == sorted([*images[2].rendition_keys, *anew(images[1]).rendition_keys])


def test_what_is_paused_at_its_last_picture_is_done(records: Records) -> None:
    image = published(records)
    run = start(records)
    turn = begun(records, image)
    records.reingest.act(run.id, OLGA, Verb.PAUSE_REINGEST)
    settle(records, turn)
    assert now(records, run).standing is Standing.DONE


def test_a_run_counts_as_movement(records: Records) -> None:
    image = published(records)
    records.pass_time(timedelta(hours=1))
    start(records)
    begun(records, image)
    moved = records.operations.throughput(datetime.now(UTC)).moved_at
    assert moved is not None


def test_nobody_waits_for_what_is_in_no_run(records: Records) -> None:
    image_id = UUID(int=7)
    assert records.reingest.begin(image_id) is None
    assert records.reingest.find(image_id) is None
    assert records.reingest.runs(None, 9) == []
    assert records.reingest.take(9) == []

"""Comparisons, what they found, and what is to be repaired."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from shared.domain.consistency import Check, Fault, Finding, FindingState, Phase, Suspect
from shared.domain.ids import new_upload_id
from tests.contract.sides import Records
from tests.contract.uploads import ANN, attempt, new_manifest, publish

WEEK, MINUTE = timedelta(days=7), timedelta(minutes=1)
STRAY = Suspect(Fault.STRAY, "images/é.jpg", "5 bytes", UUID(int=9), ANN)
MISSING = Suspect(Fault.MISSING, "tiles/x.webp", "")


def begun(records: Records, *found: Suspect, holder: str = "a") -> Check:
    """A running check with some suspects."""
    assert records.checks.start("ann", full_hash=False)
    check = records.checks.lease(holder, 60)
    assert check is not None
    assert records.checks.save(check, holder, 60, found)
    return check


def told(records: Records, *found: Suspect) -> list[Finding]:
    """Findings that an operator sees."""
    check = begun(records, *found)
    seen = records.findings.of(check.id, None, [FindingState.SUSPECTED], None, 99)
    records.findings.look_again([f.id for f in seen], [])
    assert records.checks.end(check, "a")
    return records.findings.of(check.id, None, [FindingState.OPEN], None, 99)


def test_one_check_runs_at_a_time_and_the_clock_begins_one_a_week(records: Records) -> None:
    assert records.checks.running() is None
    assert records.checks.last() is None
    assert records.checks.start_if_due(WEEK)
    assert not records.checks.start_if_due(WEEK)
    assert not records.checks.start("ann", full_hash=True)
    running = records.checks.lease("a", 60)
    assert running is not None
    assert (running.phase, running.cursor, running.asked_by, running.full_hash) == (
        "published",
        "",
        None,
        False,
    )
    assert records.checks.end(running, "a")
    assert not records.checks.end(running, "a")
    assert not records.checks.start_if_due(WEEK)
    assert records.checks.start("ann", full_hash=True), "whoever asks need not wait for the week's end"
    second = records.checks.running()
    assert second is not None
    assert (second.asked_by, second.full_hash, second.ended_at) == ("ann", True, None)
    last = records.checks.last()
    assert last is not None
    assert last.id == running.id
    assert last.ended_at is not None
    records.pass_time(WEEK + MINUTE)
    assert not records.checks.start_if_due(WEEK), "one runs still"


def test_a_lease_is_for_one_and_ends_by_itself(records: Records) -> None:
    check = begun(records)
    assert records.checks.lease("b", 60) is None
    further = replace(
        check, phase=Phase.STAGING, cursor="staging/é", looked={"records": 3}, kept=1, beyond={"stray": 2}
    )
    assert records.checks.save(further, "a", 60, [STRAY])
    assert not records.checks.save(further, "b", 60, [STRAY]), "what it found is not written either"
    assert records.findings.counts(check.id) == {(Fault.STRAY, FindingState.SUSPECTED): 1}
    records.pass_time(2 * MINUTE)
    resumed = records.checks.lease("b", 60)
    assert resumed is not None
    assert replace(resumed, begun_at=check.begun_at) == further
    assert not records.checks.save(further, "a", 60, [])
    assert not records.checks.end(further, "a")
    records.checks.release(check.id, "a")
    assert records.checks.lease("c", 60) is None
    records.checks.release(check.id, "b")
    assert records.checks.lease("c", 60) == resumed


def test_suspects_that_stand_are_told_and_others_forgotten(records: Records) -> None:
    check = begun(records, STRAY, MISSING, MISSING)
    seen = records.findings.of(check.id, None, [FindingState.SUSPECTED], None, 99)
    assert {f.suspect for f in seen} == {STRAY, MISSING}
    assert [f.id for f in records.findings.of(check.id, None, [FindingState.SUSPECTED], seen[0].id, 1)] == [
        seen[1].id
    ]
    stray = next(f for f in seen if f.suspect == STRAY)
    records.findings.look_again([stray.id], [f.id for f in seen if f is not stray])
    records.findings.look_again([], [])
    assert records.findings.counts(check.id) == {(Fault.STRAY, FindingState.OPEN): 1}
    assert records.findings.of(check.id, Fault.MISSING, [FindingState.OPEN], None, 9) == []
    assert [f.suspect for f in records.findings.of(check.id, Fault.STRAY, [FindingState.OPEN], None, 9)] == [
        STRAY
    ]
    records.findings.look_again([], [stray.id])
    assert records.findings.counts(check.id) == {(Fault.STRAY, FindingState.OPEN): 1}, "it was told of"
    assert [f.id for f in records.findings.find_many([stray.id, UUID(int=1)])] == [stray.id]
    assert records.findings.find_many([]) == []


def test_what_is_asked_for_adds_up_and_is_done_once(records: Records) -> None:
    one, two, three = told(records, STRAY, MISSING, MISSING)
    act, again = new_upload_id(), new_upload_id()
    records.findings.ask(act, "ann", [one.id, two.id, three.id, UUID(int=5)])
    records.findings.ask(again, "bob", [one.id])
    assert records.findings.claim("w", 60) is not None
    for state in (FindingState.REPAIRED, FindingState.FAILED):
        claimed = records.findings.claim("v", 60)
        assert claimed is not None
        assert claimed[0] == act
        records.findings.settle(act, claimed[1].id, state, "é" * 600)
    assert records.findings.claim("v", 60) is None, "the third is another worker's"

    made = records.findings.act(act)
    assert made is not None
    assert (made.by, made.asked, made.repaired, made.gone, made.failed, made.waiting) == (
        "ann",
        4,
        1,
        1,
        1,
        1,
    )
    second, first = records.findings.acts(9)
    assert (second.by, second.asked, second.gone, second.waiting) == ("bob", 1, 1, 0)
    assert first == made
    assert records.findings.act(UUID(int=1)) is None

    records.pass_time(2 * MINUTE)
    claimed = records.findings.claim("v", 60)
    assert claimed is not None, "who had it has died"
    records.findings.settle(act, claimed[1].id, FindingState.GONE, "")
    records.findings.settle(act, claimed[1].id, FindingState.REPAIRED, "what came second is not written")
    made = records.findings.act(act)
    assert made is not None
    assert (made.repaired, made.gone, made.failed, made.waiting) == (1, 2, 1, 0)
    states = {f.state: f.told for f in records.findings.find_many([one.id, two.id, three.id])}
    assert states == {FindingState.REPAIRED: "é" * 500, FindingState.FAILED: "é" * 500, FindingState.GONE: ""}


def test_what_failed_may_be_asked_for_again_and_an_act_twice_changes_nothing(records: Records) -> None:
    [one] = told(records, STRAY)
    for state in (FindingState.FAILED, FindingState.REPAIRED):
        act = new_upload_id()
        records.findings.ask(act, "ann", [one.id])
        records.findings.ask(act, "ann", [one.id])
        claimed = records.findings.claim("w", 60)
        assert claimed is not None
        records.findings.settle(act, one.id, state, "")
    assert [(a.asked, a.repaired, a.failed) for a in records.findings.acts(9)] == [(1, 1, 0), (1, 0, 1)]
    records.findings.ask(new_upload_id(), "ann", [])


def test_findings_of_old_checks_are_forgotten(records: Records) -> None:
    [old] = told(records, STRAY)
    act = new_upload_id()
    records.findings.ask(act, "ann", [old.id])
    kept = [told(records, STRAY)[0] for _ in range(4)]
    assert [f.id for f in records.findings.find_many([old.id, *(f.id for f in kept)])] == [f.id for f in kept]
    assert records.findings.claim("w", 60) is None
    made = records.findings.act(act)
    assert made is not None
    assert (made.asked, made.gone) == (1, 1)


def test_the_inventory_goes_in_the_order_of_keys(records: Records) -> None:
    manifests = [new_manifest() for _ in range(5)]
    for manifest in manifests:
        publish(records.attempts, manifest)
    records.taking_back.take_back(manifests[0].upload_id, ANN, None)
    first = records.inventory.page("", 3)
    rest = records.inventory.page(first[-1].original_key, 3)
    keys = [named.original_key for named in (*first, *rest)]
    assert keys == sorted(f"images/{m.upload_id}.jpg" for m in manifests)
    assert records.inventory.page(keys[-1], 3) == []
    named = records.inventory.find(manifests[1].upload_id)
    assert named is not None
    i = manifests[1].upload_id
    assert named.keys == (f"images/{i}.jpg", f"previews/{i}.jpg", f"tiles/{i}.jpg", f"thumbnails/{i}.webp")
    assert (named.owner, named.size_bytes, named.sha256, named.gone) == (ANN, 3, manifests[1].sha256, False)
    gone = records.inventory.find(manifests[0].upload_id)
    assert gone is not None
    assert gone.gone
    assert records.inventory.find(UUID(int=1)) is None


def test_unfinished_uploads_are_told_in_the_order_of_their_ids(records: Records) -> None:
    first, second, done, held = (new_manifest() for _ in range(4))
    publish(records.attempts, done)
    for manifest in (second, first, held):
        records.attempts.begin(manifest, attempt())
    records.attempts.fail(held.upload_id, attempt(5), "m")
    assert [u.id for u in records.inventory.unfinished(None, 9)] == [first.upload_id, second.upload_id]
    assert [u.id for u in records.inventory.unfinished(first.upload_id, 9)] == [second.upload_id]
    assert [u.id for u in records.inventory.unfinished(None, 1)] == [first.upload_id]

"""The states' diagram can't go stale: every act meets every state, and what follows is what the domain says."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from shared.adapters.memory.clock import HandClock
from shared.adapters.memory.database import MemoryDatabase
from shared.adapters.memory.fingerprints import bar
from shared.domain.manifest import Manifest
from shared.domain.moderation import Decision, Moderator, Reason, Seen, Verb
from shared.domain.quota import Quota
from shared.domain.taking_back import ATTEMPTS_OVER_AFTER
from shared.domain.telling import STEPS, result_in_words, step_in_words
from shared.domain.transitions import TRANSITIONS, Stop, taken, way_of
from shared.domain.uploads import Event, State, Upload
from tests.contract.fakes import records_on
from tests.contract.sides import Records
from tests.contract.uploads import attempt, image_of, new_manifest, publish

MOE = Moderator(UUID(int=7), "moe")
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LOOK = 0x0123_4567_89AB_CDEF
OURS = Path(__file__).parents[2]


def published_barred(records: Records, database: MemoryDatabase, manifest: Manifest) -> None:
    with database.transaction() as tables:
        tables.released.discard(manifest.upload_id)
    other = new_manifest(owner=UUID(int=9))
    records.attempts.begin(other, attempt())
    look = replace(image_of(other), uploaded_sha256=manifest.sha256, fingerprint=LOOK)
    records.attempts.publish(look, [], attempt(), [])
    with database.transaction() as tables:
        bar(tables, other.upload_id, database.now(), "removed")
    records.attempts.publish(replace(image_of(manifest), fingerprint=LOOK), [], attempt(), [])


def published_closing(records: Records, manifest: Manifest) -> None:
    records.closing.begin(manifest.owner, "ann")
    records.attempts.publish(image_of(manifest), [], attempt(), [])


def erased(records: Records, manifest: Manifest) -> None:
    begun = records.erasing.begin(manifest.upload_id, attempt())
    if begun:
        event = Event(NOW, "erase", 1, "w", 7, "2 objects, 3 versions; looked again: none")
        records.erasing.done(manifest.upload_id, [event])


def removed(records: Records, manifest: Manifest) -> None:
    decision = Decision(MOE.id, MOE.username, manifest.upload_id, Verb.REMOVE, Reason.SPAM, "", Seen(0, 0))
    records.moderation.act(decision)


def closed(records: Records, manifest: Manifest) -> None:
    records.closing.begin(manifest.owner, "ann")
    records.closing.take_back(manifest.owner, 9)


ACTS: dict[str, Callable[[Records, MemoryDatabase, Manifest], object]] = {
    "begin": lambda r, _, m: r.attempts.begin(m, attempt()),
    "publish": lambda r, _, m: r.attempts.publish(image_of(m), [], attempt(), [ok("publish")]),
    "publish too much": lambda r, _, m: r.attempts.publish(image_of(m), [], attempt(), [], Quota(bytes=1)),
    "publish barred": lambda r, d, m: published_barred(r, d, m),
    "publish while closing": lambda r, _, m: published_closing(r, m),
    "reject": lambda r, _, m: r.attempts.reject(m.upload_id, attempt(), "corrupt", "m", [ok("validate")]),
    "fail": lambda r, _, m: r.attempts.fail(m.upload_id, attempt(5), "m"),
    "spare": lambda r, _, m: r.attempts.spare(m, attempt(5)),
    "requeue": lambda r, _, m: r.recovery.requeued(m),
    "redrive": lambda r, _, m: r.recovery.redriven(m),
    "retry": lambda r, _, m: r.mending.retry(m.upload_id, m.owner),
    "dismiss": lambda r, _, m: r.mending.dismiss(m.upload_id, m.owner, dismissed=True),
    "discard": lambda r, _, m: r.failed_uploads.discard(m.upload_id, "m"),
    "release": lambda r, _, m: r.held.release(m.upload_id, MOE),
    "refuse": lambda r, _, m: r.held.refuse(m.upload_id, MOE, "m"),
    "take back": lambda r, _, m: r.taking_back.take_back(m.upload_id, m.owner),
    "restore": lambda r, _, m: r.taking_back.restore(m.upload_id, m.owner),
    "remove": lambda r, _, m: removed(r, m),
    "close": lambda r, _, m: closed(r, m),
    "take back again": lambda r, _, m: r.erasing.taken_back_before(m.upload_id, m.owner, m),
    "resend": lambda r, _, m: r.erasing.resent(m.upload_id),
    "erase": lambda r, _, m: erased(r, m),
}


def ok(step: str) -> Event:
    return Event(NOW, step, 1, "w", 7, "ok")


def standing(state: State, *, had_image: bool) -> tuple[Records, MemoryDatabase, Manifest, HandClock]:
    """An upload in a state; one that is taken back may have been published before."""
    clock = HandClock()
    database = MemoryDatabase(clock)
    records, manifest = records_on(database), new_manifest()
    if had_image:
        publish(records.attempts, manifest)
    else:
        records.attempts.begin(manifest, attempt())
    if state.gone:
        records.taking_back.take_back(manifest.upload_id, manifest.owner)
    with database.transaction() as tables:
        row = tables.uploads[manifest.upload_id]
        tables.uploads[manifest.upload_id] = replace(row, upload=replace(row.upload, status=state))
        tables.held_for[manifest.upload_id] = UUID(int=8)
    return records, database, manifest, clock


def followed(state: State, act: str) -> Iterator[tuple[State, tuple[Event, ...]]]:
    """What the act made of it, at once and later, with the lines that it wrote."""
    for had_image in {state is State.PUBLISHED, state in (State.PUBLISHED, State.TAKEN_BACK)}:
        for later in (timedelta(), ATTEMPTS_OVER_AFTER + timedelta(seconds=1)):
            records, database, manifest, clock = standing(state, had_image=had_image)
            before = len(records.uploads.events(manifest.upload_id))
            clock.advance(later)
            ACTS[act](records, database, manifest)
            upload = records.uploads.find(manifest.upload_id)
            assert upload is not None
            yield upload.status, tuple(records.uploads.events(manifest.upload_id)[before:])


def test_every_act_on_every_state_leads_where_the_diagram_says() -> None:
    seen: dict[tuple[State, State], set[str]] = {}
    for state in State:
        for act in ACTS:
            for after, _ in followed(state, act):
                if after is not state:
                    seen.setdefault((state, after), set()).add(act)
    drawn = {(t.before, t.after) for t in TRANSITIONS}
    assert len(drawn) == len(TRANSITIONS), "each stands once"
    assert {pair: acts for pair, acts in seen.items() if pair not in drawn} == {}
    assert drawn - seen.keys() == set()


def test_what_an_act_writes_is_told_in_plain_words() -> None:
    written = {e for state in State for act in ACTS for _, events in followed(state, act) for e in events}
    assert {event.step for event in written} >= {
        "redrive",
        "discard",
        "hold",
        "take back",
        "restore",
        "erase",
    }
    for event in written:
        assert step_in_words(event) == STEPS[event.step]
        assert re.match(r"[A-Z0-9].*[.!]$|Nothing more happens", result_in_words(event)), event


def test_every_step_that_the_code_writes_has_words() -> None:
    sources = [p for tier in ("shared/adapters", "worker") for p in (OURS / tier).rglob("*.py")]
    text = "\n".join(path.read_text() for path in sources if "memory" not in path.parts)
    written = set(re.findall(r'timeline\.step\("([a-z -]+)"', text))
    written |= set(re.findall(r'(?:note|requeue)\(c, [a-z_.]+, "([a-z -]+)"', text))
    written |= set(re.findall(r'Event\(datetime.now\(UTC\), "([a-z -]+)"', text))
    written |= set(re.findall(r'reject\(c, .*, "([a-z -]+)", [A-Za-z"]+\)', text))
    assert written == set(STEPS)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ("ok", "All well."),
        ("rejected: truncated", "The file was refused: This file is incomplete: its end is missing."),
        ("rejected: of old", "The file was refused (of old)."),
        (
            "failed: StoreUnavailable",
            "This attempt failed: S3 did not answer as it should. The message comes again.",
        ),
        ("failed: KeyError", "This attempt failed: an error of ours, KeyError. The message comes again."),
        ("interrupted", "The attempt was cut off in the middle. The message comes again."),
        ("", "Nothing was recorded."),
    ],
)
def test_results_in_plain_words(result: str, words: str) -> None:
    assert result_in_words(Event(NOW, "fetch", 1, "w", 7, result)) == words


def way(status: State, *steps: tuple[str, str]) -> list[State]:
    upload = replace(Upload.queued(new_manifest()), status=status)
    events = [Event(NOW, step, 1, "w", 7, result) for step, result in steps]
    stops = way_of(upload, events)
    assert stops[0] == Stop(State.QUEUED, upload.accepted_at)
    known = {(t.before, t.after) for t in TRANSITIONS}
    assert taken(stops) <= known, "each step of a way is one that the diagram has"
    return [stop.state for stop in stops]


FETCHED, VALIDATED, PUT = ("fetch", "ok"), ("validate", "ok"), ("publish", "ok")
S = State


@pytest.mark.parametrize(
    ("status", "steps", "states"),
    [
        (S.QUEUED, [], [S.QUEUED]),
        (S.PROCESSING, [], [S.QUEUED, S.PROCESSING]),
        (S.PUBLISHED, [FETCHED, VALIDATED, PUT], [S.QUEUED, S.PROCESSING, S.PUBLISHED]),
        (S.PUBLISHED, [FETCHED, VALIDATED, PUT, ("album", "x")], [S.QUEUED, S.PROCESSING, S.PUBLISHED]),
        (S.REJECTED, [FETCHED, ("validate", "rejected: corrupt")], [S.QUEUED, S.PROCESSING, S.REJECTED]),
        (S.REJECTED, [FETCHED, VALIDATED, PUT], [S.QUEUED, S.PROCESSING, S.REJECTED]),
        (S.HELD, [FETCHED, VALIDATED, PUT, ("hold", "x")], [S.QUEUED, S.PROCESSING, S.HELD]),
        (
            S.PUBLISHED,
            [
                *[("fetch", "failed: StoreUnavailable")] * 4,
                ("dead-letter", "x"),
                ("redrive", "x"),
                FETCHED,
                VALIDATED,
                PUT,
            ],
            [S.QUEUED, S.PROCESSING, S.FAILED, S.QUEUED, S.PROCESSING, S.PUBLISHED],
        ),
        (S.REJECTED, [("dead-letter", "x"), ("discard", "x")], [S.QUEUED, S.FAILED, S.REJECTED]),
        (S.PROCESSING, [FETCHED, VALIDATED, PUT, FETCHED], [S.QUEUED, S.PROCESSING]),
        (
            S.ERASED,
            [
                FETCHED,
                VALIDATED,
                PUT,
                ("take back", "x"),
                ("requeue", "x"),
                ("erase", "0 objects; looked again: none"),
            ],
            [S.QUEUED, S.PROCESSING, S.PUBLISHED, S.TAKEN_BACK, S.ERASED],
        ),
        (S.TAKEN_BACK, [("take back", "x"), ("erase", "failed: StillThere")], [S.QUEUED, S.TAKEN_BACK]),
        (
            S.PUBLISHED,
            [FETCHED, VALIDATED, PUT, ("take back", "x"), ("restore", "ok")],
            [S.QUEUED, S.PROCESSING, S.PUBLISHED, S.TAKEN_BACK, S.PUBLISHED],
        ),
        (
            S.QUEUED,
            [FETCHED, ("take back", "x"), ("restore", "it begins anew")],
            [S.QUEUED, S.PROCESSING, S.TAKEN_BACK, S.QUEUED],
        ),
        (S.TAKEN_BACK, [("take back", "closing"), FETCHED, VALIDATED, PUT], [S.QUEUED, S.TAKEN_BACK]),
    ],
)
def test_the_way_is_read_from_the_timeline(
    status: State, steps: list[tuple[str, str]], states: list[State]
) -> None:
    assert way(status, *steps) == states

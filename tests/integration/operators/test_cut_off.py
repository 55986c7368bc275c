"""The database stops in the middle of a redrive: the answer adds up, and doing it again ends each upload once."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from local.drive.waiting import wait_until
from local.process.process import Process
from local.stack import Stack
from shared.domain.uploads import State
from shared.parts import WebParts
from shared.ports.unavailable import CatalogueUnavailable
from tests.integration.conftest import Person, jpeg
from tests.integration.support.failing import BUG, a_bug, accepted, give_up
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.times import Times
from tests.support_app import app_over
from tests.support_slice import THOROUGH, a_part
from worker.sweep.sweep import Sweep

MANY, BEFORE = (20, 7) if THOROUGH else (8, 3)


@dataclass
class Stopping:
    """A port on the way of each upload: MariaDB is stopped with one call of `verb`, before it or after it."""

    port: Any
    verb: str
    stop: Callable[[], object]
    answer_lost: bool = False
    calls: int = 0

    def __getattr__(self, name: str) -> Any:
        if name != self.verb:
            return getattr(self.port, name)
        return self._called

    def _called(self, *arguments: Any) -> Any:
        self.calls += 1
        if self.calls != BEFORE + 1:
            return getattr(self.port, self.verb)(*arguments)
        if not self.answer_lost:
            self.stop()
            return getattr(self.port, self.verb)(*arguments)
        getattr(self.port, self.verb)(*arguments)
        self.stop()
        raise CatalogueUnavailable("Lost connection to MySQL server during query")


@pytest.fixture
def database(stack: Stack) -> Iterator[Process]:
    """The stack's; it runs again at the end, whatever happened."""
    [process] = [process for process in stack.processes if process.program.name == "database"]
    yield process
    if process.code is not None:
        process.restart()
        wait_until(stack.database.answers, 30, "the database answers")


@pytest.fixture
def failed(person: Person, hands: HandWorker) -> list[UUID]:
    """Uploads that met a bug."""
    ids = accepted(person, [jpeg(32, 24)] * MANY)
    with a_bug(hands) as failing:
        assert give_up(failing) == MANY
    return ids


STOPS = {
    "between two uploads": ("recovery", "redriven", False, 0),
    "between the record and the message": ("queue", "send", False, 1),
    "before the answer to a commit": ("recovery", "redriven", True, 1),
}
"""Which call it is, whether the call's answer is lost, and how many uploads go on that the answer doesn't count so."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "named"),
    a_part([*((where, "reason") for where in STOPS), ("before the answer to a commit", "ids")], 0, 2),
)
def test_the_answer_adds_up_and_again_ends_all_of_them_once(
    where: str,
    named: str,
    failed: list[UUID],
    parts: WebParts,
    database: Process,
    operator: Person,
    operator_on: Callable[[Flask], Person],
    hands: HandWorker,
    later: Times,
) -> None:
    port, verb, answer_lost, beside = STOPS[where]
    stopping: Any = Stopping(getattr(parts, port), verb, database.stop, answer_lost)
    cut = operator_on(app_over(replace(parts, **{port: stopping})))
    body: dict[str, Any] = {"reason": BUG} if named == "reason" else {"ids": [str(i) for i in failed]}

    # When the database stops on the way
    answer = cut.client.post("/api/v1/dead-letters/redrive", json=body, headers=cut.headers)

    # Then the answer tells of every one, and what isn't known of the rest is said so
    assert answer.status_code == 200, answer.text
    told: Any = answer.json
    sent = BEFORE + (where == "between the record and the message")
    assert told == {
        "asked": MANY,
        "moved": sent,
        "gone": 0,
        "failed": MANY - sent,
        "left": None if named == "reason" else 0,
        "sentence": f"Asked for {MANY}: {sent} sent again, 0 no longer failed, 0 with nothing staged, "
        f"{MANY - sent} not reached, as a part of the portal is away.",
    }

    # And once it is back, the same again does the rest
    database.restart()
    wait_until(lambda: _answers(parts), 30, "the records are back")
    begun = BEFORE + beside
    answer = operator.client.post("/api/v1/dead-letters/redrive", json=body, headers=operator.headers)
    again: Any = answer.json
    assert again["moved"] == MANY - begun
    assert again["asked"] == (MANY - begun if named == "reason" else MANY)
    assert again["asked"] == again["moved"] + again["gone"]
    assert again["left"] == 0

    # And all end once: what lost its message is sent by the sweep
    states = Counter(hands.work())
    unsent = 1 if answer_lost else 0
    assert states == {"published": MANY - unsent}
    later(timedelta(minutes=10))
    swept = Sweep(
        later.store(hands.parts.store),
        *(hands.parts.queue, hands.parts.uploads, hands.parts.recovery, hands.parts.erasing),
    ).run()
    assert swept.requeued == unsent
    assert hands.work() == ["published"] * unsent
    ended = hands.parts.uploads.find_many(failed)
    assert Counter(upload.status for upload in ended.values()) == {State.PUBLISHED: MANY}
    versions = Counter(v.key for v in hands.parts.store.versions("") if not v.key.startswith("staging/"))
    assert len(versions) == len(("images", "previews", "thumbnails")) * MANY
    assert set(versions.values()) == {1}, "nothing is doubled"

    # And the audit has both: the first without an end, as it couldn't be written
    second, first = hands.parts.operator_acts.page(None, 2)
    assert (first.asked, first.ended_at) == (MANY, None)
    assert second.asked == sum(second.counts.values()) == again["asked"]


@pytest.mark.slow
def test_who_redrives_by_the_page_reads_what_became_of_it(
    failed: list[UUID],
    parts: WebParts,
    database: Process,
    operator_on: Callable[[Flask], Person],
    hands: HandWorker,
) -> None:
    stopping: Any = Stopping(parts.recovery, "redriven", database.stop)
    me = operator_on(app_over(replace(parts, recovery=stopping)))
    form: dict[str, Any] = {"verb": "redrive", "reason": BUG, "id": [str(i) for i in failed]}
    done = me.client.post("/ops/failed/acts", data=form, headers=me.headers)
    assert done.status_code == 303
    away = me.client.get(done.location, headers=me.headers)
    assert away.status_code == 503
    database.restart()
    wait_until(lambda: _answers(parts), 30, "the records are back")
    back = me.client.get(done.location, headers=me.headers)
    assert back.status_code == 200
    said = f"Asked for {MANY}: {BEFORE} sent again, 0 no longer failed, 0 with nothing staged, {MANY - BEFORE} not"
    assert [said in page.text for page in (away, back)].count(True) == 1
    assert f"{MANY - BEFORE} uploads" in back.text
    assert hands.work() == ["published"] * BEFORE


def _answers(parts: WebParts) -> bool:
    try:
        parts.operations.check()
    except CatalogueUnavailable:
        return False
    return True

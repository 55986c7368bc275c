"""Long random histories: people, workers, sweeps, operators and moderators beside each other, cut off anywhere.

`make model N=10000` runs as many; `make test` a slice, the same each time.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from unittest.mock import patch
from uuid import UUID

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.domain.moderation import Verb
from shared.domain.operator_acts import Verb as OperatorVerb
from tests.unit.model import promises
from tests.unit.model.portal import FILES, Portal
from tests.unit.model.stage import Actor, Fault

pytestmark = pytest.mark.slow

HISTORIES = int(os.environ.get("N") or 500)
STEPS = 30
SLICE = settings(
    max_examples=HISTORIES,
    stateful_step_count=STEPS,
    derandomize=not os.environ.get("N"),
    database=None,
    deadline=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
few = st.integers(0, 5)
ends = st.integers(0, 14)
"""After how many calls somebody stops; most get to their end."""


class History(RuleBasedStateMachine):
    """One portal's life."""

    def __init__(self) -> None:
        super().__init__()
        self.portal = Portal()
        self._patches = ExitStack()
        for where in ("worker.pipeline.process", "worker.reingest.process"):
            self._patches.enter_context(patch(where, self.portal.imaging))
        self._patches.enter_context(patch("web.upload.idempotency.new_upload_id", self.portal.new_id))

    def _begun(self, actor: Actor | None, calls: int) -> None:
        if actor is not None:  # one that has not begun is false
            self.portal.go(actor, calls if calls < 10 else None)

    def _upload(self, number: int) -> UUID:
        return self.portal.uploads[number % len(self.portal.uploads)]

    @rule(
        who=st.integers(0, 1),
        file=st.sampled_from(list(FILES)),
        key=st.sampled_from([None, None, "k"]),
        calls=ends,
    )
    def accept(self, who: int, file: str, key: str | None, calls: int) -> None:
        if len(self.portal.uploads) < 5:
            self._begun(self.portal.accept(who, file, key), calls)

    @rule(place=few, calls=ends)
    def deliver(self, place: int, calls: int) -> None:
        self._begun(self.portal.deliver(place), calls)

    @rule(calls=ends)
    def sweep(self, calls: int) -> None:
        self._begun(self.portal.sweep(), calls * 3)

    @precondition(lambda self: self.portal.actors)
    @rule(which=few, calls=st.integers(1, 10), fault=st.sampled_from([Fault.NONE, *Fault]))
    def go_on(self, which: int, calls: int, fault: Fault) -> None:
        actors = self.portal.actors
        self.portal.go(actors[which % len(actors)], calls if calls < 10 else None, fault)

    @precondition(lambda self: self.portal.actors)
    @rule(which=few)
    def kill(self, which: int) -> None:
        actors = self.portal.actors
        self.portal.kill(actors[which % len(actors)])

    @rule(seconds=st.sampled_from([1, 13, 20, 61, 61, 16 * 60, 62 * 60]))
    def advance(self, seconds: int) -> None:
        self.portal.advance(seconds)

    @precondition(lambda self: self.portal.uploads)
    @rule(number=few, lost=st.booleans())
    def repeat_or_lose(self, number: int, lost: bool) -> None:
        upload_id = self._upload(number)
        if lost:
            self.portal.world.queue.lose(upload_id)
        else:
            self.portal.world.queue.send(self.portal.promises[upload_id].owner, upload_id)

    @precondition(lambda self: self.portal.uploads)
    @rule(number=few, act=st.sampled_from(["take_back", "take_back", "undo", "edit", "retry"]), calls=ends)
    def owner(self, number: int, act: str, calls: int) -> None:
        self._begun(getattr(self.portal, act)(self._upload(number)), calls)

    @precondition(lambda self: self.portal.uploads)
    @rule(number=few, verb=st.sampled_from([OperatorVerb.REDRIVE, OperatorVerb.DISCARD]), calls=ends)
    def operator(self, number: int, verb: OperatorVerb, calls: int) -> None:
        self._begun(self.portal.operate(self._upload(number), verb), calls)

    @precondition(lambda self: self.portal.uploads)
    @rule(
        number=few,
        verb=st.sampled_from([Verb.REMOVE, Verb.HIDE, Verb.RESTORE, Verb.RELEASE, Verb.REFUSE]),
        calls=ends,
    )
    def moderator(self, number: int, verb: Verb, calls: int) -> None:
        self._begun(self.portal.moderate(self._upload(number), verb), calls)

    @precondition(lambda self: self.portal.uploads)
    @rule(act=st.sampled_from(["remake", "close", "back_up", "restore"]), cut_at=few)
    def seldom(self, act: str, cut_at: int) -> None:
        match act:
            case "remake":
                self._begun(self.portal.remake(), cut_at)
            case "close":
                if cut_at == 0:
                    self._begun(self.portal.close(1), 14)
            case "back_up":
                self.portal.back_up()
            case _:
                if self.portal.snapshots:
                    self.portal.restore(cut_at, cut_at)

    @invariant()
    def at_any_moment(self) -> None:
        promises.keep_at_any_moment(self.portal)

    def teardown(self) -> None:
        """Everything comes to rest, whatever happened before."""
        try:
            promises.come_to_rest(self.portal)
            promises.keep_at_rest(self.portal)
            promises.everything_again_changes_nothing(self.portal)
            promises.what_failed_is_not_lost(self.portal)
        finally:
            self.portal.kill_all()
            self._patches.close()


@pytest.fixture(autouse=True)
def _without_logs() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.configure(**before)


def test_whatever_happens_each_upload_comes_to_its_one_end() -> None:
    run_state_machine_as_test(History, settings=SLICE)


def test_a_repeated_request_and_then_a_restore() -> None:
    """Found by a history: the second request's manifest named other keys, and what was published was left behind."""
    history = History()
    portal = history.portal
    portal.back_up()
    for _ in range(2):
        portal.go(portal.accept(key="k"))
        history.deliver(0, 14)
    portal.restore(0)
    history.teardown()

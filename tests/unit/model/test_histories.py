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
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.domain.moderation import Verb
from shared.domain.operator_acts import Verb as OperatorVerb
from shared.domain.uploads import State
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
BEGINNINGS = [
    "on its way in",
    "waiting",
    "worn out",
    "published",
    "rejected",
    "failed",
    "held",
    "taken back",
    "taken back unseen",
    "to be erased",
    "erased",
]
"""States in which an upload may be when a history begins: chance alone reaches some of them too seldom."""
FITTING = {
    "undo": (State.TAKEN_BACK,),
    "retry": (State.FAILED,),
    OperatorVerb.REDRIVE: (State.FAILED,),
    OperatorVerb.DISCARD: (State.FAILED,),
    Verb.RELEASE: (State.HELD,),
    Verb.REFUSE: (State.HELD,),
}
"""What an act is for; others are acted on as often."""
few = st.integers(0, 5)
ends = st.sampled_from([*[10] * 15, *range(10)])
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

    def _upload(self, number: int, act: str = "") -> UUID:
        rows, among = self.portal.world.database.read().uploads, self.portal.uploads
        if act in FITTING and number % 2:
            fitting = [u for u in among if u in rows and rows[u].upload.status in FITTING[act]]
            among = fitting or among
        return among[number % len(among)]

    @initialize(states=st.lists(st.sampled_from(BEGINNINGS), min_size=1, max_size=2))
    def some_are_there(self, states: list[str]) -> None:
        for state in states:
            self.portal.bring_about(state)

    @rule(
        who=st.integers(0, 1),
        file=st.sampled_from(list(FILES)),
        key=st.sampled_from([None, None, "k"]),
        calls=ends,
    )
    def accept(self, who: int, file: str, key: str | None, calls: int) -> None:
        if len(self.portal.uploads) < 6:
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
    @rule(number=few, act=st.sampled_from(["take_back", "undo", "edit", "retry"]), calls=ends)
    def owner(self, number: int, act: str, calls: int) -> None:
        self._begun(getattr(self.portal, act)(self._upload(number, act)), calls)

    @precondition(lambda self: self.portal.uploads)
    @rule(number=few, verb=st.sampled_from([OperatorVerb.REDRIVE, OperatorVerb.DISCARD]), calls=ends)
    def operator(self, number: int, verb: OperatorVerb, calls: int) -> None:
        self._begun(self.portal.operate(self._upload(number, verb), verb), calls)

    @precondition(lambda self: self.portal.uploads)
    @rule(
        number=few,
        verb=st.sampled_from([Verb.REMOVE, Verb.HIDE, Verb.RESTORE, Verb.RELEASE, Verb.REFUSE]),
        calls=ends,
    )
    def moderator(self, number: int, verb: Verb, calls: int) -> None:
        self._begun(self.portal.moderate(self._upload(number, verb), verb), calls)

    @precondition(lambda self: self.portal.snapshots)
    @rule(number=few, cut_at=few)
    def restore(self, number: int, cut_at: int) -> None:
        self.portal.restore(number, cut_at)

    @precondition(lambda self: self.portal.uploads)
    @rule(act=st.sampled_from(["remake", "close", "back_up"]), cut_at=few)
    def seldom(self, act: str, cut_at: int) -> None:
        match act:
            case "remake":
                self._begun(self.portal.remake(), cut_at)
            case "close":
                if cut_at == 0:
                    self._begun(self.portal.close(1), 14)
            case _:
                self.portal.back_up()

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


def test_renditions_made_anew_and_then_a_restore() -> None:
    """Found by a history: no record names them any more. They are strays, and operators are told."""
    history = History()
    portal = history.portal
    portal.bring_about("published")
    portal.back_up()
    portal.go(portal.remake())
    for _ in range(2):
        history.advance(20)
        history.sweep(10)
        history.deliver(0, 10)
    [image] = portal.world.database.read().images.values()
    portal.restore(0)
    history.teardown()
    strays = promises.strays_told(portal)
    assert strays
    assert strays < set(promises.keys_of(image))


def test_a_late_request_that_is_cut_off_leaves_no_word_of_what_was_erased() -> None:
    """Found by a history: what it had said stayed, beside bytes that were never accepted."""
    history = History()
    portal = history.portal
    portal.bring_about("erased")
    history.accept(0, "boat", "k", 4)
    [late] = portal.actors
    portal.kill(late)
    [upload_id] = portal.uploads
    assert len(promises.versions_of(portal, upload_id)) > 1
    history.teardown()


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.UNHEARD])
@pytest.mark.parametrize("before", range(10))
def test_a_late_request_of_which_one_call_goes_wrong_leaves_no_word_either(before: int, fault: Fault) -> None:
    history = History()
    portal = history.portal
    portal.bring_about("erased")
    late = portal.go(portal.accept(key="k"), before)
    portal.go(late, fault=fault)
    history.teardown()

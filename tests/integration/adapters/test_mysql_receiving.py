"""Operators at the same moment, on a real database: one act is done, and everybody else learns whose."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from local.stack import Stack
from shared.domain.operator_acts import Operator, Way
from shared.domain.receiving import UNTOUCHED, Outcome
from shared.ports.receiving import Change
from tests.support_database import real_records

OPERATORS = 8


def test_of_many_at_once_one_is_first(stack: Stack) -> None:
    with real_records(stack.env["DATABASE_URL"]) as records:
        ready, scope = Barrier(OPERATORS), "celery@contested"

        def drain(number: int) -> Change:
            ready.wait(10)
            by = Operator(f"operator-{number}", Way.PAGE)
            seen = frozenset({UNTOUCHED})
            return records.receiving.change(by, scope, None, stopped=True, why=str(number), seen=seen)

        with ThreadPoolExecutor(OPERATORS) as threads:
            changes = list(threads.map(drain, range(OPERATORS)))

        assert Counter(c.outcome for c in changes) == {Outcome.DONE: 1, Outcome.ALREADY: OPERATORS - 1}
        [stands] = {c.wish.by.name for c in changes if c.wish}
        acts = [act for act in records.operator_acts.page(None, 50) if scope in act.subject]
        assert [act.by.name for act in acts] == [stands]

"""The promises of the audit of what operators do."""

from datetime import timedelta
from uuid import uuid4

from shared.domain.failures import Span
from shared.domain.operator_acts import Operator, Verb, WantedActs, Way
from tests.contract.sides import Records

OLGA, TOM = Operator("olga", Way.PAGE), Operator("root@worker-1", Way.TERMINAL)


def test_an_act_is_there_before_its_end(records: Records) -> None:
    acts = records.operator_acts
    first = acts.begin(OLGA, Verb.REDRIVE, "a reason", 3)
    second = acts.begin(TOM, Verb.DISCARD, "x" * 300, 1)
    begun = acts.page(None, 2)
    assert [a.id for a in begun] == [second, first]
    assert [(a.by, a.verb, a.subject, a.asked, dict(a.counts), a.ended_at) for a in begun] == [
        (TOM, Verb.DISCARD, "x" * 200, 1, {}, None),
        (OLGA, Verb.REDRIVE, "a reason", 3, {}, None),
    ]
    assert [a.id for a in acts.page(second, 1)] == [first]


def test_what_came_of_it_is_said_once(records: Records) -> None:
    acts = records.operator_acts
    act_id = acts.begin(OLGA, Verb.REDRIVE, "a reason", 3)
    acts.end(act_id, {"done": 2, "not_failed": 1})
    acts.end(act_id, {"done": 0})
    [act] = acts.page(None, 1)
    assert dict(act.counts) == {"done": 2, "not_failed": 1}
    assert act.ended_at is not None
    assert act.ended_at >= act.at


def test_an_act_that_nobody_began_has_no_end(records: Records) -> None:
    acts = records.operator_acts
    before = acts.page(None, 1)
    acts.end(uuid4(), {"done": 1})
    assert acts.page(None, 1) == before


def test_acts_are_found_by_who_did_what_when(records: Records) -> None:
    acts = records.operator_acts
    sent = acts.begin(OLGA, Verb.REDRIVE, "a", 1)
    ended = acts.begin(OLGA, Verb.DISCARD, "b", 1)
    typed = acts.begin(TOM, Verb.DISCARD, "c", 1)
    [last] = acts.page(None, 1)
    instant = timedelta(microseconds=1)
    for wanted, ids in (
        (WantedActs(who="olga"), [ended, sent]),
        (WantedActs(who="olg"), []),
        (WantedActs(verb=Verb.DISCARD), [typed, ended]),
        (WantedActs(who="olga", verb=Verb.DISCARD), [ended]),
        (WantedActs(span=Span(last.at + instant)), []),
        (WantedActs(span=Span(until=last.at + instant)), [typed, ended, sent]),
        (WantedActs(TOM.name, Verb.DISCARD, Span(last.at, last.at + instant)), [typed]),
    ):
        assert [a.id for a in acts.page(None, 9, wanted)] == ids, wanted
    assert [a.id for a in acts.page(ended, 9, WantedActs(who="olga"))] == [sent]

"""`envelope.read` yields an Envelope or refuses: no message makes it do anything else."""

import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.consume import envelope

TASK = "a.task"
ENVELOPE = envelope.Envelope(TASK, *(UUID(int=number) for number in (1, 2, 3)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def test_what_is_written_can_be_read_again() -> None:
    assert envelope.read(json.dumps(ENVELOPE.payload({}, "handle")), TASK) == ENVELOPE


@given(text=st.none() | st.binary() | st.text() | JSON.map(json.dumps))
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(envelope.MalformedMessageError):
        envelope.read(text, TASK)


@given(
    place=st.sampled_from(["", "headers", "properties"]),
    name=st.sampled_from(["body", "headers", "properties", "task", "id", "retries", "timelimit", "eta"])
    | st.text(),
    value=JSON,
)
def test_one_changed_part_is_refused_or_makes_no_difference(place: str, name: str, value: object) -> None:
    message = ENVELOPE.payload({}, "handle")
    (message[place] if place else message)[name] = value
    try:
        accepted = envelope.read(json.dumps(message), TASK)
    except envelope.MalformedMessageError:
        return
    assert accepted == ENVELOPE

"""Two operators mean the same failed uploads at once, one to redrive and one to discard: each ends one way."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from shared.domain.refusals import Refusal
from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg
from tests.integration.support.failing import BUG, a_bug, accepted, give_up
from tests.integration.support.hand_worker import HandWorker
from tests.support_app import app_over
from tests.support_slice import THOROUGH

MANY = 24 if THOROUGH else 10


@pytest.fixture
def failed(person: Person, hands: HandWorker) -> list[UUID]:
    """Uploads that met a bug."""
    ids = accepted(person, [jpeg(32, 24)] * MANY)
    with a_bug(hands) as failing:
        assert give_up(failing) == MANY
    return ids


def both(redriver: Person, discarder: Person, bodies: dict[str, Any]) -> dict[str, Any]:
    """Their answers, by what they did; they begin together."""
    start = Barrier(2)

    def act(who: Person, verb: str) -> Any:
        start.wait(10)
        path = f"/api/v1/dead-letters/{verb}"
        answer = who.client.post(path, json=bodies[verb], headers=who.headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    with ThreadPoolExecutor(2) as pool:
        told = {
            verb: pool.submit(act, who, verb) for who, verb in ((redriver, "redrive"), (discarder, "discard"))
        }
        return {verb: answer.result(60) for verb, answer in told.items()}


@pytest.mark.slow
@pytest.mark.parametrize("meant", ["the reason", "the same ids, from both ends"])
def test_every_upload_ends_one_way_and_the_counts_of_both_add_up(
    meant: str,
    failed: list[UUID],
    app: Flask,
    operator_on: Callable[[Flask], Person],
    hands: HandWorker,
) -> None:
    if meant == "the reason":
        bodies: dict[str, Any] = {verb: {"reason": BUG} for verb in ("redrive", "discard")}
    else:
        ids = [str(upload_id) for upload_id in failed]
        bodies = {"redrive": {"ids": ids}, "discard": {"ids": ids[::-1]}}
    told = both(operator_on(app), operator_on(app), bodies)

    for answer in told.values():
        assert answer["asked"] == answer["moved"] + answer["gone"], "neither was hindered"
    assert told["redrive"]["moved"] + told["discard"]["moved"] == MANY
    if meant != "the reason":
        assert told["redrive"]["gone"] + told["discard"]["gone"] == MANY, "each lost what the other won"

    assert Counter(hands.work()) == Counter(published=told["redrive"]["moved"])
    ended = hands.parts.uploads.find_many(failed)
    assert Counter((upload.status.value, upload.reason_code) for upload in ended.values()) == Counter(
        {
            ("published", None): told["redrive"]["moved"],
            ("rejected", Refusal.DISCARDED): told["discard"]["moved"],
        }
    )
    assert len(hands.parts.images.find_many(failed)) == told["redrive"]["moved"]
    acts = hands.parts.operator_acts.page(None, 2)
    assert {act.verb.value: act.counts["done"] for act in acts} == {
        verb: answer["moved"] for verb, answer in told.items()
    }
    assert all(act.asked == sum(act.counts.values()) for act in acts)


class Overtaken:
    """A port on an operator's way to each upload: before it answers, another operator acts on it."""

    def __init__(self, port: Any, verb: str, other: Callable[[], None]) -> None:
        self._port, self._verb, self._other = port, verb, other

    def __getattr__(self, name: str) -> Any:
        if name == self._verb:
            self._other()
        return getattr(self._port, name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slow", "quick", "port", "call", "end"),
    [
        ("redrive", "discard", "recovery", "redriven", "rejected"),
        ("discard", "redrive", "failed_uploads", "discard", "published"),
    ],
)
def test_who_is_overtaken_after_the_look_changes_nothing(
    slow: str,
    quick: str,
    port: str,
    call: str,
    end: str,
    failed: list[UUID],
    app: Flask,
    parts: WebParts,
    operator_on: Callable[[Flask], Person],
    hands: HandWorker,
) -> None:
    left = list(failed)
    one = operator_on(app)

    def overtake() -> None:
        body = {"ids": [str(left.pop(0))]}
        answer = one.client.post(f"/api/v1/dead-letters/{quick}", json=body, headers=one.headers)
        assert (answer.json or {})["moved"] == 1

    overtaken: Any = Overtaken(getattr(parts, port), call, overtake)
    other = operator_on(app_over(replace(parts, **{port: overtaken})))
    answer = other.client.post(f"/api/v1/dead-letters/{slow}", json={"reason": BUG}, headers=other.headers)
    told = answer.json or {}
    assert {name: told[name] for name in ("asked", "moved", "gone", "left")} == {
        "asked": MANY,
        "moved": 0,
        "gone": MANY,
        "left": 0,
    }
    assert left == []
    hands.work()
    ended = hands.parts.uploads.find_many(failed)
    assert Counter(upload.status.value for upload in ended.values()) == Counter({end: MANY})

"""Hundreds of failures of three causes: one is mended and its uploads redriven, these alone, and all counts add up."""

import html
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from local.stack import Stack
from shared.domain.failures import Span
from shared.domain.operator_acts import OperatorAct, WantedActs
from tests.integration.conftest import Person, jpeg
from tests.integration.support.failing import (
    BUG,
    REFUSED,
    S3_AWAY,
    a_bug,
    accepted,
    database_refuses_images,
    give_up,
    s3_away,
)
from tests.integration.support.hand_worker import HandWorker
from tests.support_slice import THOROUGH
from web.operators.failed import MOST

MANY, STEP = (500, MOST) if THOROUGH else (30, 10)
"""Of 500 the test takes more than a minute of CPU. A step is how many the page does at once."""


@dataclass(frozen=True)
class Kept:
    """What there is of an upload: its state, rows of its image, and versions of each object that is not staged."""

    state: str
    images: int
    final: tuple[int, ...]


PUBLISHED = Kept("published", 1, (1, 1, 1))
FAILED = Kept("failed", 0, ())
FAILED_WHEN_RECORDED = Kept("failed", 0, (1, 1, 1))
"""Its objects are in place already, and the next attempt finds them so."""


def kept(hands: HandWorker, stack: Stack, ids: list[UUID]) -> dict[UUID, Kept]:
    engine = create_engine(stack.env["DATABASE_URL"])
    with engine.connect() as c:
        states = {UUID(bytes=r.id): r.state for r in c.execute(text("SELECT id, state FROM uploads"))}
        images = Counter(UUID(bytes=row.id) for row in c.execute(text("SELECT id FROM images")))
    engine.dispose()
    versions = Counter(v.key for v in hands.parts.store.versions("") if not v.key.startswith("staging/"))
    final: dict[UUID, list[int]] = {upload_id: [] for upload_id in ids}
    for key, count in versions.items():
        [found] = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", key)
        final[UUID(found)].append(count)
    return {i: Kept(states[i], images[i], tuple(final[i])) for i in ids}


def on_sqs(hands: HandWorker) -> int:
    depth = hands.parts.queue.depth()
    return depth.visible + depth.in_flight


def acts_since(hands: HandWorker, moment: datetime) -> list[OperatorAct]:
    return hands.parts.operator_acts.page(None, 100, WantedActs(span=Span(since=moment)))


def by_api(operator: Person, reason: str) -> dict[str, Any]:
    answer = operator.client.post(
        "/api/v1/dead-letters/redrive", json={"reason": reason}, headers=operator.headers
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json or {}
    assert told["asked"] == told["moved"] + told["gone"] + told["failed"]
    return told


def by_page(operator: Person, reason: str, clicks: int) -> list[dict[str, int]]:
    """The confirmation's form, sent so often; what each answer says."""
    asked = {"verb": "redrive", "reason": reason}
    page = operator.client.get("/ops/failed/confirm", query_string=asked, headers=operator.headers)
    assert page.status_code == 200
    form = asked | {"id": re.findall(r'name="id" value="([^"]+)"', page.text)}
    return [_clicked(operator, form) for _ in range(clicks)]


def _clicked(operator: Person, form: dict[str, Any]) -> dict[str, int]:
    done = operator.client.post("/ops/failed/acts", data=form, headers=operator.headers)
    assert done.status_code == 303
    shown = html.unescape(operator.client.get(done.location, headers=operator.headers).text)
    [said] = re.findall(r"Asked for ([\d,]+): ([\d,]+) sent again, ([\d,]+) no longer.*?([\d,]+) with", shown)
    asked, moved, gone, unstaged = (int(number.replace(",", "")) for number in said)
    assert asked == moved + gone + unstaged
    return {"asked": asked, "moved": moved, "gone": gone}


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many the page does at once."""
    monkeypatch.setattr("web.operators.failed.MOST", STEP)
    return STEP


@pytest.mark.slow
def test_the_mended_ones_are_published_once_and_the_others_stay_failed(
    person: Person, operator: Person, hands: HandWorker, stack: Stack, environ: dict[str, str], step: int
) -> None:
    # Given failures of three causes
    away, buggy, refused = MANY * 6 // 10, MANY * 3 // 10, MANY // 10
    picture, began = jpeg(32, 24), datetime.now(UTC)
    ids: dict[str, list[UUID]] = {}
    ids[S3_AWAY] = accepted(person, [picture] * away)
    with s3_away(hands, environ["AWS_REGION"]) as failing:
        assert give_up(failing) == away
    ids[BUG] = accepted(person, [picture] * buggy)
    with a_bug(hands) as failing:
        assert give_up(failing) == buggy
    ids[REFUSED] = accepted(person, [picture] * refused)
    with database_refuses_images(hands, stack.env["MIGRATIONS_DATABASE_URL"]) as failing:
        assert give_up(failing) == refused
    groups = {g["reason"]: g["count"] for g in operator.get("/dead-letters")["groups"]}
    assert groups == {reason: len(of) for reason, of in ids.items()}

    # When the largest is redriven: a step by the page, where the button is hit twice, the rest by the API
    rest = away - step
    assert by_page(operator, S3_AWAY, clicks=2) == [
        {"asked": step, "moved": step, "gone": 0},
        {"asked": step, "moved": 0, "gone": step},
    ]
    assert by_api(operator, S3_AWAY) == {
        "asked": rest,
        "moved": rest,
        "gone": 0,
        "failed": 0,
        "left": 0,
        "sentence": f"Asked for {rest}: {rest} sent again, 0 no longer failed, 0 with nothing staged.",
    }
    assert by_api(operator, S3_AWAY)["asked"] == 0
    assert on_sqs(hands) == away, "one message each"

    # Then exactly these are published, once, and the others are as they were
    assert Counter(hands.work()) == {"published": away}
    found = kept(hands, stack, [upload_id for of in ids.values() for upload_id in of])
    assert Counter(found[i] for i in ids[S3_AWAY]) == {PUBLISHED: away}
    assert Counter(found[i] for i in ids[BUG]) == {FAILED: buggy}
    assert Counter(found[i] for i in ids[REFUSED]) == {FAILED_WHEN_RECORDED: refused}
    groups = {g["reason"]: g["count"] for g in operator.get("/dead-letters")["groups"]}
    assert groups == {BUG: buggy, REFUSED: refused}

    # And the audit tells the same
    acts = acts_since(hands, began)
    assert all(act.ended_at and act.asked == sum(act.counts.values()) for act in acts)
    assert {act.subject for act in acts} == {S3_AWAY}
    assert sum(act.counts["done"] for act in acts) == away

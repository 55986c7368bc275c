"""What page, API and terminal say of the queue is what SQS and MySQL say, while no worker works."""

import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
from sqlalchemy import create_engine, text

from local.drive.waiting import wait_until
from shared.parts import WebParts
from tests.integration.conftest import Person, jpeg
from tests.integration.support.failing import a_bug, accepted, give_up
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.served import program
from tests.integration.support.terminal import terminal
from tests.support_slice import its_day

WAITING, TAKEN, FAILED, DEAD = 20, 3, 2, 4
SAYS_SO_WITHIN_SECONDS = 30


def asked_of_sqs(environ: Mapping[str, str]) -> dict[str, int]:
    """Its own attributes."""
    sqs: Any = boto3.client("sqs")
    counts: dict[str, dict[str, str]] = {}
    for name in ("SQS_QUEUE_URL", "SQS_DLQ_URL"):
        answer = sqs.get_queue_attributes(QueueUrl=environ[name], AttributeNames=["All"])
        counts[name] = answer["Attributes"]
    sqs.close()
    queue, dead = (counts[name] for name in ("SQS_QUEUE_URL", "SQS_DLQ_URL"))
    about = "ApproximateNumberOfMessages"
    return {
        "visible": int(queue[about]),
        "in_flight": int(queue[f"{about}NotVisible"]),
        "delayed": int(queue[f"{about}Delayed"]),
        "dead_letters": int(dead[about]) + int(dead[f"{about}NotVisible"]),
    }


def asked_of_mysql(url: str) -> dict[str, int]:
    """Its own counts."""
    engine = create_engine(url)
    with engine.connect() as c:
        states = {
            row.state: row.n for row in c.execute(text("SELECT state, COUNT(*) n FROM uploads GROUP BY 1"))
        }
        problems = c.execute(
            text("""SELECT COUNT(*) FROM uploads WHERE state IN ('rejected', 'failed')
                    AND changed_at > UTC_TIMESTAMP() - INTERVAL 1 DAY""")
        ).scalar_one()
    engine.dispose()
    return {"failed": states.get("failed", 0), "held": states.get("held", 0), "problems_today": problems}


def by_terminal(environ: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    done = terminal(environ, "status", "--json")
    return done.returncode, json.loads(done.stdout)


def on_page(operator: Person) -> dict[str, int]:
    """The strip's numbers, by what they are called."""
    strip = operator.client.get("/ops/strip", headers=operator.headers)
    assert strip.status_code == 200
    return {
        name: int(number.replace(",", ""))
        for name, number in re.findall(
            r"<div><dt>([^<]+)</dt><dd>\s*([\d,]+)(?:<small>/min</small>)?</dd>", strip.text
        )
    }


@pytest.mark.slow
def test_all_of_them_say_what_sqs_and_mysql_say(
    person: Person, operator: Person, hands: HandWorker, environ: dict[str, str]
) -> None:
    # Given some failed, some dead letters, some taken by a worker that was killed, and twenty that wait
    accepted(person, [jpeg(32, 24)] * FAILED)
    with a_bug(hands) as failing:
        assert give_up(failing) == FAILED
    sqs: Any = boto3.client("sqs")
    for number in range(DEAD):
        sqs.send_message(QueueUrl=environ["SQS_DLQ_URL"], MessageBody=f"rubbish {number}")
    accepted(person, [jpeg(32, 24)] * TAKEN)
    wait_until(lambda: asked_of_sqs(environ)["visible"] == TAKEN, 5, "they wait")
    sqs.receive_message(QueueUrl=environ["SQS_QUEUE_URL"], MaxNumberOfMessages=TAKEN, VisibilityTimeout=600)
    sqs.close()
    accepted(person, [jpeg(32, 24)] * WAITING)

    counted = asked_of_sqs(environ)
    assert counted == {"visible": WAITING, "in_flight": TAKEN, "delayed": 0, "dead_letters": DEAD}
    recorded = asked_of_mysql(environ["DATABASE_URL"])
    assert recorded["failed"] == FAILED

    # Then the API, the page and the terminal tell the same
    told = operator.get("/queue")
    assert counted.items() <= told.items()
    assert recorded.items() <= told.items()
    assert told["error"] is None
    assert 0 <= told["oldest_age_seconds"] < 120, "in whole seconds: S3 tells its times so"
    status, row = by_terminal(environ)
    assert status == 1, "a person is needed"
    assert counted.items() <= row.items()
    assert {name: recorded[name] for name in ("failed", "held")}.items() <= row.items()
    shown = on_page(operator)
    assert {
        "Waiting": WAITING,
        "In flight": TAKEN,
        "Dead letters": DEAD,
        "Rejected or failed": recorded["problems_today"],
        "Published": told["published_per_minute"],
    }.items() <= shown.items()
    strip = operator.client.get("/ops/strip", headers=operator.headers).text
    assert f"{FAILED} failed uploads" in strip


@its_day(1, of=2)
@pytest.mark.slow
def test_without_a_worker_it_is_said_within_half_a_minute_and_all_is_published_after(
    person: Person, operator: Person, parts: WebParts, environ: dict[str, str], tmp_path: Path
) -> None:
    # Given a worker that worked and was stopped
    with program("worker", environ, tmp_path):
        first = accepted(person, [jpeg(32, 24)])
        wait_until(partial(all_published, parts, first), 60, "the worker works")

    # When twenty come
    ids = accepted(person, [jpeg(32, 24)] * WAITING)
    wait_until(lambda: says_so(operator), SAYS_SO_WITHIN_SECONDS, "no worker is working", pause=1)

    # Then all three say so, with the counts of SQS
    assert "No worker is working." in operator.client.get("/ops", headers=operator.headers).text
    counted = asked_of_sqs(environ)
    assert (counted["visible"], counted["in_flight"]) == (WAITING, 0)
    assert counted.items() <= operator.get("/queue").items()
    status, row = by_terminal(environ)
    assert (status, row["sentence"]) == (1, "Something waits, and no worker is working.")
    assert counted.items() | {"stalled": True}.items() <= row.items()
    assert not all_published(parts, ids[:1])

    # And a worker publishes them all
    with program("worker", environ, tmp_path):
        wait_until(partial(all_published, parts, ids), 90, "all are published")
        wait_until(lambda: not any(asked_of_sqs(environ).values()), 20, "nothing is left on SQS")
        told = operator.get("/queue")
        assert (told["visible"], told["in_flight"], told["stalled"]) == (0, 0, False)
        assert not says_so(operator)
    assert set(parts.images.find_many(ids)) == set(ids)


def says_so(operator: Person) -> bool:
    strip = operator.client.get("/ops/strip", headers=operator.headers)
    return "No worker is working." in strip.text and bool(operator.get("/queue")["stalled"])


def all_published(parts: WebParts, ids: list[UUID]) -> bool:
    found = parts.uploads.find_many(ids)
    return [i for i in ids if i in found and found[i].status == "published"] == ids

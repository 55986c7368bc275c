"""A failed upload's way back, as docs/operations.md describes it."""

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.uploads import Attempt, State
from shared.operating.acting import act_on
from shared.ports.work_queue import QueueUnavailable
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from tests.integration.support.staged import staged_manifest
from tests.integration.support.terminal import Done, terminal
from worker.ops.failed import all_failed

OLGA = Operator("olga", Way.TERMINAL)
CAUSE = "OperationalError: the disk was full"


def failed(person: Person, hands: HandWorker, seed: int = 0) -> UUID:
    """An upload that SQS has given up, as the pipeline records it."""
    upload_id = UUID(person.post_image(jpeg(200, 150, seed)).json["id"])
    hands.messages()
    manifest = staged_manifest(hands.parts.store, upload_id)
    last = Attempt(5, "w", datetime.now(UTC))
    hands.parts.attempts.begin(manifest, last)
    hands.parts.attempts.fail(upload_id, last, CAUSE)
    return upload_id


def run(*arguments: str, env: dict[str, str]) -> Done:
    return terminal(env, *arguments)


def test_a_failed_upload_is_sent_again_and_published(
    person: Person, hands: HandWorker, environ: dict[str, str]
) -> None:
    upload_id = failed(person, hands)
    assert person.get(f"/uploads/{upload_id}")["status"] == "failed"
    for done_now, not_failed in ((1, 0), (0, 1)):
        done = run("redrive", str(upload_id), "--json", env=environ)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        counts = {"asked": 1, "done": done_now, "not_failed": not_failed, "not_staged": 0, "unreached": 0}
        assert counts.items() <= told.items()
    assert hands.work() == ["published"]
    upload: Any = person.get(f"/uploads/{upload_id}")
    assert upload["status"] == "published"
    assert [e["step"] for e in upload["events"]] == [
        "accept",
        "dead-letter",
        "redrive",
        "fetch",
        "validate",
        "publish",
    ]
    done = run("redrive", str(upload_id), env=environ)
    assert done.stdout == "Asked for 1: 0 sent again, 1 no longer failed, 0 with nothing staged.\n"
    acts = hands.parts.operator_acts.page(None, 3)
    assert [(a.verb, a.subject, a.counts["done"]) for a in acts] == [
        (Verb.REDRIVE, str(upload_id), count) for count in (0, 0, 1)
    ]


def test_all_of_them_are_sent_again(person: Person, hands: HandWorker, environ: dict[str, str]) -> None:
    ids = {failed(person, hands, seed) for seed in range(3)}
    assert ids <= {u.id for u in all_failed(hands.parts.failed_uploads)}
    assert run("redrive", "--all", env=environ).returncode == 0
    assert hands.work().count("published") >= 3
    assert not ids & {u.id for u in all_failed(hands.parts.failed_uploads)}


def test_without_the_queue_the_sweep_sends_what_is_redriven(person: Person, hands: HandWorker) -> None:
    upload_id = failed(person, hands)
    upload = hands.parts.uploads.find(upload_id)
    assert upload is not None

    class Away:
        def send(self, *_: Any) -> None:
            raise QueueUnavailable("down")

    away: Any = replace(hands.parts, queue=Away())  # type: ignore[arg-type]  # as much of a queue as is asked for
    assert act_on(away, OLGA, Verb.REDRIVE, [upload_id], "it").done == 1
    found = hands.parts.uploads.find(upload_id)
    assert found is not None
    assert found.status is State.QUEUED, "the record is what counts; the sweep does the rest"
    assert hands.ingest(upload.owner, upload_id) == "published"


def test_what_a_worker_finishes_meanwhile_is_left_alone(person: Person, hands: HandWorker) -> None:
    upload_id = failed(person, hands)
    seen = hands.parts.uploads.find(upload_id)
    assert seen is not None
    manifest = staged_manifest(hands.parts.store, upload_id)
    assert hands.ingest(seen.owner, upload_id) == "published"
    assert hands.parts.recovery.redriven(manifest) is False
    assert act_on(hands.parts, OLGA, Verb.REDRIVE, [upload_id], "it").not_failed == 1
    found = hands.parts.uploads.find(upload_id)
    assert found is not None
    assert found.status is State.PUBLISHED


@pytest.mark.parametrize(
    "arguments",
    [
        ["redrive"],
        ["redrive", "nonsense"],
        ["redrive", "--all", "01a20dfc-a701-7f0b-89d2-ef12612491e9"],
        ["upload"],
        [],
    ],
)
def test_what_cannot_be_understood_is_said(environ: dict[str, str], arguments: list[str]) -> None:
    done = run(*arguments, env=environ)
    assert done.returncode == 2
    assert "usage: python -m worker.ops" in done.stderr


def test_every_command_of_the_runbook_works(
    person: Person, hands: HandWorker, environ: dict[str, str], root: Path, tmp_path: Path
) -> None:
    """Those in the section on failed uploads, typed one after the other with an upload's id in place."""
    upload_id = failed(person, hands)
    section = (root / "docs/operations.md").read_text().split("## An upload has failed")[1].split("\n## ")[0]
    commands = [line for block in re.findall(r"```\n(.*?)```", section, re.S) for line in block.splitlines()]
    assert len(commands) >= 4
    bin_folder = Path(sys.executable).parent
    env = environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "ID": str(upload_id)}
    said = ""
    for command in commands:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=env,
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (command, done.stderr)
        said += done.stdout
        if "redrive" in shlex.split(command):
            assert "published" in hands.work()
    assert CAUSE in said, "the first look tells the reason"
    assert "published" in said.splitlines()[-1], "the last one verifies"

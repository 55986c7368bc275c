"""What `make deploy` does with a portal once it is there, done with one that runs here."""

import os
import signal
from typing import Any

import psutil
import pytest
import requests

from deploy.launch.smoke import Portal, SmokeFailed, smoke
from local.drive.portal_process import PortalProcess
from tests.system.aws import aws


def accounts(portal: PortalProcess) -> set[str]:
    """Names of the accounts that the smoke test made."""
    pages = aws(portal, "cognito-idp").get_paginator("list_users")
    users = [
        u for page in pages.paginate(UserPoolId=portal.env()["COGNITO_USER_POOL_ID"]) for u in page["Users"]
    ]
    return {u["Username"] for u in users if u["Username"].startswith("smoke-")}


def use(portal: PortalProcess, said: list[str], **seconds: Any) -> None:
    pool = portal.env()["COGNITO_USER_POOL_ID"]
    smoke(Portal(portal.url), aws(portal, "cognito-idp"), pool, said.append, **seconds)


def test_a_portal_that_works_passes_and_nothing_of_it_stays_to_be_seen(portal: PortalProcess) -> None:
    said: list[str] = []
    use(portal, said)
    assert len(said) == 4, said
    assert "taken back" in said[-1]


def test_a_portal_without_workers_fails_and_leaves_no_account(portal: PortalProcess) -> None:
    worker = psutil.Process(portal.pid_of("worker"))
    family = [worker, *worker.children(recursive=True)]
    for process in family:
        process.send_signal(signal.SIGSTOP)
    before = accounts(portal)
    try:
        with pytest.raises(SmokeFailed, match=r"not within 4 s: upload .* is published; it is queued"):
            use(portal, [], published_seconds=4)
    finally:
        for process in family:
            process.send_signal(signal.SIGCONT)
    assert accounts(portal) <= before
    assert requests.get(portal.url + "/check-status", timeout=10).ok


def test_a_portal_that_is_not_ready_fails_with_what_it_says(portal: PortalProcess) -> None:
    database = portal.pid_of("database")
    os.kill(database, signal.SIGSTOP)
    try:
        with pytest.raises(SmokeFailed, match=r"it is ready; GET /readyz: 503 and not 200"):
            use(portal, [], ready_seconds=2)
    finally:
        os.kill(database, signal.SIGCONT)

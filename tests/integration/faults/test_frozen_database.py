"""A database that takes connections and answers nothing: pages say so, uploads go on, and it recovers by itself."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from local.drive.waiting import wait_until
from local.stack import Stack
from shared.bootstrap import web_parts
from shared.config import WebSettings, load
from shared.parts import WebParts
from shared.ports.unavailable import CatalogueUnavailable
from tests.integration.conftest import Person, jpeg
from tests.integration.support.hand_worker import HandWorker
from web.http.parts import READY_SECONDS

PROMISED_SECONDS = 3.0
BUSY_MACHINE_SECONDS = 5.0
"""What a test machine may take beside the waiting that is meant; the wait without a bound is 15 s and more."""


def stands_still(pid: int) -> bool:
    """Whether no thread of a process runs: on a busy machine some go on for a moment after the signal."""
    stats = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


@contextmanager
def frozen(stack: Stack) -> Iterator[None]:
    """MariaDB's process stands still: its sockets stay open, as with a hung disk or a machine gone dark."""
    pid = int((stack.directory / "database" / "mariadb.pid").read_text())
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: stands_still(pid), 5, "each of its threads has stopped")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def parts(environ: dict[str, str]) -> WebParts:
    """Without a connection, and with a circuit breaker that no other test's trouble has opened."""
    return web_parts(load(WebSettings, environ))


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    call()
    return time.monotonic() - began


@pytest.mark.parametrize("path", ["/", "/uploads", "/search?q=sea", "/home/user/{me}", "/readyz"])
@pytest.mark.parametrize("warm", [True, False], ids=["open connections", "no connection yet"])
def test_a_page_says_so_within_three_seconds(person: Person, stack: Stack, path: str, warm: bool) -> None:
    person.post_image(jpeg(64, 48))  # the pill in the corner asks the database, too
    address = path.format(me=person.username)
    person.client.set_cookie("access_token", person.token)
    if warm:
        assert person.client.get(address).status_code == 200
        time.sleep(READY_SECONDS)  # for so long it is told what was found
    with frozen(stack):
        answers: list[int] = []
        taken = seconds_of(lambda: answers.append(person.client.get(address).status_code))
    assert answers == [503]
    assert taken < PROMISED_SECONDS + BUSY_MACHINE_SECONDS


def test_many_pages_at_once_wait_no_longer_than_one(app: Flask, person: Person, stack: Stack) -> None:
    def ask() -> None:
        client = app.test_client()
        client.set_cookie("access_token", person.token)
        statuses.append(client.get("/").status_code)

    statuses: list[int] = []
    ask()
    with frozen(stack):
        with ThreadPoolExecutor(40) as pool:
            taken = seconds_of(lambda: wait([pool.submit(ask) for _ in range(40)]))
        assert statuses == [200, *[503] * 40]
        assert taken < PROMISED_SECONDS + BUSY_MACHINE_SECONDS


def test_uploads_go_on_and_everything_recovers_by_itself(
    person: Person, hands: HandWorker, stack: Stack
) -> None:
    person.client.set_cookie("access_token", person.token)
    with frozen(stack):
        assert person.client.get("/").status_code == 503
        assert person.post_image(jpeg(64, 48)).status == 202
    wait_until(lambda: person.client.get("/").status_code == 200, 5, "pages are back")
    assert hands.work() == ["published"]


def test_a_lock_that_another_holds_is_not_waited_for_by_a_page(
    person: Person, parts: WebParts, stack: Stack
) -> None:
    """Pages take no locks today; a statement that would is given up by the server, which then rolls it back."""
    other = create_engine(stack.env["DATABASE_URL"])
    with other.begin() as holder:
        holder.execute(text("INSERT INTO terms (kind, text) VALUES ('tag', :t)"), {"t": person.username})

        def insert() -> None:
            with pytest.raises(CatalogueUnavailable, match="Lock wait"), parts.images._db.connect() as c:  # type: ignore[attr-defined]  # the real adapter
                c.execute(text("INSERT INTO terms (kind, text) VALUES ('tag', :t)"), {"t": person.username})

        assert seconds_of(insert) < PROMISED_SECONDS + BUSY_MACHINE_SECONDS
        holder.rollback()
    other.dispose()

"""What is on the dead-letter queue is told by its records, and acted on so that it adds up."""

import argparse
import html
import re
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from shared.domain.delivery import MAX_RECEIVE_COUNT, VISIBILITY_TIMEOUT_SECONDS
from shared.domain.operator_acts import Operator, Verb, Way
from shared.domain.uploads import Attempt
from shared.operating.dead_letters import KEEP_SECONDS, Kept, Kind, keep, look, move
from tests.support_memory import PASSWORD, Browser, World
from tests.support_tripwire import SIDES, Cut, Fuse
from tests.unit.test_operators import AWAY, accept, begin, operator, status, world
from worker.ops import dead_letters as terminal

__all__ = ["operator", "world"]  # fixtures
pytestmark = pytest.mark.slow

ANN = Operator("ann", Way.PAGE)
RUBBISH = "<script>alert(1)</script>"


def give_up(world: World) -> UUID:
    """An accepted upload whose message SQS has given up, and of which nothing was recorded."""
    upload_id = accept(world)
    for _ in range(MAX_RECEIVE_COUNT):
        assert world.queue.receive()
        world.clock.advance(timedelta(seconds=VISIBILITY_TIMEOUT_SECONDS))
    assert world.queue.receive() is None
    return upload_id


def fail_for_good(world: World) -> UUID:
    """The same, with the last attempt's record."""
    upload_id = give_up(world)
    begin(world, upload_id)
    world.worker.attempts.fail(upload_id, Attempt(5, "w", world.clock()), f"{AWAY}: down")
    return upload_id


def ask(browser: Browser, verb: str, *ids: str, kind: str = "") -> str:
    """The confirmation page."""
    path = f"/ops/dead-letters/confirm?kind={kind}"
    answer = browser.submit("/ops/dead-letters", path, verb=verb, id=list(ids))
    assert answer.status_code == 200, answer.text
    return answer.text


def letters_of(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r'name="letter" value="([^"]+)"', page)]


def act(browser: Browser, verb: str, letters: list[str]) -> str:
    """Do it, and read what became of it."""
    answer = browser.submit("/upload", "/ops/dead-letters/acts", verb=verb, letter=letters)
    assert (answer.status_code, answer.location) == (303, "/ops/dead-letters")
    [said] = re.findall(r"Asked for [^<]+", browser.get("/ops/dead-letters"))
    return str(said)


def ids_of(world: World) -> list[str]:
    return [seen.letter.id for seen in look(world.web, 50).seen]


def test_each_message_is_told_by_its_record(world: World, operator: Browser) -> None:
    failed, unrecorded, settled = fail_for_good(world), give_up(world), give_up(world)
    begin(world, settled)
    world.dead_letters.plant(RUBBISH)
    found = look(world.web, 50)
    assert {seen.letter.upload_id: seen.kind for seen in found.seen} == {
        failed: Kind.FAILED,
        unrecorded: Kind.UNRECORDED,
        settled: Kind.SETTLED,
        None: Kind.UNREADABLE,
    }
    page = operator.get("/ops/dead-letters")
    assert "Looked at 4 of about 4 messages" in page
    assert html.escape(RUBBISH) in page
    assert RUBBISH not in page
    assert page.count('href="/ops/uploads/') == 3, "each that names an upload leads to its page"
    assert len(ids_of(world)) == 4, "a look hides nothing"


def test_what_has_no_record_is_sent_again_and_a_second_click_finds_it_gone(
    world: World, operator: Browser
) -> None:
    upload_id = give_up(world)
    page = ask(operator, "redrive", *ids_of(world))
    assert "Send 1 message again?" in page
    letters = letters_of(page)
    assert act(operator, "redrive", letters).startswith("Asked for 1: 1 sent again, 0 gone already")
    assert act(operator, "redrive", letters).startswith("Asked for 1: 0 sent again, 1 gone already")
    assert world.work() == ["published"]
    assert status(world, upload_id) == "published"
    assert look(world.web, 50).about == 0
    told = [(a.verb, a.asked, dict(a.counts)) for a in world.web.operator_acts.page(None, 9)]
    assert told == [
        (Verb.REDRIVE, 1, {"moved": 0, "gone": 1, "failed": 0}),
        (Verb.REDRIVE, 1, {"moved": 1, "gone": 0, "failed": 0}),
    ]


def test_what_nobody_can_read_is_only_discarded(world: World, operator: Browser) -> None:
    world.dead_letters.plant(RUBBISH)
    assert "Nothing to do" in ask(operator, "redrive", *ids_of(world))
    assert "You chose none" in ask(operator, "discard")
    page = ask(operator, "discard", *ids_of(world), "unknown-id")
    assert "1 of the 2 that you chose was not among them" in page
    assert act(operator, "discard", letters_of(page)).startswith("Asked for 1: 1 discarded")
    assert "Nothing is on the dead-letter queue." in operator.get("/ops/dead-letters")


def test_two_operators_never_act_on_the_same(world: World, operator: Browser) -> None:
    for _ in range(3):
        world.dead_letters.plant(RUBBISH)
    other = Browser(world)
    other.submit("/login", "/login", username="ann", password=PASSWORD)
    first = letters_of(ask(operator, "discard", kind="unreadable"))
    assert "Nothing to do" in ask(other, "discard", kind="unreadable")
    assert "None could be looked at now" in other.get("/ops/dead-letters")
    operator.submit("/upload", "/ops/dead-letters/leave", letter=first)
    second = letters_of(ask(other, "discard", kind="unreadable"))
    assert act(operator, "discard", first).startswith("Asked for 3: 0 discarded, 3 gone already")
    assert act(other, "discard", second).startswith("Asked for 3: 3 discarded, 0 gone already")


def test_a_confirmation_that_is_left_open_ends(world: World, operator: Browser) -> None:
    world.dead_letters.plant(RUBBISH)
    letters = letters_of(ask(operator, "discard", kind="unreadable"))
    world.clock.advance(timedelta(seconds=KEEP_SECONDS))
    assert act(operator, "discard", letters).startswith("Asked for 1: 0 discarded, 1 gone already")
    assert len(ids_of(world)) == 1


def test_a_discarded_message_ends_no_upload(world: World, operator: Browser) -> None:
    upload_id = give_up(world)
    act(operator, "discard", letters_of(ask(operator, "discard", *ids_of(world))))
    world.sweep(timedelta(hours=1))
    assert world.work() == ["published"]
    assert status(world, upload_id) == "published"


def test_a_worker_that_finishes_meanwhile_is_not_disturbed(world: World, operator: Browser) -> None:
    upload_id = give_up(world)
    letters = letters_of(ask(operator, "redrive", kind="unrecorded"))
    world.sweep(timedelta(seconds=60))
    assert world.work() == ["published"]
    assert act(operator, "redrive", letters).startswith("Asked for 1: 1 sent again")
    assert world.work() == ["cleared"]
    assert status(world, upload_id) == "published"


def test_what_is_away_is_said_and_adds_up(world: World, operator: Browser) -> None:
    for _ in range(2):
        give_up(world)
    letters = letters_of(ask(operator, "redrive", kind="unrecorded"))
    world.queue.away = True
    assert "can’t be reached" in operator.get("/ops/dead-letters")
    answer = operator.submit("/upload", "/ops/dead-letters/acts", verb="redrive", letter=letters)
    assert answer.status_code == 303
    world.queue.away = False
    assert (
        "Asked for 2: 0 sent again, 0 gone already or no longer kept for you, 2 not reached"
        in operator.get("/ops/dead-letters")
    )
    world.clock.advance(timedelta(seconds=KEEP_SECONDS))
    world.database.away = True
    assert look(world.web, 50).kinds == {Kind.UNKNOWN: 2}


def test_forms_of_somebody_elses_making_do_nothing(world: World, operator: Browser) -> None:
    world.dead_letters.plant(RUBBISH)
    letters = letters_of(ask(operator, "discard", kind="unreadable"))
    forged = [letters[0][:-2] + "xx", "nonsense", ""]
    assert act(operator, "discard", forged).startswith("Asked for 0: 0 discarded")
    answer = operator.submit("/upload", "/ops/dead-letters/acts", verb="erase", letter=letters)
    assert answer.status_code == 404
    bob = world.sign_up("bob")
    assert bob.client.get("/ops/dead-letters").status_code == 403
    for path in ("confirm", "acts", "leave"):
        refused = bob.submit("/upload", f"/ops/dead-letters/{path}", verb="discard", letter=letters)
        assert refused.status_code == 403
    assert world.dead_letters.count() == 1


def test_ten_thousand_messages_of_rubbish_stay_usable(world: World, operator: Browser) -> None:
    for number in range(10_000):
        world.dead_letters.plant(f"{RUBBISH} {number}")
    operator.get("/ops/dead-letters")  # templates are compiled once
    began = time.perf_counter()
    page = operator.get("/ops/dead-letters")
    assert time.perf_counter() - began < 0.3
    assert "Looked at 50 of about 10,000 messages" in page
    assert len(page) < 100_000
    letters = letters_of(ask(operator, "discard", kind="unreadable"))
    assert act(operator, "discard", letters).startswith("Asked for 100: 100 discarded")
    assert world.dead_letters.count() == 9_900


@SIDES
def test_sending_again_cut_off_at_any_call_loses_nothing(after: bool) -> None:
    calls = sent_again_through(Fuse(10**6, after=after))
    assert calls == 5, "the audit, the hold, the message, the removal, the audit"
    for at in range(1, calls + 1):
        sent_again_through(Fuse(at, after=after))


def sent_again_through(fuse: Fuse) -> int:
    world = World()
    world.sign_up("ann")
    upload_id = give_up(world)
    wired = {name: fuse.wire(getattr(world.web, name)) for name in ("dead_letters", "queue", "operator_acts")}
    with suppress(Cut):
        move(replace(world.web, **wired), ANN, Verb.REDRIVE, kept(world))
    world.clock.advance(timedelta(seconds=KEEP_SECONDS))
    move(world.web, ANN, Verb.REDRIVE, kept(world))  # the operator tries again
    assert world.work()[0] == "published"
    assert status(world, upload_id) == "published"
    assert world.dead_letters.count() == 0
    return fuse.calls


def kept(world: World) -> list[Kept]:
    return [Kept.of(seen) for seen in keep(world.web, lambda _: True, 9).seen]


def at_a_terminal(world: World, *words: str) -> list[str]:
    """What a command says."""
    commands = {command.name: command for command in terminal.COMMANDS}
    parser = argparse.ArgumentParser()
    commands[words[0]].arguments(parser)
    answer = commands[words[0]].run(world.worker, parser.parse_args(words[1:]))
    assert answer.status == 0
    return [answer.told(row) for row in answer.rows]


def test_a_terminal_does_the_same(world: World) -> None:
    upload_id = give_up(world)
    world.dead_letters.plant("\x1b[31mrubbish")
    first, second, scope = at_a_terminal(world, "dead-letters")
    assert f"unrecorded upload {upload_id}" in first
    assert second.endswith("unreadable '\\x1b[31mrubbish'"), "nothing that a terminal acts on"
    assert scope == "Looked at 2 of about 2."
    [said] = at_a_terminal(world, "move-dead-letters", "redrive", "unrecorded")
    assert said.startswith("Asked for 1: 1 sent again")
    [said] = at_a_terminal(world, "move-dead-letters", "redrive", "unreadable")
    assert said.startswith("Asked for 0: 0 sent again")
    [said] = at_a_terminal(world, "move-dead-letters", "discard", "unreadable")
    assert said.startswith("Asked for 1: 1 discarded")


def test_a_database_that_is_away_leaves_a_page_that_says_so(world: World, operator: Browser) -> None:
    give_up(world)
    world.dead_letters.plant(RUBBISH)
    world.database.away = True
    page = operator.get("/ops/dead-letters")
    assert "MySQL can’t be asked what became of their uploads." in page
    assert page.count("<small>unknown</small>") == 4, "three kinds, and the failed uploads"
    assert html.escape(RUBBISH) in page

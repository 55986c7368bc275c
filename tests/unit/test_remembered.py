"""What a process remembers for a while, for all of its requests."""

import threading

import pytest

from tests.support_memory import World
from web.http.remembered import Latest


def test_within_its_time_it_is_found_once() -> None:
    found = iter(range(9))
    latest: Latest[int] = Latest(3600)
    assert [latest.get(lambda: next(found)) for _ in range(5)] == [0] * 5
    at_once: Latest[int] = Latest(0)
    assert [at_once.get(lambda: next(found)) for _ in range(3)] == [1, 2, 3]


def test_while_one_looks_the_others_get_what_was_found_last() -> None:
    latest: Latest[str] = Latest(0)
    latest.get(lambda: "before")
    looking, told = threading.Event(), threading.Event()

    def slowly() -> str:
        looking.set()
        assert told.wait(10)
        return "after"

    slow = threading.Thread(target=lambda: latest.get(slowly))
    slow.start()
    assert looking.wait(10)
    assert latest.get(lambda: "a second look") == "before"
    told.set()
    slow.join(10)


def test_who_comes_before_anything_was_found_waits_for_it() -> None:
    latest: Latest[int] = Latest(3600)
    looks, begun = [], threading.Event()

    def look() -> int:
        looks.append(1)
        begun.wait(0.2)
        return len(looks)

    threads = [threading.Thread(target=lambda: latest.get(look)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert looks == [1]


def test_a_look_that_fails_leaves_room_for_the_next() -> None:
    latest: Latest[int] = Latest(3600)
    with pytest.raises(ZeroDivisionError):
        latest.get(lambda: 1 // 0)
    assert latest.get(lambda: 7) == 7


@pytest.mark.slow
def test_a_stranger_has_all_parts_looked_at_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    world, asked = World(), []
    monkeypatch.setattr(world.queue, "check", lambda: asked.append(1))
    monkeypatch.setattr("web.http.remembered.time.monotonic", lambda: 100.0)
    client = world.app.test_client()
    assert {client.get("/readyz").status_code for _ in range(20)} == {200}
    assert len(asked) == 1
    monkeypatch.setattr("web.http.remembered.time.monotonic", lambda: 101.1)
    client.get("/readyz")
    assert len(asked) == 2

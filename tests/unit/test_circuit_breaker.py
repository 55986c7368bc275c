"""What does not answer is asked by one call at a time."""

import threading

import pytest

from shared.adapters.circuit_breaker import CircuitBreaker


class Refused(Exception):
    """The breaker's refusal."""


class Clock:
    """Time that passes when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(1.0, lambda error: isinstance(error, TimeoutError), clock)


def call(breaker: CircuitBreaker, error: Exception | None = None) -> None:
    with breaker.guard(Refused):
        if error:
            raise error


def test_after_a_time_out_calls_fail_at_once_for_a_moment(breaker: CircuitBreaker, clock: Clock) -> None:
    with pytest.raises(TimeoutError):
        call(breaker, TimeoutError())
    with pytest.raises(Refused):
        call(breaker)
    clock.now = 1.0
    call(breaker)
    call(breaker)


def test_other_failures_change_nothing(breaker: CircuitBreaker) -> None:
    with pytest.raises(ValueError, match="x"):
        call(breaker, ValueError("x"))
    call(breaker)


def test_after_that_moment_one_call_at_a_time_finds_out(breaker: CircuitBreaker, clock: Clock) -> None:
    with pytest.raises(TimeoutError):
        call(breaker, TimeoutError())
    clock.now = 1.0
    asking, answered = threading.Event(), threading.Event()

    def probe() -> None:
        with breaker.guard(Refused):
            asking.set()
            answered.wait(5)

    thread = threading.Thread(target=probe)
    thread.start()
    assert asking.wait(5)
    with pytest.raises(Refused):
        call(breaker)
    answered.set()
    thread.join()
    call(breaker)


def test_a_probe_that_times_out_starts_the_moment_anew(breaker: CircuitBreaker, clock: Clock) -> None:
    with pytest.raises(TimeoutError):
        call(breaker, TimeoutError())
    clock.now = 1.0
    with pytest.raises(TimeoutError):
        call(breaker, TimeoutError())
    with pytest.raises(Refused):
        call(breaker)

"""Named days of incoming traffic: bytes that the whole fleet is sent in each of 1,440 minutes.

They are synthetic and seeded. Nobody's logs are behind them: they are shapes on which policies differ.
"""

import random
from collections.abc import Callable

MINUTES = 24 * 60
MB = 1_000_000
# A person's uplink of 10 Mbit/s.
UPLINK_BYTES_PER_SECOND = 1.25 * MB
Trace = list[float]


def quiet() -> Trace:
    """One photograph of 3–12 MB about every 20 minutes from 7 to 23 h, one about every hour at night."""
    return _photographs(_chance(1), lambda hour: 20 if 7 <= hour < 23 else 60)


def bursty() -> Trace:
    """About every 30 minutes somebody sends an album: 5–20 photographs of 3–12 MB, one after the other."""
    chance, trace, second = _chance(2), _nothing(), 0.0
    while (second := second + chance.expovariate(1 / 1800)) < MINUTES * 60:
        _send(trace, second, sum(_photograph(chance) for _ in range(chance.randint(5, 20))))
    return trace


def trickle() -> Trace:
    """From 8 to 20 h one photograph of 3–12 MB about every minute, at random times."""
    return _photographs(_chance(3), lambda hour: 1 if 8 <= hour < 20 else 60)


def plateau() -> Trace:
    """A quiet day, with 24 MB a minute, give or take a quarter, from 10 to 14 h."""
    chance, trace = _chance(4), quiet()
    for minute in range(10 * 60, 14 * 60):
        trace[minute] += 24 * MB * chance.uniform(0.75, 1.25)
    return trace


def heavy() -> Trace:
    """A big site: nearly nothing until 9 h, then at once 2,900 MB a minute, give or take a tenth, until 21 h."""
    chance, trace = _chance(5), quiet()
    for minute in range(9 * 60, 21 * 60):
        trace[minute] += 2900 * MB * chance.uniform(0.9, 1.1)
    return trace


TRACES: dict[str, Callable[[], Trace]] = {
    make.__name__: make for make in (quiet, bursty, trickle, plateau, heavy)
}


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same day each time, no secret


def _photographs(chance: random.Random, every_minutes: Callable[[int], float]) -> Trace:
    trace, second = _nothing(), 0.0
    while (
        second := second + chance.expovariate(1 / (60 * every_minutes(int(second // 3600))))
    ) < MINUTES * 60:
        _send(trace, second, _photograph(chance))
    return trace


def _photograph(chance: random.Random) -> float:
    return chance.uniform(3, 12) * MB


def _send(trace: Trace, second: float, size_bytes: float) -> None:
    """Add one transfer that begins at this second, at the uplink's speed; what lies after midnight is dropped."""
    while size_bytes > 0 and second < MINUTES * 60:
        minute = int(second // 60)
        part = min(size_bytes, ((minute + 1) * 60 - second) * UPLINK_BYTES_PER_SECOND)
        trace[minute] += part
        size_bytes -= part
        second = (minute + 1) * 60


def _nothing() -> Trace:
    return [0.0] * MINUTES

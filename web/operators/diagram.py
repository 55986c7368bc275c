"""The states of an upload as a drawing, with the way that one took. What it shows is the domain's; places are here."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.transitions import TRANSITIONS, Stop, taken
from shared.domain.uploads import State

WIDTH, HEIGHT = 840, 400
_BOX, _TALL = 112, 40
_COLUMNS, _ROWS = (66, 236, 420, 606, 774), (104, 178, 246, 314)
_PLACES = {
    State.QUEUED: (0, 1),
    State.PROCESSING: (1, 1),
    State.HELD: (2, 0),
    State.PUBLISHED: (2, 1),
    State.REJECTED: (2, 2),
    State.FAILED: (2, 3),
    State.TAKEN_BACK: (3, 1),
    State.ERASED: (4, 1),
}
# What a straight line would lay over others. Numbers are heights of the lanes above and below all boxes.
_LANES = {
    (State.QUEUED, State.TAKEN_BACK): 0,
    (State.PROCESSING, State.TAKEN_BACK): 34,
    (State.TAKEN_BACK, State.QUEUED): 430,
}
_CORNERS = {
    (State.HELD, State.QUEUED),
    (State.FAILED, State.QUEUED),
    (State.HELD, State.TAKEN_BACK),
    (State.FAILED, State.TAKEN_BACK),
}
_BULGES = {(State.HELD, State.REJECTED)}


@dataclass(frozen=True)
class Box:
    """A state at its middle. `here`: it is where the upload is; `passed`: it was there."""

    state: State
    word: str
    x: int
    y: int
    passed: bool
    here: bool


@dataclass(frozen=True)
class Arrow:
    """A transition as an SVG path; `taken` by the upload. `why` is what happens."""

    path: str
    why: str
    taken: bool


@dataclass(frozen=True)
class Diagram:
    """Boxes and arrows, those that were taken last: they lie above the others."""

    boxes: list[Box]
    arrows: list[Arrow]
    width: int = WIDTH
    height: int = HEIGHT
    box: int = _BOX
    tall: int = _TALL


def word(state: State) -> str:
    """A state's name for people."""
    return state.replace("_", " ").capitalize()


def diagram(way: Sequence[Stop]) -> Diagram:
    """Every state, every transition that is not rare, and of the rare ones those that were taken."""
    gone = taken(way)
    passed = {stop.state for stop in way}
    boxes = [
        Box(state, word(state), *_middle(state), state in passed, bool(way) and state is way[-1].state)
        for state in State
    ]
    arrows = [
        Arrow(_path(t.before, t.after), t.why, (t.before, t.after) in gone)
        for t in TRANSITIONS
        if not t.rare or (t.before, t.after) in gone
    ]
    return Diagram(boxes, sorted(arrows, key=lambda arrow: arrow.taken))


def _middle(state: State) -> tuple[int, int]:
    column, row = _PLACES[state]
    return _COLUMNS[column], _ROWS[row]


def _path(before: State, after: State) -> str:
    (x, y), (to_x, to_y) = _middle(before), _middle(after)
    up = _TALL // 2
    pair = (before, after)
    if pair in _LANES:
        lane = _LANES[pair]
        side = -1 if lane < y else 1
        shift = 14 if x < to_x else -14
        return f"M{x - shift},{y + side * up} C{x - shift},{lane} {to_x},{lane} {to_x},{to_y + side * up}"
    if pair in _CORNERS:
        side = 1 if to_x > x else -1
        below = 1 if y > to_y else -1
        start, shift = x + side * _BOX // 2, side * -18
        return f"M{start},{y} Q{to_x + shift},{y} {to_x + shift},{to_y + below * up}"
    if pair in _BULGES:
        edge = x + _BOX // 2
        return f"M{edge},{y + 8} C{edge + 44},{y + 24} {edge + 44},{to_y - 8} {edge},{to_y}"
    return _line(x, y, to_x, to_y, two_ways=any((t.after, t.before) == pair for t in TRANSITIONS))


def _line(x: int, y: int, to_x: int, to_y: int, *, two_ways: bool) -> str:
    """From edge to edge; what goes both ways has two lines beside each other."""
    up = _TALL // 2
    if x == to_x:
        side = 1 if to_y > y else -1
        return f"M{x},{y + side * up} L{to_x},{to_y - side * up}"
    side = 1 if to_x > x else -1
    beside = -7 * side if two_ways and y == to_y else 0
    start, end = x + side * _BOX // 2, to_x - side * _BOX // 2
    return f"M{start},{y + beside} L{end},{to_y + beside}"

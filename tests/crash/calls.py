"""What processes ask of S3, SQS and MySQL, and where a scenario has one of these calls stand still or fail.

Between two calls that change something the world is the same, whatever the process in between has in its memory. So
the boundaries of all steps are these calls, and nothing in the product has to know of it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Call:
    """One request to S3 or SQS, or one statement to MySQL. `role` and `port` (of its connection, at that
    end) tell who made it; `name` is what a point is called by; `text` holds the ids that it is about; `changes` says
    whether anything is different afterwards."""

    role: str
    port: int
    service: str
    name: str
    text: str = ""
    changes: bool = True

    def __str__(self) -> str:
        return self.name


class Fate(Enum):
    """What becomes of a call."""

    PASS = auto()
    CUT = auto()  # the connection is closed: before the call it was lost, after it its answer
    HALF = auto()  # likewise, with half of the call, or of its answer, on its way
    BUSY = auto()  # S3 and SQS alone: 503
    SILENT = auto()  # the connection stays open, and nothing is said on it any more


class Side(Enum):
    """Where a call is stopped."""

    BEFORE = "before"
    HALF = "half-way through"
    AFTER = "after"


class Stop:
    """One call that stands still from the moment it is reached until it is released, and is lost then."""

    def __init__(self, wanted: Callable[[Call], bool], side: Side) -> None:
        self.wanted, self.side = wanted, side
        self.call: Call | None = None
        self._reached, self._released = threading.Event(), threading.Event()
        self._fate = Fate.CUT

    def reached(self, seconds: float = PATIENCE_SECONDS) -> Call:
        """The call that stands there; fails when none comes."""
        if not self._reached.wait(seconds):
            raise AssertionError(f"within {seconds:.0f} s nothing came to the point")
        assert self.call
        return self.call

    def came(self) -> bool:
        """Whether a call stands there, or did."""
        return self._reached.is_set()

    def release(self, *, goes_on: bool = False) -> None:
        """Let it be lost, or go on."""
        self._fate = Fate.PASS if goes_on else Fate.CUT
        self._released.set()

    def hold(self, call: Call) -> Fate:
        """For the wires: stand here."""
        self.call = call
        self._reached.set()
        self._released.wait(2 * PATIENCE_SECONDS)
        return self._fate


@dataclass
class Trouble:
    """What goes wrong with calls of one kind: before they are passed on, or with their answers; for so many of them, or
    all. `delay_seconds`: how long each waits first."""

    wanted: Callable[[Call], bool]
    before: Fate = Fate.PASS
    after: Fate = Fate.PASS
    times: int | None = None
    delay_seconds: float = 0.0
    met: int = 0


@dataclass
class Calls:
    """All of them, in their order, and what is planned for the next."""

    _made: list[Call] = field(default_factory=list)
    _forgotten: int = 0
    _sent: list[Call] = field(default_factory=list)
    _stops: list[Stop] = field(default_factory=list)
    _troubles: list[Trouble] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def stop(self, wanted: Callable[[Call], bool], side: Side = Side.BEFORE) -> Iterator[Stop]:
        """Have the next such call stand still; at the end it is released."""
        stop = Stop(wanted, side)
        with self._lock:
            self._stops.append(stop)
        try:
            yield stop
        finally:
            with self._lock:
                if stop in self._stops:
                    self._stops.remove(stop)
            stop.release()

    @contextmanager
    def trouble(self, trouble: Trouble) -> Iterator[Trouble]:
        """Have such calls fail until the end."""
        with self._lock:
            self._troubles.append(trouble)
        try:
            yield trouble
        finally:
            with self._lock:
                self._troubles.remove(trouble)

    def since(self, mark: int) -> list[Call]:
        """Those made after there were `mark` of them."""
        with self._lock:
            return self._made[max(0, mark - self._forgotten) :]

    def mark(self) -> int:
        """How many there are."""
        with self._lock:
            return self._forgotten + len(self._made)

    def sent(self) -> list[Call]:
        """Each that sent a message, the oldest first."""
        with self._lock:
            return [*self._sent]

    def forget(self, but: int) -> None:
        """All but so many of the newest, and those that sent a message: of a long run they would fill the memory."""
        with self._lock:
            gone = max(0, len(self._made) - but)
            self._forgotten += gone
            del self._made[:gone]

    def polled_since(self, role: str, mark: int) -> bool:
        """Whether a worker has asked for messages after that mark."""
        return any(call.role == role and call.name == "ReceiveMessage" for call in self.since(mark))

    def before(self, call: Call) -> tuple[Fate, Stop | None]:
        """For the wires: what becomes of this call before it is passed on, and where it stands half-way."""
        with self._lock:
            self._made.append(call)
            if call.name == "SendMessage":
                self._sent.append(call)
            trouble = next((t for t in self._troubles if self._meets(t, call, t.before)), None)
        if trouble is not None:
            time.sleep(trouble.delay_seconds)
            if trouble.before is not Fate.PASS:
                return trouble.before, None
        stop = self._stopping(call, Side.BEFORE)
        if stop is not None:
            return stop.hold(call), None
        stop = self._stopping(call, Side.HALF)
        return (Fate.HALF, stop) if stop else (Fate.PASS, None)

    def after(self, call: Call) -> Fate:
        """For the wires: what becomes of its answer."""
        stop = self._stopping(call, Side.AFTER)
        if stop is not None:
            return stop.hold(call)
        with self._lock:
            trouble = next(
                (t for t in self._troubles if t.after is not Fate.PASS and self._meets(t, call, t.after)),
                None,
            )
        return trouble.after if trouble else Fate.PASS

    def _stopping(self, call: Call, side: Side) -> Stop | None:
        with self._lock:
            found = next((s for s in self._stops if s.side is side and s.wanted(call)), None)
            if found is not None:
                self._stops.remove(found)
            return found

    @staticmethod
    def _meets(trouble: Trouble, call: Call, fate: Fate) -> bool:
        if trouble.times == trouble.met or not trouble.wanted(call):
            return False
        trouble.met += fate is not Fate.PASS
        return True

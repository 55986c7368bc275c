"""The live half of autoscaling: real counters of received bytes in, instances started and stopped.

Time is compressed: a minute of the policy lasts `minute_seconds`. The thresholds are bytes in a minute, so a measured
figure counts 60 / `minute_seconds` times: the rate in bytes for each real second is what stays the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from deploy.rehearse.autoscaling.autoscaler import Autoscaler, Minute
from deploy.rehearse.autoscaling.policy import Policy

# To Auto Scaling an instance is in service when its machine runs, before the application does.
IN_SERVICE_AFTER_MINUTES = 1


class Phase(Enum):
    """Where an instance is in its life."""

    STARTING = "starting"
    SERVING = "serving"
    LEAVING = "leaving"


class Fleet(Protocol):
    """Instances behind a balancer. Nothing here waits: what takes time is moved on by `tend`."""

    def start_instance(self) -> str:
        """Begin to launch one; returns its name."""

    def stop_instance(self) -> str:
        """Begin to take the oldest serving one out; returns its name."""

    def instances(self) -> Mapping[str, Phase]:
        """All that exist, by name."""

    def received_bytes(self, name: str) -> int:
        """What this instance's network interface has received since it began."""

    def tend(self) -> None:
        """Move on what was begun; called some times a second."""


@dataclass
class Controller:
    """Decides at the end of each compressed minute; `clock` is in seconds."""

    fleet: Fleet
    policy: Policy
    minute_seconds: float
    clock: Callable[[], float]
    report: Callable[[Minute], None] = lambda _: None
    minutes: list[Minute] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The clock's minute 0 is now, with the fleet as it is."""
        self._autoscaler = Autoscaler(self.policy, size=len(self.fleet.instances()))
        self._begun = self.clock()
        self._counted = {name: self.fleet.received_bytes(name) for name in self.fleet.instances()}
        self._waits_for: tuple[str, int] | None = None  # an activity's instance, and when it is launched

    @property
    def size(self) -> int:
        """How many instances are wanted."""
        return self._autoscaler.group.desired

    def tick(self) -> None:
        """Tend the fleet; at the end of a minute, count and decide."""
        self.fleet.tend()
        elapsed = (self.clock() - self._begun) / self.minute_seconds
        # A minute that came late (a busy machine) is made up for, so that the policy's time is the clock's.
        while len(self.minutes) + 1 <= elapsed:
            self._minute(len(self.minutes) + 1)

    def _minute(self, minute: int) -> None:
        decided = self._autoscaler.minute(minute, self._received())
        self.minutes.append(decided)
        self.report(decided)
        if decided.change > 0:
            names = [self.fleet.start_instance() for _ in range(decided.change)]
            self._waits_for = (names[-1], minute + IN_SERVICE_AFTER_MINUTES)
        elif decided.change < 0:
            names = [self.fleet.stop_instance() for _ in range(-decided.change)]
            self._waits_for = (names[-1], 0)
        elif self._activity_is_over(minute):
            self._autoscaler.activity_finished(minute)
            self._waits_for = None

    def _activity_is_over(self, minute: int) -> bool:
        if self._waits_for is None:
            return False
        name, launched = self._waits_for
        return minute >= launched if launched else name not in self.fleet.instances()

    def _received(self) -> dict[str, float]:
        """Bytes of each instance since the last count, as if the minute had lasted sixty seconds."""
        now = {name: self.fleet.received_bytes(name) for name in self.fleet.instances()}
        received = {
            name: (total - self._counted.get(name, 0)) * 60 / self.minute_seconds
            for name, total in now.items()
        }
        self._counted = now
        return received

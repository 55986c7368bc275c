"""The whole decision: samples in, changes of size out. The simulator and the live rehearsal use this same object."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from deploy.rehearse.autoscaling.alarm import Alarm, Breach, Sample, State
from deploy.rehearse.autoscaling.group import Group, decide, finished
from deploy.rehearse.autoscaling.policy import Policy

SECONDS = 60


@dataclass(frozen=True)
class Minute:
    """What was seen and decided at the end of one minute; `change` is in instances."""

    minute: int
    average_bytes: float | None
    high: State
    low: State
    change: int


class Autoscaler:
    """Alarms and group for one policy; the clock is the count of whole minutes that the caller passes."""

    def __init__(self, policy: Policy, size: int | None = None) -> None:
        self.policy = policy
        self.group = Group(policy.min_size if size is None else size)
        shape = (policy.period_minutes, policy.evaluation_periods)
        self._high = Alarm(Breach.ABOVE, policy.upper_bytes, *shape)
        self._low = Alarm(Breach.BELOW, policy.lower_bytes, *shape)
        self._samples: deque[Sample] = deque()
        self._unpublished: dict[str, float] = {}

    def minute(self, minute: int, received: dict[str, float]) -> Minute:
        """End a minute in which each instance of the group received so many bytes; returns the decision."""
        self._publish(minute, received)
        high = self._high.state(self._samples, minute)
        low = self._low.state(self._samples, minute)
        before = self.group.desired
        self.group = decide(self.policy, self.group, high, low, minute * SECONDS)
        average = self._high.datapoints(self._samples, minute)[-1]
        return Minute(minute, average, high, low, self.group.desired - before)

    def activity_finished(self, minute: float) -> None:
        """The instance that was asked for is in service, or the one that was to go is gone."""
        self.group = finished(self.policy, self.group, minute * SECONDS)

    def _publish(self, minute: int, received: dict[str, float]) -> None:
        """Samples as EC2 makes them: each minute, or with basic monitoring the sum of five minutes at their end."""
        self._unpublished = {
            name: self._unpublished.get(name, 0.0) + value for name, value in received.items()
        }
        if minute % self.policy.monitoring_minutes == 0:
            self._samples.extend(Sample(minute, value) for value in self._unpublished.values())
            self._unpublished = {}
        while self._samples and self._samples[0].minute <= minute - self._high.looks_back_minutes:
            self._samples.popleft()


def reversals(changes: Sequence[int]) -> int:
    """How often the direction turned: flapping, once an action has followed its opposite."""
    turns = [change > 0 for change in changes if change]
    return sum(a != b for a, b in pairwise(turns))

"""A CloudWatch alarm, as a function of its datapoints.

Rules from «Using Amazon CloudWatch alarms» and «Configuring how alarms treat missing data» in the CloudWatch guide:
all of the last M datapoints must breach; equal to the threshold is not a breach with GreaterThanThreshold and
LessThanThreshold, which is how Beanstalk words its options («higher than», «falls below»); an alarm with a period of
a minute or more is evaluated every minute, over windows that slide with it; missing data are treated as `missing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

# CloudWatch looks at somewhat more periods than it evaluates; in the guide's examples at two more.
EXTRA_PERIODS = 2


class State(Enum):
    """An alarm's state."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Breach(Enum):
    """On which side of the threshold a datapoint breaches."""

    ABOVE = "GreaterThanThreshold"
    BELOW = "LessThanThreshold"


@dataclass(frozen=True)
class Sample:
    """NetworkIn of one instance as EC2 publishes it: bytes in the interval that ended at `minute`."""

    minute: int
    value_bytes: float


@dataclass(frozen=True)
class Alarm:
    """All of the last `evaluation_periods` averages must breach."""

    breach: Breach
    threshold_bytes: float
    period_minutes: int
    evaluation_periods: int

    def breaches(self, average_bytes: float) -> bool:
        """Whether one datapoint breaches; one that equals the threshold never does."""
        if self.breach is Breach.ABOVE:
            return average_bytes > self.threshold_bytes
        return average_bytes < self.threshold_bytes

    @property
    def looks_back_minutes(self) -> int:
        """How old a sample may be to count."""
        return (self.evaluation_periods + EXTRA_PERIODS) * self.period_minutes

    def state(self, samples: Iterable[Sample], now_minute: int) -> State:
        """The state at the end of `now_minute`, from the samples of all the group's instances."""
        return self.evaluate(self.datapoints(samples, now_minute))

    def datapoints(self, samples: Iterable[Sample], now_minute: int) -> list[float | None]:
        """Averages of the evaluation range, oldest first; None for a period in which no instance reported.

        The group's Average is over samples: each instance counts once for each of its monitoring intervals.
        """
        count = self.evaluation_periods + EXTRA_PERIODS
        periods: list[list[float]] = [[] for _ in range(count)]
        for sample in samples:
            age = (now_minute - sample.minute) // self.period_minutes
            if sample.minute <= now_minute and age < count:
                periods[count - 1 - age].append(sample.value_bytes)
        return [sum(values) / len(values) if values else None for values in periods]

    def evaluate(self, datapoints: Sequence[float | None]) -> State:
        """The state that a whole evaluation range, oldest first, leads to."""
        wanted = self.evaluation_periods
        present = [value for value in datapoints if value is not None]
        if not present:
            return State.INSUFFICIENT_DATA
        if len(present) >= wanted:
            # Enough real datapoints, if need be from before the evaluated periods: gaps don't count.
            breaching = all(self.breaches(value) for value in present[-wanted:])
            return State.ALARM if breaching else State.OK
        # Too few. It is an alarm only when a breach is old enough that the missing ones could have completed it, and
        # nothing after it was in order.
        recent = datapoints[-wanted:]
        old_enough = recent[0] is not None
        breaching = all(self.breaches(value) for value in recent if value is not None)
        return State.ALARM if old_enough and breaching else State.OK

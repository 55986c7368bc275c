"""A day of the web tier under a scaling policy: how often it acts, turns round, and is too small."""

from dataclasses import dataclass

from deploy.rehearse.autoscaling.autoscaler import Autoscaler, reversals
from deploy.rehearse.autoscaling.policy import Policy
from deploy.rehearse.autoscaling.traces import MB, Trace


@dataclass(frozen=True)
class Machine:
    """What is assumed about an instance; minutes, and bytes a minute."""

    # To Auto Scaling an instance is in service when the machine runs; then Beanstalk installs the application.
    in_service_after: int = 1
    takes_traffic_after: int = 4
    # Bundle, packages and the platform's own updates, in the minutes between those two.
    boot_bytes: float = 60 * MB
    # Deregistration delay of two minutes.
    leaves_after: int = 2
    # Health checks, health reports and logs.
    background_bytes: float = 0.03 * MB
    # Uploads pass in and out again: half of the 256 Mbit/s that a small burstable instance sustains, rounded.
    capacity_bytes: float = 900 * MB


@dataclass(frozen=True)
class Day:
    """A policy's figures on one trace."""

    actions: int
    reversals: int
    instance_hours: float
    minutes_at_most: int
    minutes_saturated: int


@dataclass
class _Instance:
    name: str
    age: int
    leaving: int = 0  # minutes since it was told to go; 0: it was not


class Fleet:
    """Instances with their ages; told of changes by the autoscaler, and telling it when one is complete."""

    def __init__(self, machine: Machine, size: int) -> None:
        self._machine = machine
        self._made = size
        self.instances = [_Instance(f"i-{n}", machine.takes_traffic_after) for n in range(size)]

    @property
    def serving(self) -> list[str]:
        """Those that the balancer sends requests to."""
        ready = self._machine.takes_traffic_after
        return [i.name for i in self.instances if i.age >= ready and not i.leaving]

    def received(self, served: float) -> dict[str, float]:
        """NetworkIn of each instance in this minute when the serving ones share so many bytes."""
        machine, serving = self._machine, self.serving
        received = {instance.name: machine.background_bytes for instance in self.instances}
        for instance in self.instances:
            if machine.in_service_after <= instance.age < machine.takes_traffic_after:
                minutes = machine.takes_traffic_after - machine.in_service_after
                received[instance.name] += machine.boot_bytes / minutes
        for name in serving:
            received[name] += served / len(serving)
        return received

    def change(self, by: int) -> None:
        """Begin to launch, or to remove the oldest."""
        for _ in range(by):
            self.instances.append(_Instance(f"i-{self._made}", 0))
            self._made += 1
        for instance in [i for i in self.instances if not i.leaving][: max(0, -by)]:
            instance.leaving = 1

    def pass_minute(self) -> bool:
        """Everybody gets older. Whether the activity that was under way is complete now."""
        machine = self._machine
        gone = [i for i in self.instances if i.leaving > machine.leaves_after]
        self.instances = [i for i in self.instances if i not in gone]
        for instance in self.instances:
            instance.age += 1
            instance.leaving += bool(instance.leaving)
        return bool(gone) or any(i.age == machine.in_service_after for i in self.instances)


def simulate(policy: Policy, trace: Trace, machine: Machine | None = None) -> Day:
    """Run a day minute by minute, from the smallest size. Bytes beyond the capacity wait for the next minute."""
    machine = machine or Machine()
    autoscaler, fleet = Autoscaler(policy), Fleet(machine, policy.min_size)
    changes: list[int] = []
    waiting, instance_minutes, at_most, saturated = 0.0, 0, 0, 0
    for minute, arriving in enumerate(trace, start=1):
        waiting += arriving
        served = min(waiting, machine.capacity_bytes * len(fleet.serving))
        waiting -= served
        saturated += waiting > 0
        instance_minutes += len(fleet.instances)
        at_most += len(fleet.instances) >= policy.max_size
        decided = autoscaler.minute(minute, fleet.received(served))
        changes.append(decided.change)
        fleet.change(decided.change)
        if fleet.pass_minute():
            autoscaler.activity_finished(minute + 1)
    return Day(sum(map(bool, changes)), reversals(changes), instance_minutes / 60, at_most, saturated)


# The settings that the product's first report named; what it left open is Beanstalk's default.
ORIGINAL = Policy(
    upper_bytes=1_000_000,
    lower_bytes=500_000,
    upper_increment=1,
    lower_increment=-1,
    period_minutes=5,
    evaluation_periods=1,
    cooldown_seconds=360,
    min_size=2,
    max_size=4,
    monitoring_minutes=5,
)

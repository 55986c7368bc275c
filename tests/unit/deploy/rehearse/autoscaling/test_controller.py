"""The live controller on instances that are only numbers, with a clock that the test turns."""

from dataclasses import dataclass, field, replace

from deploy.rehearse.autoscaling.controller import Controller, Phase
from deploy.rehearse.autoscaling.counters import parse
from deploy.rehearse.autoscaling.simulator import ORIGINAL

POLICY = replace(ORIGINAL, monitoring_minutes=1, period_minutes=1, evaluation_periods=5)
MINUTE_SECONDS = 4.0


@dataclass
class Numbers:
    """A fleet whose instances serve at once and leave when told."""

    total: dict[str, int] = field(default_factory=lambda: {"a": 1000, "b": 1000})
    leaving: set[str] = field(default_factory=set)
    made: int = 0

    def start_instance(self) -> str:
        self.made += 1
        self.total[f"new-{self.made}"] = 0
        return f"new-{self.made}"

    def stop_instance(self) -> str:
        name = next(iter(self.total.keys() - self.leaving))
        self.leaving.add(name)
        return name

    def instances(self) -> dict[str, Phase]:
        return {name: Phase.LEAVING if name in self.leaving else Phase.SERVING for name in self.total}

    def received_bytes(self, name: str) -> int:
        return self.total[name]

    def tend(self) -> None:
        """Nothing takes time."""

    def receive(self, each_bytes: int) -> None:
        """Every instance receives so many."""
        self.total = {name: value + each_bytes for name, value in self.total.items()}


@dataclass
class Clock:
    """Seconds, turned by hand."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def run(controller: Controller, fleet: Numbers, clock: Clock, each_bytes: int, minutes: int) -> list[int]:
    """Changes in so many minutes with this traffic."""
    begun = len(controller.minutes)
    for _ in range(minutes):
        fleet.receive(each_bytes)
        clock.now += MINUTE_SECONDS
        controller.tick()
    return [minute.change for minute in controller.minutes[begun:]]


def made() -> tuple[Controller, Numbers, Clock]:
    fleet, clock = Numbers(), Clock()
    return Controller(fleet, POLICY, MINUTE_SECONDS, clock), fleet, clock


def test_bytes_of_a_compressed_minute_count_as_those_of_a_whole_one() -> None:
    controller, fleet, clock = made()
    run(controller, fleet, clock, 40_000, 1)
    assert controller.minutes[0].average_bytes == 40_000 * 60 / 4


def test_growth_waits_for_launch_and_cooldown() -> None:
    controller, fleet, clock = made()
    # 15 × 80,000 are above 1,000,000: at five minutes, then after one of launching and six of cooldown.
    changes = run(controller, fleet, clock, 80_000, 14)
    assert [minute for minute, change in enumerate(changes, start=1) if change] == [5, 12]
    assert controller.size == 4


def test_shrinking_waits_until_the_leaving_instance_is_gone() -> None:
    controller, fleet, clock = made()
    run(controller, fleet, clock, 80_000, 20)
    changes = run(controller, fleet, clock, 0, 20)
    assert changes.count(-1) == 1, "the first one never left, so the second may not"
    for name in fleet.leaving:
        del fleet.total[name]
    fleet.leaving.clear()
    assert run(controller, fleet, clock, 0, 7) == [0] * 6 + [-1]


def test_minutes_that_a_busy_machine_missed_are_made_up_for() -> None:
    controller, _, clock = made()
    clock.now += 3.5 * MINUTE_SECONDS
    controller.tick()
    assert len(controller.minutes) == 3


def test_the_counter_is_eth0s_received_bytes() -> None:
    table = "Inter-|  Receive\n face |bytes packets\n    lo:  999 1 0\n  eth0: 123456 78 0 0\n"
    assert parse(table) == 123456
    assert parse("    lo:  999 1 0\n") == 0

"""An Auto Scaling group with simple scaling policies, as pure functions of a clock in seconds.

Rules from «Simple and step scaling policies» and «Scaling cooldowns» in the Auto Scaling guide: one activity at a
time; the cooldown begins when an instance has finished launching, or has left the balancer and terminated; until it
is over, simple policies do nothing; an alarm that stays in ALARM asks again every minute; sizes stay within limits,
and a policy that changes nothing starts no cooldown.
"""

from dataclasses import dataclass, replace

from deploy.rehearse.autoscaling.alarm import State
from deploy.rehearse.autoscaling.policy import Policy


@dataclass(frozen=True)
class Group:
    """How many instances are wanted, whether an activity is under way, and until when simple policies wait."""

    desired: int
    busy: bool = False
    cooldown_until: float = float("-inf")


def decide(policy: Policy, group: Group, high: State, low: State, now: float) -> Group:
    """What the minute's two alarm states make of the group; a changed `desired` is an activity that begins."""
    if group.busy or now < group.cooldown_until:
        return group
    if high is State.ALARM:
        wanted = group.desired + policy.upper_increment
    elif low is State.ALARM:
        wanted = group.desired + policy.lower_increment
    else:
        return group
    wanted = max(policy.min_size, min(policy.max_size, wanted))
    return group if wanted == group.desired else replace(group, desired=wanted, busy=True)


def finished(policy: Policy, group: Group, now: float) -> Group:
    """The group once the activity's last instance is in service, or gone: the cooldown begins."""
    return replace(group, busy=False, cooldown_until=now + policy.cooldown_seconds)

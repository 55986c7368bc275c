"""The simulated figures as a dictionary and as the Markdown of docs/autoscaling.md."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from deploy.rehearse.autoscaling.backlog import drain, read_tracking
from deploy.rehearse.autoscaling.policy import Policy, read_policy
from deploy.rehearse.autoscaling.simulator import ORIGINAL, Day, simulate
from deploy.rehearse.autoscaling.traces import TRACES

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
BURSTS = (1_000, 10_000)


def variants(shipped: Policy) -> dict[str, Policy]:
    """The settings that are compared, by the name that the table gives them."""
    return {
        "**shipped**": shipped,
        "**the report's**: 5-minute monitoring, Period 5, EvaluationPeriods 1": ORIGINAL,
        "the report's, EvaluationPeriods 2": replace(ORIGINAL, evaluation_periods=2),
        "the report's, 1-minute monitoring": replace(ORIGINAL, monitoring_minutes=1),
        "shipped, EvaluationPeriods 1": replace(shipped, evaluation_periods=1),
        "shipped, EvaluationPeriods 15": replace(shipped, evaluation_periods=15),
        "shipped, Cooldown 60": replace(shipped, cooldown_seconds=60),
        "shipped, both thresholds × 20": replace(
            shipped, upper_bytes=20 * shipped.upper_bytes, lower_bytes=20 * shipped.lower_bytes
        ),
    }


def figures(root: Path) -> dict[str, Any]:
    """Everything that is simulated, from the settings in `root`/.ebextensions."""
    shipped, tracking = read_policy(root), read_tracking(root)
    days = {name: make() for name, make in TRACES.items()}
    web = {
        name: {trace: asdict(simulate(policy, day)) for trace, day in days.items()}
        for name, policy in variants(shipped).items()
    }
    runs: dict[str, dict[str, Any]] = {
        f"target tracking from {tracking.min_size}": {},
        "always 1": {"size": 1, "fixed": True},
        "always 4": {"size": 4, "fixed": True},
    }
    worker = {
        name: {str(burst): asdict(drain(tracking, burst, **options)) for burst in BURSTS}
        for name, options in runs.items()
    }
    return {"shipped": asdict(shipped), "tracking": asdict(tracking), "web": web, "worker": worker}


def markdown(found: dict[str, Any]) -> str:
    """The tables, without the comments that enclose them in the page."""
    web: dict[str, dict[str, Day]] = {
        name: {trace: Day(**values) for trace, values in days.items()} for name, days in found["web"].items()
    }
    most = found["shipped"]["max_size"]
    parts = [
        (
            "Actions in a day, in brackets how many of them reversed the one before:",
            _per_trace(web, _actions),
        ),
        ("Instance-hours in a day:", _per_trace(web, lambda day: f"{day.instance_hours:.0f}")),
        (f"Minutes with {most} instances:", _per_trace(web, lambda day: f"{day.minutes_at_most}")),
        ("Minutes in which bytes had to wait:", _per_trace(web, lambda day: f"{day.minutes_saturated}")),
        ("Workers, and a burst of uploads that is there all at once:", _drains(found["worker"])),
    ]
    return "\n\n".join(f"{title}\n\n{table}" for title, table in parts)


def in_page(page: str, tables: str) -> str:
    """The page with the tables in their place; raises ValueError when it has no such place."""
    before, _, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _actions(day: Day) -> str:
    return f"{day.actions} ({day.reversals})"


def _per_trace(web: dict[str, dict[str, Day]], cell: Any) -> str:
    rows = [[name, *(cell(day) for day in days.values())] for name, days in web.items()]
    return _table(["settings", *next(iter(web.values()))], rows)


def _drains(worker: dict[str, dict[str, dict[str, float]]]) -> str:
    heads = [
        f"{int(burst):,}: {what}" for burst in next(iter(worker.values())) for what in ("minutes", "hours")
    ]
    rows = [
        [name, *(cell for drain in bursts.values() for cell in _minutes_and_hours(drain))]
        for name, bursts in worker.items()
    ]
    return _table(["workers", *heads], rows)


def _minutes_and_hours(drain: dict[str, float]) -> tuple[str, str]:
    return f"{drain['minutes']}", f"{drain['instance_hours']:.1f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *("--:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

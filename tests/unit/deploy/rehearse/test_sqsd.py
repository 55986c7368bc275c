"""The stand-in for sqsd: which tasks of cron.yaml are due, and what it sends."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.rehearse.machine.sqsd import headers, read_cron, read_schedule

ROOT = Path(__file__).resolve().parents[4]
SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def cron(schedule: str) -> str:
    return f'version: 1\ncron:\n  - {{name: task, url: /tick, schedule: "{schedule}"}}\n'


def test_the_shipped_cron_yaml_is_read_and_its_sweep_is_due_every_minute() -> None:
    tasks = read_cron((ROOT / "cron.yaml").read_text())
    assert [(task.name, task.url) for task in tasks] == [("sweep", "/tick/sweep")]
    assert all(task.due(SUNDAY_NOON.replace(minute=minute)) for task in tasks for minute in range(60))


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        ("0 12 * * *", True),
        ("*/5 * * * *", True),
        ("17 * * * *", False),
        ("0-10,30 11-13 22 11 0", True),
        ("0 12 * * 1-5", False),
        ("0 12 21 * *", False),
        ("1-59/2 * * * *", False),
    ],
)
def test_a_task_is_due_when_all_five_fields_agree(schedule: str, due: bool) -> None:
    [task] = read_cron(cron(schedule))
    assert task.due(SUNDAY_NOON) is due


@pytest.mark.parametrize("schedule", ["* * * *", "60 * * * *", "* * 0 * *", "5-2 * * * *", "a * * * *", ""])
def test_a_schedule_that_beanstalk_would_refuse_is_refused(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"cron\.yaml|invalid literal"):
        read_schedule(schedule)


@pytest.mark.parametrize(
    "text",
    [
        "cron: []",
        "version: 2\ncron: []",
        'version: 1\ncron: [{name: a, url: tick, schedule: "* * * * *"}]',
        "version: 1\ncron: [{name: a, url: /tick}]",
        'version: 1\ncron: [{name: a, url: /a, schedule: "* * * * *"}, {name: a, url: /b, schedule: "* * * * *"}]',
    ],
)
def test_a_cron_yaml_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cron\.yaml"):
        read_cron(text)


def test_a_post_names_its_task_and_its_time_as_sqsd_does() -> None:
    [task] = read_cron(cron("* * * * *"))
    sent = headers(task, SUNDAY_NOON)
    assert sent["X-Aws-Sqsd-Taskname"] == "task"
    assert sent["X-Aws-Sqsd-Scheduled-At"] == "2026-11-22T12:00:00Z"
    assert sent["User-Agent"].startswith("aws-sqsd/")

"""Beanstalk's daemon on worker instances, its cron half.

`python -m deploy.rehearse.machine.sqsd CRON_YAML URL LOG MINUTE_SECONDS` reads cron.yaml and posts each due task to the
instance's own nginx with sqsd's headers. LOG gets a line of JSON for each post: at, task, status (0: no answer),
body. A minute may be shorter than sixty seconds.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html
"""

import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

CONNECT_AND_READ_SECONDS = 30  # InactivityTimeout of .ebextensions/worker-10-tick.config
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Task:
    """One entry of cron.yaml; each field of its schedule as the numbers that it means."""

    name: str
    url: str
    schedule: tuple[frozenset[int], ...]

    def due(self, minute: datetime) -> bool:
        """Whether the task is to run in this minute (UTC)."""
        now = (minute.minute, minute.hour, minute.day, minute.month, minute.isoweekday() % 7)
        return all(value in wanted for value, wanted in zip(now, self.schedule, strict=True))


def read_cron(text: str) -> list[Task]:
    """The tasks of a cron.yaml. Raises ValueError for what Beanstalk would refuse."""
    document = yaml.safe_load(text)
    if not isinstance(document, dict) or document.get("version") != 1:
        raise ValueError("cron.yaml: version must be 1")
    tasks = []
    for entry in document.get("cron") or []:
        if set(entry) != {"name", "url", "schedule"} or not str(entry["url"]).startswith("/"):
            raise ValueError(f"cron.yaml: a task has name, url (a path) and schedule, and this is {entry}")
        tasks.append(Task(entry["name"], entry["url"], read_schedule(entry["schedule"])))
    if len({task.name for task in tasks}) != len(tasks):
        raise ValueError("cron.yaml: two tasks have one name")
    return tasks


def read_schedule(text: str) -> tuple[frozenset[int], ...]:
    """Five fields of `*`, numbers, ranges, lists and steps."""
    fields = text.split()
    if len(fields) != len(RANGES):
        raise ValueError(f"cron.yaml: {text!r} has not five fields")
    return tuple(_field(field, *limits) for field, limits in zip(fields, RANGES, strict=True))


def _field(text: str, low: int, high: int) -> frozenset[int]:
    numbers: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        begin, end = int(first), int(last or (high if step else first))
        if not low <= begin <= end <= high:
            raise ValueError(f"cron.yaml: {part!r} is not within {low}-{high}")
        numbers.update(range(begin, end + 1, int(step or 1)))
    return frozenset(numbers)


def headers(task: Task, minute: datetime) -> dict[str, str]:
    """What sqsd sends with a periodic task."""
    moment = minute.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "User-Agent": "aws-sqsd/3.0.4",
        "Content-Type": "application/json",
        "X-Aws-Sqsd-Msgid": str(uuid.uuid4()),
        "X-Aws-Sqsd-Receive-Count": "1",
        "X-Aws-Sqsd-First-Received-At": moment,
        "X-Aws-Sqsd-Sent-At": moment,
        "X-Aws-Sqsd-Queue": "awseb-e-rehearsal-stack-AWSEBWorkerQueue",
        "X-Aws-Sqsd-Path": task.url,
        "X-Aws-Sqsd-Sender-Id": "AROAREHEARSAL",
        "X-Aws-Sqsd-Taskname": task.name,
        "X-Aws-Sqsd-Scheduled-At": moment,
    }


def post(base_url: str, task: Task, minute: datetime) -> tuple[int, str]:
    """Status and body of the answer; status 0 when there is none."""
    request = urllib.request.Request(  # noqa: S310  # an http address of our own
        base_url + task.url, data=b"", headers=headers(task, minute), method="POST"
    )
    try:
        with _DIRECT.open(request, timeout=CONNECT_AND_READ_SECONDS) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def main(cron: Path, base_url: str, log: Path, minute_seconds: float) -> None:
    """Post for ever. Every minute's tasks once; a late answer delays the next ones, as with one connection."""
    begun, minute = time.monotonic(), datetime.now(UTC).replace(second=0, microsecond=0)
    for count in range(1, sys.maxsize):
        time.sleep(max(0.0, begun + count * minute_seconds - time.monotonic()))
        minute += timedelta(minutes=1)
        for task in read_cron(cron.read_text()):
            if task.due(minute):
                at = time.time()
                status, body = post(base_url, task, minute)
                line = {"at": at, "task": task.name, "status": status, "body": body[:2000]}
                with log.open("a") as file:
                    file.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]))

"""500 people who each wait for one file on one instance: how soon they see it, and what their polls cost.

Run from the repository root: `python -m bench.viewers`. It starts a portal of its own; with `--url` and `--local-dir`
it measures a running one. Each viewer asks as web/static/upload/poll.js does. First the workers rest, so that everybody
waits; then they go on, until everybody has seen their file published. Prints the figures and writes
bench/results/viewers.json.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from bench.portal import measured_portal
from local.drive.people import Person, new_person
from local.drive.photos import small_photo
from local.drive.portal import Portal
from local.drive.processes import cpu_seconds, descendants

VIEWERS, REST_SECONDS, GIVE_UP_SECONDS = 500, 20, 240
SHORTEST_SECONDS, LONGEST_SECONDS, SHARE_OF_AGE, ANSWERS = 0.1, 10.0, 0.15, 4  # as in poll.js
RESULTS = Path(__file__).parent / "results" / "viewers.json"


@dataclass
class Viewer:
    """Who follows one upload, and what they have seen of it: seconds since the epoch, seconds for each answer."""

    upload_id: str
    state: str = ""
    seen_at: float = 0.0
    answers: list[float] = field(default_factory=list)
    unchanged: int = 0

    async def follow(self, person: Person, end: float) -> None:
        """Ask until it is published, over one connection as a browser would."""
        host = urlsplit(person.portal.url)
        reader, writer = await asyncio.open_connection(host.hostname, host.port)
        etag, new_at = "", time.monotonic()
        await asyncio.sleep(SHORTEST_SECONDS)
        while self.state != "published" and time.monotonic() < end:
            begun = time.monotonic()
            lines = [
                f"GET /api/v1/uploads?ids={self.upload_id}&limit=100 HTTP/1.1",
                f"Host: {host.netloc}",
                f"Authorization: {person.headers['Authorization']}",
                *([f"If-None-Match: {etag}"] if etag else []),
            ]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            status, headers, body = await _answer(reader)
            now = time.monotonic()
            self.answers.append(now - begun)
            etag = headers.get("etag", "")
            if status == 304:
                self.unchanged += 1
            elif (state := json.loads(body)["items"][0]["status"]) != self.state:
                self.state, self.seen_at, new_at = state, time.time(), now
            if headers.get("connection") == "close":
                writer.close()
                reader, writer = await asyncio.open_connection(host.hostname, host.port)
            wait = max(SHORTEST_SECONDS, SHARE_OF_AGE * (now - new_at), ANSWERS * (now - begun))
            await asyncio.sleep(min(wait, LONGEST_SECONDS))
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their lower-case names, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    status = int(head[0].split()[1])
    if status not in (200, 304):
        raise SystemExit(f"the portal answered {head[0]}")
    return status, headers, await reader.readexactly(int(headers.get("content-length", 0) or 0))


@contextmanager
def resting_workers(portal: Portal) -> Iterator[None]:
    """Nothing is ingested within."""
    pids = descendants(portal.pid_of("worker"))
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def measure(portal: Portal, person: Person) -> dict[str, float]:
    """The two spans: everybody waits, and everybody is served."""
    web = descendants(portal.pid_of("web"))
    with resting_workers(portal):
        with ThreadPoolExecutor(4) as threads:
            ids = list(threads.map(lambda n: person.upload(small_photo(n % 8)), range(VIEWERS)))
        viewers = [Viewer(upload_id) for upload_id in ids]
        cpu, begun = cpu_seconds(web), time.monotonic()
        tasks = [asyncio.create_task(one.follow(person, begun + GIVE_UP_SECONDS)) for one in viewers]
        await asyncio.sleep(REST_SECONDS)
        waiting = _answers(viewers)
        figures = {
            "viewers": VIEWERS,
            "waiting_polls_per_second": len(waiting) / REST_SECONDS,
            "waiting_web_cpu_cores": (cpu_seconds(web) - cpu) / REST_SECONDS,
            "web_cpu_ms_per_poll": (cpu_seconds(web) - cpu) * 1000 / len(waiting),
            "unchanged_share": sum(one.unchanged for one in viewers) / len(waiting),
            "waiting_answer_p50_ms": median(waiting) * 1000,
            "waiting_answer_p95_ms": quantiles(waiting, n=20)[18] * 1000,
        }
    await asyncio.gather(*tasks)
    if unseen := [one for one in viewers if one.state != "published"]:
        raise SystemExit(f"{len(unseen)} viewers have not seen their file published")
    late = [one.seen_at - _published_at(person, one.upload_id) for one in viewers]
    return figures | {
        "polls_per_viewer": len(_answers(viewers)) / VIEWERS,
        "seen_late_p50_ms": median(late) * 1000,
        "seen_late_p95_ms": quantiles(late, n=20)[18] * 1000,
    }


def _answers(viewers: list[Viewer]) -> list[float]:
    return [seconds for one in viewers for seconds in one.answers]


def _published_at(person: Person, upload_id: str) -> float:
    """When its files were in their places, just before its record; seconds since the epoch."""
    events = person.get(f"/uploads/{upload_id}")["events"]
    [step] = [event for event in events if event["step"] == "publish"]
    return datetime.fromisoformat(step["at"]).timestamp() + float(step["ms"]) / 1000


def main() -> None:
    """Measure, print, write."""
    with measured_portal("What 500 viewers cost who wait for their files.") as portal:
        person = new_person(portal)
        person.publish(small_photo())
        figures = asyncio.run(measure(portal, person))
    for name, value in figures.items():
        print(f"{name:28}{value:10.2f}")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps({n: round(v, 2) for n, v in figures.items()} | {"cores": os.cpu_count()}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()

"""Programs of the Procfile as a test starts them, and what their /metrics says."""

import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from local.drive.processes import forks
from local.drive.waiting import wait_until
from local.process.ports import free_port
from local.process.procfile import Procfile
from tests.support_cloud import ROOT


class Program:
    """One running line of the Procfile, leader of its own process group; `url` where it serves HTTP."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self.process, self.url = process, url

    def children(self) -> list[int]:
        """The processes that it has forked, as its pool; not a program that it has started, as its imaging server."""
        return sorted(forks(self.process.pid))

    def serves(self) -> bool:
        """Whether it answers."""
        try:
            return requests.get(f"{self.url}/check-status", timeout=5).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def exposed(self) -> str:
        """What Prometheus would get."""
        answer = requests.get(f"{self.url}/metrics", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.text

    def counts(self) -> Counter[tuple[str, frozenset[tuple[str, str]]]]:
        """Each sample's value, by name and labels."""
        return Counter(
            {
                (sample.name, frozenset(sample.labels.items())): sample.value
                for family in text_string_to_metric_families(self.exposed())
                for sample in family.samples
            }
        )

    def count(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels."""
        return sum(v for (n, given), v in self.counts().items() if n == name and labels.items() <= set(given))


@contextmanager
def program(
    name: str, environ: Mapping[str, str], folder: Path, through: Sequence[str] = ()
) -> Iterator[Program]:
    """Run the Procfile's line, on a port of its own; whatever is left of it is killed at the end. `through`: a command
    that runs the program that follows it."""
    port = free_port()
    command = Procfile().commands[name].removeprefix("exec ").replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    env = dict(environ) | {"TMPDIR": str(folder), "PORT": str(port)}
    with (
        (folder / f"{name}.log").open("ab") as log,
        subprocess.Popen(
            [*through, sys.executable, "-m", *shlex.split(command)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        running = Program(process, f"http://127.0.0.1:{port}")
        try:
            if name in ("web", "ticker"):
                wait_until(running.serves, 40, f"{name} serves")
            yield running
            process.terminate()
            process.wait(40)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

"""Looks for files that break a container's walk: `python -m tests.fuzz` (make fuzz), SECONDS for each format.

Guided by coverage where atheris can be had (x86_64), by chance elsewhere. What is found lies in build/fuzz, named for
its format; put it into tests/fuzz/found, where a test tries it for ever, and mend the walk.
"""

import os
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from bench.mutations import damaged, seeds
from tests.fuzz.walkers import KINDS, check

FOLDER = Path("build/fuzz")
SECONDS = int(os.environ.get("SECONDS") or 60)
OPTIONS = ("-max_len=20000", "-timeout=5", "-rss_limit_mb=1024", "-verbosity=0", "-print_final_stats=1")


def guided(kind: str) -> int:
    """In a process of its own, which libFuzzer ends; returns its exit code."""
    corpus, log = FOLDER / kind, FOLDER / f"{kind}.log"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(data for name, data in seeds().items() if name.split()[0] == kind):
        (corpus / f"seed-{number}").write_bytes(data)
    command = [sys.executable, "-m", "tests.fuzz.guided", kind, str(corpus), *OPTIONS]
    command += [f"-max_total_time={SECONDS}", f"-artifact_prefix={FOLDER}/{kind}-"]
    with log.open("wb") as output:
        code = subprocess.run(command, check=False, stdout=output, stderr=output).returncode
    said = log.read_text(errors="replace")
    numbers = dict(re.findall(r"stat::(\w+): +(\d+)", said))
    print(f"{kind}: {numbers.get('number_of_executed_units', '?')} files, {len(list(corpus.iterdir()))} kept")
    if code:
        print(said[-3000:])
    return code


def by_chance(kind: str) -> int:
    """Damages seeds until the time is over; returns 1 when a walk breaks."""
    deadline, tried, taken = time.monotonic() + SECONDS, 0, 0
    for number in count():
        if time.monotonic() > deadline:
            break
        name, data = damaged(number)
        if name.split()[0].rstrip(":") != kind:
            continue
        tried += 1
        try:
            taken += check(kind, data)
        except BaseException:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / f"{kind}-crash-{number}").write_bytes(data)
            raise
    print(f"{kind}: {tried} files, {taken} taken")
    return 0


def main() -> int:
    """Each format's walk, one after the other; returns the exit code."""
    way = guided if find_spec("atheris") else by_chance
    broken = [kind for kind in KINDS if way(kind)]
    print(f"{len(KINDS)} walks for {SECONDS} s each: {', '.join(broken) or 'none'} broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())

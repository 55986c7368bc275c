"""`make remedies`: each remedy is taken out in a copy of the tree, and its test must notice.

First all the tests run in the copy as it is, so that a failure is the missing remedy's. Last line: `N remedies, N
noticed`. With --write-docs the table of docs/reliability.md is written anew.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.remedies.all import REMEDIES
from tests.remedies.page import write_table
from tests.remedies.remedy import ROOT, Remedy

COPIES = ROOT / "build/remedies"
SECONDS = 300  # the longest that one test may take, on a busy machine
BORROWED = (".venv", ".cloud-venv")
AT_ONCE = 4  # most of them wait: for a time-out, for a restart


def copy_tree(target: Path) -> Path:
    """What git knows or would add, as it stands in the folder, with the environments that are installed beside it."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in BORROWED:
        (target / name).symlink_to(ROOT / name)
    return target


def run(tests: Sequence[str], root: Path, seconds: float) -> tuple[int, int, str]:
    """How many failed, how many were in error, and what was said. A run that never ends says
    nothing, and is an error."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=line", *tests]
    # Nothing of this tree's: the copy's own modules are looked for, and alone. Plug-ins take longer to load than most
    # of these tests to run.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        done = subprocess.run(
            command, cwd=root, env=env, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return 0, 1, f"no end after {seconds:.0f} s"
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    broken = counts.get("error", 0) or int(not counts)
    return counts.get("failed", 0), broken, (done.stdout + done.stderr)[-3000:]


def without(remedy: Remedy, copies: "SimpleQueue[Path]") -> tuple[Remedy, bool, str]:
    """Whether its test notices that it is gone. The copy is as it was afterwards."""
    root = copies.get()
    file = root / remedy.file
    whole = file.read_text()
    began = time.monotonic()
    try:
        file.write_text(remedy.taken_out(whole))
        failed, broken, said = run([remedy.test], root, SECONDS)
    finally:
        file.write_text(whole)
        copies.put(root)
    noticed = failed > 0 and not broken
    word = "noticed" if noticed else "broken" if broken else "NOT NOTICED"
    print(f"{word:12} {time.monotonic() - began:5.1f} s  {remedy.promise}", flush=True)
    return remedy, noticed, said


def main() -> int:
    """0 when all were noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write-docs", action="store_true", help="write the table of docs/reliability.md anew"
    )
    parser.add_argument("words", nargs="*", help="only remedies whose promise has one of these words")
    asked = parser.parse_args()
    chosen = [r for r in REMEDIES if not asked.words or any(word in r.promise for word in asked.words)]
    copies: SimpleQueue[Path] = SimpleQueue()
    roots = [copy_tree(COPIES / str(number)) for number in range(AT_ONCE)]
    failed, broken, said = run(list(dict.fromkeys(r.test for r in chosen)), roots[0], 2 * SECONDS)
    if failed or broken:
        shutil.rmtree(COPIES)
        print(f"{said}\nThe tests fail with every remedy in its place.")
        return 2
    print(f"{len(chosen)} remedies, and their tests pass with all of them. Now without each:", flush=True)
    for root in roots:
        copies.put(root)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(lambda remedy: without(remedy, copies), chosen))
    for remedy, noticed, text in results:
        if not noticed:
            print(f"\n{remedy.promise}\n{remedy.test}\n{text}")
    if asked.write_docs and chosen == list(REMEDIES):
        write_table({remedy.promise: noticed for remedy, noticed, _ in results})
    shutil.rmtree(COPIES)
    count = sum(noticed for _, noticed, _ in results)
    print(f"{len(results)} remedies, {count} noticed")
    return 0 if count == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())

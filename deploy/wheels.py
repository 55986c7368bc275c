"""Whether every locked package has a wheel for each Python and processor that the bundles may run on: `make wheels`.

Instances have no compilers. pip is asked to download for a platform that need not be this one; nothing is installed.
"""

import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = ("x86_64", "aarch64")
# Amazon Linux 2023 has glibc 2.34; wheels for older ones run on it.
GLIBC = ("2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17", "2_12", "2_5")
OLD_NAMES = ("2014", "2010", "1")


def platforms(processor: str) -> list[str]:
    """pip's names of what runs there."""
    names = [f"manylinux_{version}_{processor}" for version in GLIBC]
    return names + [f"manylinux{name}_{processor}" for name in OLD_NAMES] + [f"linux_{processor}"]


def wanted(text: str, python: str, processor: str) -> str:
    """The locked packages that this Python takes there, with their hashes; pip would ask the Python that runs it."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_machine": processor,
        "sys_platform": "linux",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    lines = []
    for entry in re.split(r"\n(?=\S)", text.strip()):
        first, _, hashes = entry.partition("\\\n")
        if first.startswith("#"):
            continue
        needed = Requirement(first.strip())
        if needed.marker is None or needed.marker.evaluate(where):
            needed.marker = None
            options = " ".join(h.strip(" \\") for h in hashes.splitlines() if "--hash" in h)
            lines.append(f"{needed} {options}\n")
    return "".join(lines)


def missing(python: str, processor: str, requirements: Path = ROOT / "requirements.txt") -> str:
    """What pip says of the first package without a wheel, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(wanted(requirements.read_text(), python, processor))
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", "--no-deps", "--require-hashes", "--dest", folder]
        command += ["--python-version", python, "--implementation", "cp"]
        command += [word for name in platforms(processor) for word in ("--platform", name)]
        command += ["--requirement", str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    return done.stderr.strip() if done.returncode else ""


def main() -> int:
    """A line for each; exit code 1 when one lacks something."""
    which = list(product(PYTHONS, PROCESSORS))
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda pair: missing(*pair), which))
    for (python, processor), fault in zip(which, found, strict=True):
        sys.stdout.write(f"{'FAIL' if fault else 'ok  '} Python {python}, {processor} {fault}\n")
    return 1 if any(found) else 0


if __name__ == "__main__":
    sys.exit(main())

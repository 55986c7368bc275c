"""Whether every locked package has a wheel for each Python and processor that the bundles may run on: `make wheels`.

Instances have no compilers. pip is asked to download for a platform that need not be this one; nothing is installed.
"""

import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

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


def missing(python: str, processor: str, requirements: Path = ROOT / "requirements.txt") -> str:
    """What pip says of the first package without a wheel, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", "--no-deps", "--require-hashes", "--dest", folder]
        command += ["--python-version", python, "--implementation", "cp"]
        command += [word for name in platforms(processor) for word in ("--platform", name)]
        command += ["--requirement", str(requirements)]
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

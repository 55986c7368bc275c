"""Debian packages: which are missing, and how they are installed."""

from __future__ import annotations

import os
import shutil
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from local.setup.commands import SetupError, done, run

SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
# Each part's Debian packages, each with a program or a library that shows that it is there.
PACKAGES = {
    "database": [("mariadb-server-core", "mariadbd")],
    "browser": [
        ("chromium-headless-shell", "chromium-headless-shell"),
        ("curl", "curl"),
        # What Playwright's driver needs and its Python package doesn't bring.
        ("libatomic1", "libatomic.so.1"),
    ],
    "rehearse": [("nginx-light", "nginx"), ("haproxy", "haproxy"), ("iproute2", "ip")],
}
# Debian starts a server that it installs, nginx on every interface. Its own way to forbid that is a policy-rc.d.
INSTALL = """set -e; policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { trap "rm -f $policy" EXIT; printf '#!/bin/sh\\nexit 101\\n' > $policy; chmod 755 $policy; }
DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$@"
"""


def is_present(sign: str) -> bool:
    """Whether a program is on the system's path, or a library (by its file's name) in its folders."""
    if ".so." in sign:
        return any(Path("/usr/lib").glob(f"*/{sign}")) or Path("/usr/lib", sign).exists()
    return shutil.which(sign, path=SYSTEM_PATH) is not None


def missing_packages(parts: list[str]) -> list[str]:
    """Debian packages that the parts lack, in one list so that apt runs once."""
    return [
        package
        for part, programs in PACKAGES.items()
        for package, sign in programs
        if part in parts and not is_present(sign)
    ]


def missing_for_environments() -> list[str]:
    """Debian's python3 has no pip to put into an environment until a package brings it."""
    return [] if find_spec("ensurepip") else [f"python3.{sys.version_info[1]}-venv"]


def install_packages(packages: list[str]) -> None:
    """Install Debian packages as root or with sudo; raises SetupError with the list when neither is possible."""
    if not packages:
        return
    by_hand = f"Please have these installed, then try again:\n  apt-get install {' '.join(packages)}"
    if not shutil.which("apt-get"):
        raise SetupError(
            f"Missing: {' '.join(packages)} (Debian's names), and there is no apt-get. {by_hand}"
        )
    if os.geteuid() != 0 and not shutil.which("sudo"):
        raise SetupError(f"Installing packages takes root or sudo, and this is neither. {by_hand}")
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    title = f"Debian packages: {' '.join(packages)}"
    begun = time.monotonic()
    try:
        run([*prefix, "apt-get", "-q", "-y", "update"], "setup-apt.log")
        run([*prefix, "sh", "-c", INSTALL, "sh", *packages], "setup-apt.log")
    except SetupError as error:
        raise SetupError(f"{error}\n{by_hand}") from None
    done(title, begun)
